//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use dbwright_demo::ShopKind;
use dbwright_model::room::GatherOptions;
use dbwright_model::{Bytes, Engine, Redaction, Severity, Version};
use dbwright_report::Format;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

const EXIT_CODES: &str = "\
Exit codes:
  0    nothing at or above --fail-on
  1    findings at or above --fail-on
  2    the command line or dbwright.toml cannot be understood
  3    the server cannot be reached or does not let us in; a file cannot be read or written
  4    the evidence does not suffice, or nothing in a file was recognised; the report says what to collect
  124  the deadline was reached; what was collected until then is printed
  130  interrupted

Targets are URLs (postgres:// mysql:// mariadb:// redis:// rediss:// valkey://), libpq words
(\"host=db1 dbname=shop\", service=shop), bundles (*.dbw), or - for a bundle on standard input.
What a URL leaves out comes from the usual places: PG* variables, pg_service.conf, ~/.pgpass,
~/.my.cnf, REDIS_URL.";

/// An external database consultant: it looks at a running database, says what costs time or will break,
/// prints the exact fix with its price, and teaches why. It never writes to the server it looks at.
#[derive(Debug, Parser)]
#[command(name = "dbwright", version, after_long_help = EXIT_CODES, propagate_version = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Consult a running server (or a bundle): findings ranked by risk and time lost, each with its fix
    Look(Look),
    /// Read plans (EXPLAIN output in any form): where the time went, why, and the statement that helps
    Read(Read),
    /// What a database does, from its logs or traces, of any size and packed or not: which queries take the time, when, for
    /// whom; what else happened
    Profile(Profile),
    /// The profiles of several logs or servers as one
    Merge(Merge),
    /// Programs that talk too much: N+1, rows written one by one, repeated reads, transactions open over silence, found in
    /// the order of each session of a log or trace
    Orm(Orm),
    /// Why a query is slow: asks the server for its plan, executing it only when it reads, and joins what is known of its
    /// tables
    Why(Why),
    /// Collect the evidence of a server into a bundle, to be consulted elsewhere
    Collect(Collect),
    /// The full report of a bundle
    Report(Look),
    /// What changed between two bundles (or servers): new, gone, worse and better findings; between two plans; between two
    /// logs or profiles: queries that are new, slower, asked more often
    Diff(Diff),
    /// What we may and may not see on a server, what each missing grant hides, and the exact statement that helps
    Doctor(Doctor),
    /// List the rules with their thresholds
    Rules(Rules),
    /// Teach: the lesson of a rule, of an operator, or how to read a plan; with --lab on a throw-away server
    Teach(Teach),
    /// A consultation of a shop with planted faults, on a throw-away server (or a recorded one); needs no set-up
    Demo(Demo),
    /// Print shell completions
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one a verb into a folder
    Man {
        /// Folder to write `dbwright.1`, `dbwright-look.1`… into.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Look {
    /// What to consult: a URL, libpq words, a bundle, or - . Without it: DATABASE_URL, PG* variables or REDIS_URL.
    pub(crate) target: Option<String>,
    #[command(flatten)]
    pub(crate) gather: Gather,
    #[command(flatten)]
    pub(crate) show: Show,
}

#[derive(Debug, Args)]
pub(crate) struct Read {
    /// Files, or folders of files, that hold plans, with table definitions or settings beside them; without any, or for
    /// -, standard input.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The server's version, where the plan does not show it (16.4).
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(crate) server_version: Option<Version>,
    /// What to take out before anything is shown.
    #[arg(long, value_name = "WHAT", default_value = "literals", value_parser = redaction)]
    pub(crate) redact: Redaction,
    #[command(flatten)]
    pub(crate) show: Show,
}

#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The query: its text, a file that holds it, or - for standard input. Parameters ($1) may stay in it.
    #[arg(required_unless_present = "show_statements")]
    pub(crate) query: Option<String>,
    /// The server. Without it: DATABASE_URL or the PG* variables.
    pub(crate) target: Option<String>,
    /// Execute it also when it calls functions that nobody here knows; what writes is never executed.
    #[arg(long, conflicts_with = "no_analyze")]
    pub(crate) analyze: bool,
    /// Only plan it.
    #[arg(long)]
    pub(crate) no_analyze: bool,
    /// Longest the query may run on the server; after that it is explained without having been executed.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) statement_timeout: Duration,
    /// Stop collecting what is known of its tables after this long.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) deadline: Duration,
    /// Give up connecting after this long.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) connect_timeout: Duration,
    /// What to take out before anything is shown.
    #[arg(long, value_name = "WHAT", default_value = "literals", value_parser = redaction)]
    pub(crate) redact: Redaction,
    /// Print every statement that may be sent, and stop.
    #[arg(long)]
    pub(crate) show_statements: bool,
    #[command(flatten)]
    pub(crate) show: Show,
}

/// How to collect.
#[derive(Debug, Args)]
pub(crate) struct Gather {
    /// Stop collecting after this long and report what is there.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) deadline: Duration,
    /// Give up connecting after this long.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) connect_timeout: Duration,
    /// Longest a single statement may run on the server.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(crate) statement_timeout: Duration,
    /// Read the counters twice, this far apart, for rates of now instead of averages.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) sample: Option<Duration>,
    /// What to take out before anything is stored or shown.
    #[arg(long, value_name = "WHAT", default_value = "literals", value_parser = redaction)]
    pub(crate) redact: Redaction,
    /// Main memory of the server's machine, for memory arithmetic (16GB); SQL cannot see it.
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(crate) ram: Option<Bytes>,
    /// Processor cores of the server's machine.
    #[arg(long, value_name = "N")]
    pub(crate) cores: Option<u32>,
    /// Print every statement the collector may run, and stop.
    #[arg(long)]
    pub(crate) show_statements: bool,
}

impl Default for Gather {
    /// As when no option is given.
    fn default() -> Gather {
        let options = GatherOptions::default();
        Gather {
            deadline: options.deadline,
            connect_timeout: options.connect_timeout,
            statement_timeout: options.statement_timeout,
            sample: None,
            redact: Redaction::default(),
            ram: None,
            cores: None,
            show_statements: false,
        }
    }
}

/// How to show it.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Output format; by default text, or what the file name of -o says.
    #[arg(long, short, value_name = "FORMAT", value_parser = format)]
    pub(crate) format: Option<Format>,
    /// Write to this file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Show every finding in full, what was silenced, and what was not evaluated.
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with 1 when there is a finding of this severity or worse.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Warn)]
    pub(crate) fail_on: FailOn,
    /// Findings in this file (json, or a bundle) are known: they are silenced.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// The configuration file; by default dbwright.toml here or in a folder above.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl Default for Show {
    /// As when no option is given.
    fn default() -> Show {
        Show { format: None, output: None, all: false, fail_on: FailOn::Warn, baseline: None, config: None }
    }
}

/// From which severity on findings make the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Info,
    Warn,
    Error,
    Never,
}

impl FailOn {
    /// Whether a finding of that severity counts.
    pub(crate) fn counts(self, severity: Severity) -> bool {
        match self {
            FailOn::Info => true,
            FailOn::Warn => severity >= Severity::Warn,
            FailOn::Error => severity >= Severity::Error,
            FailOn::Never => false,
        }
    }
}

/// Which logs, and how to read them.
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// Logs or traces: files, folders, patterns, packed or not (- for standard input).
    #[arg(required = true, value_name = "LOG")]
    pub(crate) files: Vec<PathBuf>,
    /// Only what was logged from this time on: 2026-11-24T10:00:00Z, 2026-11-24 10:00, 2026-11-24 (UTC where no zone is given).
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<Timestamp>,
    /// Only what was logged before this time.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) to: Option<Timestamp>,
    /// Only this database; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) database: Vec<String>,
    /// Only this user; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Vec<String>,
    /// Only this application; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) application: Vec<String>,
    /// Threads that read; the answer does not depend on it.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// What to take out before anything is stored or shown.
    #[arg(long, value_name = "WHAT", default_value = "literals", value_parser = redaction)]
    pub(crate) redact: Redaction,
}

impl Logs {
    /// The logs as they may be named again; empty when they cannot.
    pub(crate) fn shown(&self) -> String {
        match self.files.as_slice() {
            [only] if only.as_os_str() != "-" => only.display().to_string(),
            _ => String::new(),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Profile {
    #[command(flatten)]
    pub(crate) logs: Logs,
    /// Also write the digest as a bundle, to be merged, compared, or shown later.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// Also write how each table is used (access.toml), for the advisors, and to be edited.
    #[arg(long, value_name = "FILE")]
    pub(crate) access: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) show: Show,
}

#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// Bundles with digests.
    #[arg(required = true, value_name = "BUNDLE")]
    pub(crate) bundles: Vec<PathBuf>,
    /// The bundle to write (- for standard output).
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Orm {
    #[command(flatten)]
    pub(crate) logs: Logs,
    #[command(flatten)]
    pub(crate) show: Show,
}

#[derive(Debug, Args)]
pub(crate) struct Collect {
    /// The server.
    pub(crate) target: Option<String>,
    /// The bundle to write (- for standard output); by default named after product, host and day.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) gather: Gather,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// Before: a bundle, a server, a log, or a file with a plan.
    pub(crate) before: String,
    /// After.
    pub(crate) after: String,
    #[command(flatten)]
    pub(crate) gather: Gather,
    /// Output format.
    #[arg(long, short, value_name = "FORMAT", value_parser = ["text", "json", "html"])]
    pub(crate) format: Option<String>,
    /// Write to this file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Show every change and every operator of plans.
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with 1 when there is a new or worse finding of this severity or worse. Of plans: error is twice as slow, warn
    /// slower beyond noise or spilling, info another shape.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Warn)]
    pub(crate) fail_on: FailOn,
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The server, or a bundle.
    pub(crate) target: Option<String>,
    #[command(flatten)]
    pub(crate) gather: Gather,
    /// Output format.
    #[arg(long, short, value_name = "FORMAT", value_parser = ["text", "json"], default_value = "text")]
    pub(crate) format: String,
}

#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// Only the rules of this engine.
    #[arg(long, value_name = "ENGINE", value_parser = engine)]
    pub(crate) engine: Option<Engine>,
    /// Output format.
    #[arg(long, short, value_name = "FORMAT", value_parser = ["text", "json"], default_value = "text")]
    pub(crate) format: String,
}

#[derive(Debug, Args)]
pub(crate) struct Teach {
    /// The rule or topic (plan-reading, hash-join…); without it, all lessons are listed.
    pub(crate) lesson: Option<String>,
    /// Run the lesson's queries on a throw-away server and show what `read` says about their plans.
    #[arg(long)]
    pub(crate) lab: bool,
    /// Output format.
    #[arg(long, short, value_name = "FORMAT", value_parser = ["text", "markdown"], default_value = "text")]
    pub(crate) format: String,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Whose shop: postgres, mysql or redis.
    #[arg(long, value_name = "ENGINE", default_value = "postgres", value_parser = shop)]
    pub(crate) engine: ShopKind,
    /// Use the recorded consultation even when a server could be started.
    #[arg(long)]
    pub(crate) recorded: bool,
    /// Keep the throw-away server running until Enter is pressed, and print its URL.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Also write the evidence as a bundle.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) show: Show,
}

/// A moment; in UTC where no zone is given.
fn moment(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let civil = || {
        let civil = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|date| date.to_datetime(Time::MIN)));
        civil.ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    text.parse()
        .ok()
        .or_else(civil)
        .ok_or_else(|| "write a time like 2026-11-24T10:00:00Z or 2026-11-24 10:00".to_owned())
}

/// `90`, `10s`, `500ms`, `2min`, `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().map_err(|_| "write a time like 10s, 500ms or 2min".to_owned())?;
    let seconds = match unit.trim() {
        "ms" => number / 1e3,
        "" | "s" | "sec" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        other => return Err(format!("`{other}` is not a unit of time; use ms, s, min or h")),
    };
    if !(0.001..=86_400.0 * 7.0).contains(&seconds) {
        return Err("the time must lie between 1 ms and 7 days".into());
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// `16GB`, `512MB`, `1073741824`; powers of 1024.
fn bytes(text: &str) -> Result<Bytes, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().map_err(|_| "write a size like 16GB".to_owned())?;
    let unit = match unit.trim().to_ascii_lowercase().trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err("write a size like 16GB, 512MB or a number of bytes".into()),
    };
    Ok(Bytes((number * (1u64 << unit) as f64) as u64))
}

fn redaction(text: &str) -> Result<Redaction, String> {
    match text {
        "literals" => Ok(Redaction::Literals),
        "names" => Ok(Redaction::Names),
        "off" => Ok(Redaction::Off),
        _ => Err("use literals (the default), names (identifiers are hashed too) or off".into()),
    }
}

fn version(text: &str) -> Result<Version, String> {
    text.parse().map_err(|_| "write a version like 16.4 or 8.0.36".to_owned())
}

fn shop(text: &str) -> Result<ShopKind, String> {
    engine(text).ok().and_then(ShopKind::of).ok_or_else(|| "use one of postgres, mysql, redis".to_owned())
}

fn engine(text: &str) -> Result<Engine, String> {
    let known = |engine: &&Engine| engine.id() == text || (text == "mariadb" && **engine == Engine::MySql);
    Engine::ALL.iter().find(known).copied().ok_or_else(|| {
        let ids: Vec<&str> = Engine::ALL.iter().map(|engine| engine.id()).collect();
        format!("use one of {}", ids.join(", "))
    })
}

fn format(text: &str) -> Result<Format, String> {
    text.parse().map_err(|_| {
        let all: Vec<String> = Format::ALL.iter().map(ToString::to_string).collect();
        format!("use one of {}", all.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn moments() {
        let ten = "2026-11-24T10:00:00Z".parse::<Timestamp>().unwrap();
        for text in ["2026-11-24T10:00:00Z", "2026-11-24 10:00:00", "2026-11-24 10:00", "2026-11-24T11:00:00+01:00"] {
            assert_eq!(moment(text).as_ref(), Ok(&ten), "{text}");
        }
        assert_eq!(moment("2026-11-24").unwrap().to_string(), "2026-11-24T00:00:00Z");
        assert!(moment("yesterday").is_err());
    }

    #[test]
    fn times_and_sizes() {
        assert_eq!(duration("1.5s").unwrap(), Duration::from_millis(1500));
        assert_eq!(duration("2min").unwrap(), Duration::from_secs(120));
        assert!(duration("5 fortnights").is_err() && duration("").is_err() && duration("0s").is_err());
        assert_eq!(bytes("16GB").unwrap(), Bytes::gib(16));
        assert_eq!(bytes("512MiB").unwrap(), Bytes::mib(512));
        assert!(bytes("lots").is_err());
    }
}
