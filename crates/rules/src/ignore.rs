//! Findings someone decided not to hear about, and why.

use dbwright_model::{Case, Catalog, Finding};
use serde::Deserialize;

/// One decision: a rule, optionally only on one object, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ignore {
    /// The rule's id.
    pub rule: String,
    /// The object as findings show it; `*` stands for any characters. All objects when left out.
    #[serde(default)]
    pub subject: Option<String>,
    /// Why; it is shown with `--all` and may not be empty.
    pub reason: String,
}

/// All decisions that apply, with where each is written.
#[derive(Debug, Clone, Default)]
pub struct Ignores {
    entries: Vec<(Ignore, String)>,
}

impl Ignores {
    /// Adds the decisions of a configuration file.
    pub fn from_file(&mut self, ignores: Vec<Ignore>, file: &str) {
        self.entries.extend(ignores.into_iter().map(|ignore| (ignore, file.to_owned())));
    }

    /// Adds those found in comments on the case's objects.
    pub(crate) fn with_comments(mut self, case: &Case) -> Ignores {
        if let Ok(catalog) = case.get::<Catalog>() {
            self.entries.extend(catalog.ignores.iter().map(|found| {
                let ignore = Ignore {
                    rule: found.rule.clone(),
                    subject: Some(found.subject.clone()),
                    reason: found.reason.clone(),
                };
                (ignore, format!("comment on {}", found.subject))
            }));
        }
        self
    }

    /// The reason and place of the decision that silences this finding, if there is one.
    pub(crate) fn of(&self, finding: &Finding) -> Option<(&str, &str)> {
        let (ignore, by) = self.entries.iter().find(|(ignore, by)| {
            ignore.rule == finding.rule
                && ignore.subject.as_deref().is_none_or(|pattern| {
                    // A comment on a table speaks for its indexes and columns too.
                    let on_table = by.starts_with("comment on ") && finding.subject.table.as_deref() == Some(pattern);
                    on_table || matches(pattern, &finding.subject.name)
                })
        })?;
        Some((&ignore.reason, by))
    }
}

/// Whether `text` matches `pattern`, where `*` stands for any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| matches(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("public.orders", "public.orders", true),
            ("public.*", "public.orders", true),
            ("*.orders", "public.orders", true),
            ("*old*", "public.orders_old_2", true),
            ("public.order", "public.orders", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
