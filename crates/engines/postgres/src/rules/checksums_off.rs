use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, NotEvaluated, Rule, Settings, Severity, Subject, Undo,
};

use crate::sections::databases::Databases;

pub(super) const RULE: Rule = Rule {
    id: "checksums-off",
    title: "Data checksums are off",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Durability,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the file system below has checksums of its own (ZFS, btrfs) and is scrubbed",
    do_not: "take checksums for a repair: they tell that a page is damaged, they do not bring it back",
    lesson: include_str!("checksums_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    if let Some(service) = &case.server.managed {
        return Err(NotEvaluated::not_applicable(format!("{service} looks after its own storage")));
    }
    if case.get::<Settings>()?.is_on("data_checksums") != Some(false) {
        return Ok(vec![]);
    }
    let data = case.get::<Databases>().ok().and_then(Databases::data);
    let fix = Fix::of(
        FixKind::Shell,
        "pg_checksums --enable --progress --pgdata \"$PGDATA\"",
        Undo::Statement("pg_checksums --disable --pgdata \"$PGDATA\"".into()),
    )
    .lock("the server must be shut down cleanly for it")
    .cost("rewrites every page once, about as long as reading and writing the data directory takes; on a standby first, then switch over")
    .verify("SHOW data_checksums;");
    let finding = Finding::new(
        Severity::Info,
        Subject::setting("data_checksums"),
        "data checksums are off: damage by the storage is not noticed when it is read, and is copied into every backup",
    )
    .catalog("data_checksums", "off", "pg_settings.setting")
    .fix(fix);
    Ok(vec![match data {
        Some(data) => finding.measured("data without checksums", data, "pg_database_size"),
        None => finding,
    }])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use crate::sections::databases::Database;
    use dbwright_model::{Bytes, Why};

    fn found(value: &str) -> Vec<Finding> {
        check(&pg(15).with(&Settings::default().with("data_checksums", value))).unwrap()
    }

    #[test]
    fn fires_when_off() {
        assert_eq!(found("off")[0].severity, Severity::Info);
    }

    #[test]
    fn fires_with_the_amount_of_data() {
        let databases = vec![Database { name: "shop".into(), size: Some(Bytes::gib(3)), ..Database::default() }];
        let case = pg(12).with(&Settings::default().with("data_checksums", "off")).with(&Databases { databases });
        assert_eq!(check(&case).unwrap()[0].evidence.len(), 2);
    }

    #[test]
    fn silent_when_on() {
        assert!(found("on").is_empty());
    }

    #[test]
    fn silent_on_a_managed_service() {
        let mut case = pg(15).with(&Settings::default().with("data_checksums", "off"));
        case.server.managed = Some("Amazon RDS".into());
        assert_eq!(check(&case).unwrap_err().why, Why::NotApplicable);
    }
}
