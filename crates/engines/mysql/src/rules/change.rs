//! Fixes that change a variable, as they are written where the server runs.

use dbwright_model::finding::FixKind;
use dbwright_model::{Case, Fix, Product, Undo};

/// Sets it for the whole server, at once and for good. `value` is written as SQL takes it.
pub(super) fn variable(case: &Case, name: &str, value: &str) -> Fix {
    let verify = format!("SHOW GLOBAL VARIABLES LIKE '{name}';");
    if case.server.managed.is_some() {
        let undo = Undo::NotNeeded(format!("set {name} back to its former value in the same place"));
        return Fix::of(FixKind::Config, format!("{name} = {value}"), undo)
            .cost("is set in the service's parameter group")
            .verify(verify);
    }
    match case.server.product {
        Product::MariaDB => {
            let undo = Undo::Statement(format!("SET GLOBAL {name} = DEFAULT;"));
            Fix::sql(format!("SET GLOBAL {name} = {value};"), undo)
                .cost(format!(
                    "also write {name} = {} under [mysqld] in the configuration file, or it is gone after a restart",
                    value.trim_matches('\'')
                ))
                .verify(verify)
        }
        _ => {
            let undo = Undo::Statement(format!("RESET PERSIST {name}; SET GLOBAL {name} = DEFAULT;"));
            Fix::sql(format!("SET PERSIST {name} = {value};"), undo).cost("new sessions see it").verify(verify)
        }
    }
}

/// The same for a variable that only a restart changes.
pub(super) fn at_restart(name: &str, value: &str) -> Fix {
    Fix::of(FixKind::Config, format!("{name} = {value}"), Undo::NotNeeded("take the line out and restart".into()))
        .cost("a line under [mysqld] in the configuration file, and a restart")
        .verify(format!("SHOW GLOBAL VARIABLES LIKE '{name}';"))
}
