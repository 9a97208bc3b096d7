//! Fixes that change a setting, as they are written where the server runs.

use dbwright_model::finding::FixKind;
use dbwright_model::{Bytes, Case, Fix, NotEvaluated, Undo, Why};

/// Sets it for the whole server; takes effect on reload. `value` is written as SQL takes it: `'8GB'`, `on`.
pub(super) fn setting(case: &Case, name: &str, value: &str) -> Fix {
    if case.server.managed.is_some() {
        let undo = Undo::NotNeeded(format!("set {name} back to its former value in the same place"));
        return Fix::of(FixKind::Config, format!("{name} = {value}"), undo)
            .cost("is set in the service's parameter group, where ALTER SYSTEM is not allowed")
            .verify(format!("SHOW {name};"));
    }
    let undo = Undo::Statement(format!("ALTER SYSTEM RESET {name}; SELECT pg_reload_conf();"));
    Fix::sql(format!("ALTER SYSTEM SET {name} = {value}; SELECT pg_reload_conf();"), undo)
        .verify(format!("SHOW {name};"))
}

/// The same for a setting that only a restart changes.
pub(super) fn setting_at_restart(case: &Case, name: &str, value: &str) -> Fix {
    if case.server.managed.is_some() {
        return setting(case, name, value).cost("is set in the service's parameter group and takes a restart");
    }
    let undo = Undo::Statement(format!("ALTER SYSTEM RESET {name};"));
    Fix::sql(format!("ALTER SYSTEM SET {name} = {value};"), undo)
        .cost("takes effect at the next restart")
        .verify(format!("SHOW {name};"))
}

/// A size as settings take it, rounded up to whole MB (GB from 10 GB on).
pub(super) fn size(bytes: Bytes) -> String {
    let mb = bytes.0.div_ceil(1 << 20);
    match mb.is_multiple_of(1024) || mb >= 10 * 1024 {
        true => format!("'{}GB'", mb.div_ceil(1024)),
        false => format!("'{mb}MB'"),
    }
}

/// The machine's memory, which settings are sized by.
pub(super) fn memory(case: &Case) -> Result<Bytes, NotEvaluated> {
    let unknown = || {
        NotEvaluated::new(Why::NotCollected, "the machine's memory cannot be read over SQL")
            .allow("dbwright look … --ram 16GB")
    };
    case.server.host.memory.ok_or_else(unknown)
}
