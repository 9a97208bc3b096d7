//! From what the user typed to a case and its diagnosis; the same for every verb.

use std::io::Read;
use std::path::{Path, PathBuf};

use dbwright_model::room::{GatherOptions, Gathering};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Area, Case, Diagnosis, Finding, Redaction, Rule, Subject, Target, Why, bundle, case::Host};
use dbwright_report::Files;
use dbwright_rules::Ignores;

use crate::cli::Gather;
use crate::exit::{Exit, Failure};
use crate::progress::Bar;
use crate::rooms;

/// A case, and the target as it may be shown.
pub(crate) struct Consulted {
    pub(crate) case: Case,
    pub(crate) shown: String,
    /// What else is known when files were read instead of a server.
    pub(crate) files: Option<Files>,
    /// The areas whose rules look; all when empty.
    areas: &'static [Area],
    /// Whether a server was asked, so that a deadline was in force.
    live: bool,
}

impl Consulted {
    /// Lets every rule look.
    pub(crate) fn diagnose(&self, ignores: Ignores) -> Diagnosis {
        let mut diagnosis = dbwright_rules::diagnose(&self.case, self.rules(), ignores);
        if self.live && self.files.is_some() {
            about_the_query(&mut diagnosis.findings);
        }
        diagnosis
    }

    /// The rules that look: all of them, or those of plans when plans are what was asked about.
    pub(crate) fn rules(&self) -> Vec<&'static Rule> {
        let mut rules = rooms::rules();
        if !self.areas.is_empty() {
            rules.retain(|rule| self.areas.contains(&rule.area));
        }
        rules
    }

    /// What was read from files.
    pub(crate) fn of_files(case: Case, shown: String, files: Files) -> Consulted {
        Consulted { case, shown, files: Some(files), areas: &[Area::Plans], live: false }
    }

    /// What logs hold.
    pub(crate) fn of_logs(case: Case, shown: String) -> Consulted {
        Consulted { case, shown, files: None, areas: &[Area::Workload, Area::Log], live: false }
    }

    /// A query that a server explained: its plan, and what the planner knew.
    pub(crate) fn of_query(case: Case) -> Consulted {
        let files = Files { version_known: true, ..Files::default() };
        let areas = &[Area::Plans, Area::Statistics];
        Consulted { case, shown: String::new(), files: Some(files), areas, live: true }
    }

    /// Whether the collector ran out of its time.
    pub(crate) fn cut_short(&self) -> bool {
        self.live && self.case.gaps.iter().any(|gap| gap.why == Why::Budget)
    }
}

/// Leaves what is about the plan, its tables, or the cause of that: not what is true of the server whatever it is asked.
fn about_the_query(findings: &mut Vec<Finding>) {
    let causes: Vec<Subject> =
        findings.iter().filter_map(|finding| Some(finding.because.as_ref()?.subject.clone())).collect();
    findings.retain(|Finding { subject, .. }| {
        subject.operator.is_some() || subject.table.is_some() || causes.contains(subject)
    });
}

/// What the user typed as a target, or what the environment says when nothing was typed.
pub(crate) fn target(typed: Option<&str>) -> Result<Target, Failure> {
    let (text, from) = match typed {
        Some(text) => (text.to_owned(), None),
        None => {
            let found = from_environment().ok_or_else(|| {
                Failure::usage("no target given").hint(
                    "dbwright look postgres://user@host/db (or mysql://, redis://), or set DATABASE_URL; to see it work first: dbwright demo",
                )
            })?;
            (found.0, Some(found.1))
        }
    };
    if let Some(from) = from {
        anstream::eprintln!("target from {from}");
    }
    Target::parse(&text).map_err(|error| {
        let failure = Failure::usage(error);
        match from {
            Some(from) => failure.hint(format!("the target came from {from}")),
            None => failure,
        }
    })
}

fn from_environment() -> Option<(String, &'static str)> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(url) = set("DATABASE_URL") {
        return Some((url, "DATABASE_URL"));
    }
    for name in ["PGSERVICE", "PGHOST", "PGDATABASE"] {
        if set(name).is_some() {
            return Some(("postgres://".into(), "the PG* variables"));
        }
    }
    set("REDIS_URL").map(|url| (url, "REDIS_URL"))
}

/// Gets the case of a target: asks the server, or reads the bundle.
pub(crate) fn case(typed: Option<&str>, gather: &Gather) -> Result<Consulted, Failure> {
    match target(typed)? {
        Target::Server(server) => ask(&server, gather),
        Target::Path(path) => read(&path),
        Target::Stdin => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::new(Exit::Unreachable, format!("standard input: {error}")))?;
            bundle(&bytes, "standard input")
        }
    }
}

fn ask(server: &ServerTarget, gather: &Gather) -> Result<Consulted, Failure> {
    let room = rooms::room(server.engine)
        .ok_or_else(|| Failure::usage(format!("this build of dbwright has no {} room", server.engine)))?;
    let stated = gather.ram.is_some() || gather.cores.is_some();
    let options = GatherOptions {
        deadline: gather.deadline,
        statement_timeout: gather.statement_timeout,
        connect_timeout: gather.connect_timeout,
        sample: gather.sample,
        redaction: gather.redact,
        host: Host {
            memory: gather.ram,
            cores: gather.cores,
            source: if stated { "stated on the command line".into() } else { String::new() },
        },
        ..GatherOptions::default()
    };
    let bar = Bar::new();
    let case = wait(room.gather(server, &options, &bar))?;
    // What is to be run next must not name what the report hides.
    let shown = if gather.redact == Redaction::Names { "TARGET".to_owned() } else { server.to_string() };
    Ok(Consulted { case, shown, files: None, areas: &[], live: true })
}

/// Waits for a server's answer, or for the user to lose patience.
pub(crate) fn wait(work: Gathering<'_>) -> Result<Case, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Unreachable, format!("cannot start the runtime: {error}")))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = work => outcome.map_err(Failure::from),
            // Dropping the session closes the connection; a statement in flight ends at its own timeout.
            _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Interrupted, "interrupted; nothing was left behind on the server")),
        }
    });
    runtime.shutdown_background();
    outcome
}

fn read(path: &Path) -> Result<Consulted, Failure> {
    let path = if path.is_dir() { newest_bundle(path)? } else { path.to_owned() };
    let bytes = std::fs::read(&path).map_err(|error| {
        let failure = Failure::new(Exit::Unreachable, format!("cannot read {}: {error}", path.display()));
        match error.kind() {
            std::io::ErrorKind::NotFound => {
                failure.hint("a server is given as a URL (postgres://…, mysql://…, redis://…), a file by its path")
            }
            _ => failure,
        }
    })?;
    bundle(&bytes, &path.display().to_string())
}

/// The case in a bundle's bytes.
pub(crate) fn bundle(bytes: &[u8], shown: &str) -> Result<Consulted, Failure> {
    Ok(Consulted { case: parse(bytes, shown)?, shown: shown.to_owned(), files: None, areas: &[], live: false })
}

fn parse(bytes: &[u8], shown: &str) -> Result<Case, Failure> {
    let failure = |error: &dyn std::fmt::Display| {
        Failure::new(Exit::Insufficient, format!("{shown}: {error}"))
            .hint("dbwright collect TARGET -o FILE.dbw makes a bundle")
    };
    let text = std::str::from_utf8(bytes).map_err(|error| match bundle::looks_like(bytes) {
        true => failure(&format!("this bundle is damaged: {error}")),
        false => failure(&bundle::BundleError::Foreign),
    })?;
    bundle::read(text).map_err(|error| failure(&error))
}

/// The newest bundle in a folder.
fn newest_bundle(folder: &Path) -> Result<PathBuf, Failure> {
    let unreadable = |error| Failure::new(Exit::Unreachable, format!("cannot read {}: {error}", folder.display()));
    let bundles = std::fs::read_dir(folder)
        .map_err(unreadable)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "dbw"));
    let newest = bundles.max_by_key(|path| (path.metadata().and_then(|data| data.modified()).ok(), path.clone()));
    let newest = newest.ok_or_else(|| {
        Failure::new(Exit::Insufficient, format!("there is no bundle (*.dbw) in {}", folder.display()))
            .hint("dbwright collect TARGET -o FILE.dbw makes one")
    })?;
    anstream::eprintln!("reading {}", newest.display());
    Ok(newest)
}
