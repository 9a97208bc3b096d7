//! Fixes that change a variable, as they are written where the server runs, and their way back to the very value before.

use dbwright_model::finding::FixKind;
use dbwright_model::{Case, Fix, Product, Settings, Undo};
use dbwright_sql::Dialect;

use crate::sections::settings::PERSISTED;

/// Sets it for the whole server, at once and for good. `value` is written as SQL takes it.
pub(super) fn variable(case: &Case, name: &str, value: &str) -> Fix {
    let verify = format!("SHOW GLOBAL VARIABLES LIKE '{name}';");
    if case.server.managed.is_some() {
        return Fix::of(FixKind::Config, format!("{name} = {value}"), line(case, name))
            .cost("is set in the service's parameter group")
            .verify(verify);
    }
    let former = former(case, name);
    let persisted = case
        .get::<Settings>()
        .is_ok_and(|settings| settings.get(name).is_some_and(|setting| setting.source.as_deref() == Some(PERSISTED)));
    let undo = |statement: &dyn Fn(String) -> String| match former {
        Some(former) => Undo::Statement(statement(former)),
        None => unknown(name),
    };
    match case.server.product {
        Product::MariaDB => {
            let undo = undo(&|former| format!("SET GLOBAL {name} = {former};"));
            Fix::sql(format!("SET GLOBAL {name} = {value};"), undo)
                .cost(format!(
                    "write {name} = {} under [mysqld] in the configuration file too, or it is gone after a restart",
                    value.trim_matches('\'')
                ))
                .verify(verify)
        }
        _ => {
            let undo = undo(&|former| match persisted {
                true => format!("SET PERSIST {name} = {former};"),
                false => format!("RESET PERSIST IF EXISTS {name}; SET GLOBAL {name} = {former};"),
            });
            Fix::sql(format!("SET PERSIST {name} = {value};"), undo).verify(verify)
        }
    }
}

/// The same for a variable that only a restart changes.
pub(super) fn at_restart(case: &Case, name: &str, value: &str) -> Fix {
    Fix::of(FixKind::Config, format!("{name} = {value}"), line(case, name))
        .cost("a line under [mysqld] in the configuration file, and a restart")
        .verify(format!("SHOW GLOBAL VARIABLES LIKE '{name}';"))
}

/// The value it has now; `None` when the case does not hold it.
fn now<'c>(case: &'c Case, name: &str) -> Option<&'c str> {
    case.get::<Settings>().ok()?.text(name).filter(|value| *value != "(set)")
}

/// The same as SQL takes it.
fn former(case: &Case, name: &str) -> Option<String> {
    now(case, name).map(|value| match value {
        "ON" | "OFF" => value.to_owned(),
        _ if value.parse::<f64>().is_ok_and(f64::is_finite) => value.to_owned(),
        _ => Dialect::MySql.literal(value),
    })
}

/// The line that brings the value back where it is written in a file or a form.
fn line(case: &Case, name: &str) -> Undo {
    now(case, name).map_or_else(|| unknown(name), |value| Undo::Statement(format!("{name} = {value}")))
}

fn unknown(name: &str) -> Undo {
    Undo::NotNeeded(format!("note what SELECT @@GLOBAL.{name} says before, and set it back to that"))
}

#[cfg(test)]
mod tests {
    use dbwright_model::Setting;

    use super::super::bench::{mariadb, mysql, set};
    use super::*;
    use crate::sections::status::Status;

    fn undo(settings: Settings, name: &str) -> Undo {
        variable(&mysql(settings, Status::default()), name, "1").undo
    }

    #[test]
    fn the_way_back_leads_to_the_value_before() {
        let back = |value: &str| match variable(&mariadb(set("v", value), Status::default()), "v", "1").undo {
            Undo::Statement(statement) => statement,
            other => panic!("{other:?}"),
        };
        assert_eq!(back("4096"), "SET GLOBAL v = 4096;");
        assert_eq!(back("ON"), "SET GLOBAL v = ON;");
        assert_eq!(back(""), "SET GLOBAL v = '';");
        assert_eq!(back("ANSI,O'K"), "SET GLOBAL v = 'ANSI,O''K';");
    }

    #[test]
    fn what_was_persisted_stays_so_and_what_was_not_does_not() {
        let setting = Setting { value: "7".into(), source: Some(PERSISTED.into()), ..Setting::default() };
        let persisted = Settings([("v".to_owned(), setting)].into());
        assert_eq!(undo(persisted, "v"), Undo::Statement("SET PERSIST v = 7;".into()));
        let statement = "RESET PERSIST IF EXISTS v; SET GLOBAL v = 7;";
        assert_eq!(undo(set("v", "7"), "v"), Undo::Statement(statement.into()));
    }

    #[test]
    fn an_unknown_value_is_not_guessed() {
        for settings in [set("v", "(set)"), Settings::default()] {
            assert!(matches!(undo(settings, "v"), Undo::NotNeeded(how) if how.contains("@@GLOBAL.v")));
        }
    }
}
