//! `dbwright.toml`: what this project decided not to hear about, and why.

use std::path::{Path, PathBuf};

use dbwright_rules::{Ignore, Ignores};
use serde::Deserialize;

use crate::exit::Failure;

const NAME: &str = "dbwright.toml";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    ignore: Vec<Ignore>,
}

/// The decisions of the file named, or of the nearest `dbwright.toml` here or above; none when there is no such file.
pub(crate) fn ignores(named: Option<&Path>) -> Result<Ignores, Failure> {
    let mut ignores = Ignores::default();
    let Some(path) = named.map(Path::to_owned).or_else(nearest) else { return Ok(ignores) };
    let shown = path.display();
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    // toml's message carries line, column and the line itself.
    let config: Config = toml::from_str(&text).map_err(|error| {
        Failure::usage(format!("{shown}: {error}")).hint(
            "an entry reads: [[ignore]] rule = \"unused-index\" subject = \"public.orders_*\" reason = \"kept for the year-end report\"",
        )
    })?;
    for ignore in &config.ignore {
        if ignore.reason.trim().is_empty() {
            return Err(Failure::usage(format!("{shown}: the entry that ignores `{}` gives no reason", ignore.rule)));
        }
        if !crate::rooms::rules().iter().any(|rule| rule.id == ignore.rule) {
            return Err(Failure::usage(format!("{shown}: `{}` is not a rule", ignore.rule)).hint("dbwright rules"));
        }
    }
    ignores.from_file(config.ignore, &shown.to_string());
    Ok(ignores)
}

fn nearest() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file())
}
