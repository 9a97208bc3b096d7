//! `man`: manual pages from the same text as `--help`.

use std::path::Path;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::exit::{Exit, Failure};
use crate::output;

pub(super) fn run(dir: Option<&Path>) -> Result<Exit, Failure> {
    match dir {
        Some(dir) => clap_mangen::generate_to(Cli::command(), dir).map_err(|error| {
            Failure::new(Exit::Unreachable, format!("cannot write into {}: {error}", dir.display()))
        })?,
        None => output::write(None, |mut out| clap_mangen::Man::new(Cli::command()).render(&mut out))?,
    }
    Ok(Exit::Clean)
}
