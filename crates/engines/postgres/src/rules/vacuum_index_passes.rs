use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Settings, Severity, Subject, Undo,
};

use crate::autovacuum::on_primary;
use crate::sections::vacuum::Vacuum;

static PASSES: Limit<Count> = Limit {
    what: "completed passes over all indexes by one vacuum",
    value: Count(2),
    source: "one pass is enough when all dead row ids fit into memory (pg_stat_progress_vacuum, 12–18)",
};

pub(super) const RULE: Rule = Rule {
    id: "vacuum-index-passes",
    title: "A vacuum scans all indexes several times",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Vacuum,
    harm: Harm::Slowdown,
    limits: &[&PASSES],
    explains: &[],
    wrong_when: "the table was just changed as a whole, which will not happen again",
    do_not: "drop indexes so that vacuum gets shorter: it is the memory that is short",
    lesson: include_str!("vacuum_index_passes.md"),
    check,
};

/// Until version 16 a vacuum cannot use more, whatever is set.
const CAP: Bytes = Bytes::gib(1);

fn check(case: &Case) -> Checked {
    on_primary(case)?;
    let settings = case.get::<Settings>()?;
    let old = case.server.version.major < 17;
    let mut findings = Vec::new();
    for vacuum in &case.get::<Vacuum>()?.running {
        let Some(passes) = vacuum.index_passes.filter(|passes| passes.0 >= PASSES.value.0) else { continue };
        let Some(table) = &vacuum.table else { continue };
        let own = settings.bytes("autovacuum_work_mem");
        let (setting, now) = match vacuum.auto {
            true => ("autovacuum_work_mem", own.or_else(|| settings.bytes("maintenance_work_mem"))),
            false => ("maintenance_work_mem", settings.bytes("maintenance_work_mem")),
        };
        let now = now.or(vacuum.memory).unwrap_or(Bytes::mib(64));
        let wanted = Bytes((now.0 * (passes.0 + 1)).next_multiple_of(1 << 20));
        let wanted = if old && wanted.0 > CAP.0 { CAP } else { wanted };
        let cause = format!(
            "this vacuum has gone through all indexes {passes} times already, because the ids of dead rows do not fit into {now} at once"
        );
        let mut found = Finding::new(Severity::Warn, Subject::table(table), cause)
            .measured("index passes", passes, "pg_stat_progress_vacuum.index_vacuum_count")
            .catalog("memory", now, &format!("pg_settings: {setting}"))
            .weight(passes.0 as f64);
        if wanted.0 > now.0 {
            let megabytes = wanted.0 >> 20;
            found = found.fix(
                Fix::sql(
                    format!("ALTER SYSTEM SET {setting} = '{megabytes}MB'; SELECT pg_reload_conf();"),
                    Undo::Statement(format!("ALTER SYSTEM RESET {setting}; SELECT pg_reload_conf();")),
                )
                .cost("memory of each worker that needs it, up to autovacuum_max_workers times; works for the next vacuum, not for this one")
                .verify(format!("SHOW {setting};")),
            );
        }
        findings.push(found);
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::ObjectName;

    use super::*;
    use crate::rules::fixtures::case_of;
    use crate::sections::vacuum::Running;

    fn found(major: u32, passes: u64, auto: bool) -> Vec<Finding> {
        let running = Running {
            table: Some(ObjectName::new("public", "orders")),
            index_passes: Some(Count(passes)),
            auto,
            ..Running::default()
        };
        check(&case_of(major).with(&Vacuum { running: vec![running], ..Vacuum::default() })).unwrap()
    }

    #[test]
    fn fires_on_the_second_pass() {
        let found = found(15, 2, true);
        assert!(
            found[0].fixes[0].statement.contains("autovacuum_work_mem = '192MB'"),
            "{}",
            found[0].fixes[0].statement
        );
    }

    #[test]
    fn fires_for_a_vacuum_by_hand() {
        assert!(
            found(15, 40, false)[0].fixes[0].statement.contains("maintenance_work_mem = '1024MB'"),
            "capped before 17"
        );
        assert!(found(17, 40, false)[0].fixes[0].statement.contains("'2624MB'"), "no cap from 17 on");
    }

    #[test]
    fn silent_on_the_first_pass() {
        assert!(found(15, 1, true).is_empty());
    }

    #[test]
    fn silent_when_nothing_runs() {
        assert!(check(&case_of(15).with(&Vacuum::default())).unwrap().is_empty());
    }
}
