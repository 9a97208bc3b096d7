//! `teach`: the lesson of a rule.

use dbwright_report::{lesson, lesson_markdown, rules_text};

use crate::cli::Teach;
use crate::exit::{Exit, Failure};
use crate::{output, rooms};

pub(super) fn run(args: &Teach) -> Result<Exit, Failure> {
    let rules = rooms::rules();
    let Some(wanted) = &args.rule else {
        output::write(None, |mut out| rules_text(&rules, output::width(), output::colored(), &mut out))?;
        return Ok(Exit::Clean);
    };
    let Some(rule) = rules.iter().find(|rule| rule.id == wanted) else {
        let failure = Failure::usage(format!("there is no rule `{wanted}`"));
        let words: Vec<&str> = wanted.split('-').filter(|word| word.len() > 2).collect();
        let mut near: Vec<(usize, &str)> = rules
            .iter()
            .map(|rule| (words.iter().filter(|word| rule.id.contains(**word)).count(), rule.id))
            .filter(|(hits, _)| *hits > 0)
            .collect();
        near.sort_by_key(|(hits, id)| (std::cmp::Reverse(*hits), *id));
        let near: Vec<&str> = near.into_iter().take(5).map(|(_, id)| id).collect();
        return Err(match near.is_empty() {
            true => failure.hint("dbwright rules lists all of them"),
            false => failure.hint(format!("did you mean {}?", near.join(", "))),
        });
    };
    output::write(None, |mut out| match args.format.as_str() {
        "markdown" => lesson_markdown(rule, &mut out),
        _ => lesson(rule, output::width(), output::colored(), &mut out),
    })?;
    Ok(Exit::Clean)
}
