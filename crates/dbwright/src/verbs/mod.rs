//! One file a verb.

mod collect;
mod demo;
mod diff;
mod doctor;
mod look;
mod man;
mod orm;
mod profile;
mod read;
mod rules;
mod teach;
mod why;

use clap::CommandFactory;

use crate::cli::{Cli, Verb};
use crate::exit::{Exit, Failure};

/// Runs the verb.
pub(crate) fn run(cli: Cli) -> Result<Exit, Failure> {
    match cli.verb {
        Verb::Look(args) => look::run(&args, look::Detail::Screen),
        Verb::Report(args) => look::run(&args, look::Detail::Everything),
        Verb::Read(args) => read::run(&args),
        Verb::Orm(args) => orm::run(&args),
        Verb::Profile(args) => profile::run(&args),
        Verb::Merge(args) => profile::merge(&args),
        Verb::Why(args) => why::run(&args),
        Verb::Collect(args) => collect::run(&args),
        Verb::Diff(args) => diff::run(&args),
        Verb::Doctor(args) => doctor::run(&args),
        Verb::Rules(args) => rules::run(&args),
        Verb::Teach(args) => teach::run(&args),
        Verb::Demo(args) => demo::run(&args),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "dbwright", &mut script);
            crate::output::write(None, |out| out.write_all(&script))?;
            Ok(Exit::Clean)
        }
        Verb::Man { dir } => man::run(dir.as_deref()),
    }
}
