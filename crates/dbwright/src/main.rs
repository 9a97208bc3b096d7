//! `dbwright`: an external database consultant in one binary. This crate wires and decides nothing:
//! arguments, files, the terminal, and one file a verb.

mod artefacts;
mod cli;
mod config;
mod consult;
mod exit;
mod explain;
mod logs;
mod output;
mod progress;
mod rooms;
mod texts;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    output::choose_color(cli.color);
    match verbs::run(cli) {
        Ok(code) => code.into(),
        Err(failure) => failure.print(),
    }
}
