//! `rules`: the list of rules.

use dbwright_report::{rules_json, rules_text};

use crate::cli::Rules;
use crate::exit::{Exit, Failure};
use crate::{output, rooms};

pub(super) fn run(args: &Rules) -> Result<Exit, Failure> {
    let mut rules = rooms::rules();
    rules.retain(|rule| args.engine.is_none_or(|engine| rule.engines.contains(&engine)));
    output::write(None, |mut out| match args.format.as_str() {
        "json" => rules_json(&rules, &mut out),
        _ => rules_text(&rules, output::width(), output::colored(), &mut out),
    })?;
    Ok(Exit::Clean)
}
