//! What the suites share: throw-away servers, the binary, and what it reported.

#![allow(dead_code, unreachable_pub, reason = "every suite uses a part of it")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use dbwright_lab::{Binaries, Lab, Options, Product};

/// The newest server of that product, or `None` with a word on the terminal; a failure under CI.
pub fn server(product: Product) -> Option<Binaries> {
    dbwright_lab::for_test(product, None).unwrap()
}

/// The server of that product and major version.
pub fn server_of(product: Product, major: u32) -> Option<Binaries> {
    dbwright_lab::for_test(product, Some(major)).unwrap()
}

/// Starts a server with those settings.
pub fn start(binaries: &Binaries, settings: &[(&str, &str)]) -> Lab {
    Lab::start(binaries, &with_settings(Options::new(), settings)).unwrap()
}

/// Options with those settings.
pub fn with_settings(options: Options, settings: &[(&str, &str)]) -> Options {
    settings.iter().fold(options, |options, (name, value)| options.setting(*name, *value))
}

/// Runs the binary in an environment that names no other server and no configuration.
pub fn dbwright(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dbwright"));
    for name in
        ["DATABASE_URL", "PGHOST", "PGSERVICE", "PGDATABASE", "PGUSER", "PGPASSWORD", "REDIS_URL", "GITHUB_ACTIONS"]
    {
        command.env_remove(name);
    }
    command.env("HOME", std::env::temp_dir()).current_dir(std::env::temp_dir()).args(args).output().unwrap()
}

/// A report in json.
pub struct Report(pub serde_json::Value);

impl Report {
    /// Looks at a target; panics with the output when there is no report.
    pub fn of(target: &str, more: &[&str]) -> Report {
        let mut args = vec!["look", target, "--format", "json"];
        args.extend(more);
        let output = dbwright(&args);
        let parsed = serde_json::from_slice(&output.stdout);
        Report(parsed.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr))))
    }

    /// Rule, object and severity of every finding.
    pub fn findings(&self) -> Vec<(String, String, String)> {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let findings = self.0["findings"].as_array().unwrap().iter();
        findings.map(|f| (text(&f["rule"]), text(&f["subject"]["name"]), text(&f["severity"]))).collect()
    }

    /// Whether the rule saw that object.
    pub fn has(&self, rule: &str, object: &str) -> bool {
        self.findings().iter().any(|(r, o, _)| r == rule && (o == object || o.starts_with(&format!("{object}("))))
    }

    /// Findings of that severity, for messages.
    pub fn of_severity(&self, severity: &str) -> Vec<String> {
        let findings = self.findings().into_iter().filter(|(_, _, s)| s == severity);
        findings.map(|(rule, object, _)| format!("{rule} {object}")).collect()
    }

    /// Rules that could not be evaluated, with the reason.
    pub fn not_evaluated(&self) -> BTreeSet<String> {
        let list = self.0["not_evaluated"].as_array().unwrap().iter();
        list.map(|unseen| format!("{}: {}", unseen["rule"].as_str().unwrap(), unseen["detail"].as_str().unwrap()))
            .collect()
    }
}

/// A statement of a seed file, and what must be found because of it.
pub struct Seed {
    pub statement: String,
    pub faults: Vec<(String, String)>,
    pub since: u32,
}

/// Reads a seed file: statements separated by blank lines, `-- fault: RULE OBJECT` and `-- since: MAJOR` above them.
pub fn seeds(file: &str) -> Vec<Seed> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    text.split("\n\n")
        .map(|block| {
            let marked = |mark: &'static str| block.lines().filter_map(move |line| line.strip_prefix(mark));
            Seed {
                statement: block.lines().filter(|line| !line.starts_with("-- ")).collect::<Vec<_>>().join("\n"),
                faults: marked("-- fault: ")
                    .map(|fault| fault.split_once(' ').unwrap())
                    .map(|(r, o)| (r.into(), o.trim().into()))
                    .collect(),
                since: marked("-- since: ").next().map_or(0, |major| major.trim().parse().unwrap()),
            }
        })
        .filter(|seed| !seed.statement.trim().is_empty())
        .collect()
}

/// Prints what was found of the planted faults and demands 95 %.
pub fn judge(report: &Report, faults: &[(String, String)], at_least: usize) {
    let missed: Vec<_> = faults.iter().filter(|(rule, object)| !report.has(rule, object)).collect();
    let found = faults.len() - missed.len();
    println!("planted {}, found {found}", faults.len());
    assert!(faults.len() >= at_least, "only {} faults are planted", faults.len());
    let share = found as f64 / faults.len() as f64;
    assert!(
        share >= 0.95,
        "missed {missed:#?}\nfound {:#?}\nnot evaluated {:#?}",
        report.findings(),
        report.not_evaluated()
    );
}
