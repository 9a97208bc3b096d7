//! Fixes that many rules print.

use dbwright_model::finding::FixKind;
use dbwright_model::{Case, Fix, Settings, Undo};

/// `CONFIG SET name value`, with the present value as its undo.
pub(super) fn config_set(case: &Case, name: &str, value: &str) -> Fix {
    let now = case.get::<Settings>().ok().and_then(|settings| settings.text(name));
    let undo = match now {
        Some("(set)") | None => {
            Undo::NotNeeded("the value before is unknown here: note it with CONFIG GET first".into())
        }
        Some(now) => Undo::Statement(command(name, now)),
    };
    let keep = match &case.server.managed {
        Some(service) => {
            format!("on {service} set it in the parameter group or console: CONFIG SET is not offered there")
        }
        None => "at once, without a restart; CONFIG REWRITE keeps it over the next one".to_owned(),
    };
    Fix::of(FixKind::Command, command(name, value), undo).cost(keep).verify(format!("CONFIG GET {name}"))
}

fn command(name: &str, value: &str) -> String {
    match value.is_empty() || value.contains(char::is_whitespace) {
        true => format!("CONFIG SET {name} \"{value}\""),
        false => format!("CONFIG SET {name} {value}"),
    }
}

/// A change in the application, with a note of what it costs.
pub(super) fn code(what: impl Into<String>) -> Fix {
    Fix::of(FixKind::Code, what, Undo::NotNeeded("a change of the application; roll back its release".into()))
}
