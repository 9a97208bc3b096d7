use std::collections::BTreeMap;

use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Fix, Harm, Limit, Name, Rule, Setting, Settings, Severity, Subject,
    Undo,
};
use dbwright_sql::Dialect;

use crate::sections::configuration::{Configuration, Override};
use crate::sections::security::Security;

pub(super) const RULE: Rule = Rule {
    id: "setting-overridden",
    title: "A role or database has settings of its own",
    engines: &[Engine::Postgres],
    versions: "12–19; transaction_timeout from 17 on",
    area: Area::Maintenance,
    harm: Harm::Hygiene,
    limits: &[&LARGE],
    explains: &[],
    wrong_when: "it was set on purpose for a role that needs it: a reporting role's work_mem, a dump's statement_timeout",
    do_not: "change postgresql.conf to be rid of it: the setting of a role or database stands above the file",
    lesson: include_str!("setting_overridden.md"),
    check,
};

static LARGE: Limit<Bytes> = Limit {
    what: "work_mem of a role or database",
    value: Bytes::gib(1),
    source: "ours: each sort and hash of each session may take it, so a handful of queries fill a usual machine",
};

/// Settings that change what a session does to others or how its queries run; `enable_…` as well.
const MATTERS: &[&str] = &[
    "constraint_exclusion",
    "default_statistics_target",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "effective_cache_size",
    "from_collapse_limit",
    "geqo",
    "hash_mem_multiplier",
    "idle_in_transaction_session_timeout",
    "ignore_checksum_failure",
    "jit",
    "join_collapse_limit",
    "lock_timeout",
    "log_min_duration_statement",
    "log_statement",
    "maintenance_work_mem",
    "max_parallel_workers_per_gather",
    "plan_cache_mode",
    "random_page_cost",
    "row_security",
    "search_path",
    "seq_page_cost",
    "session_replication_role",
    "statement_timeout",
    "synchronous_commit",
    "temp_buffers",
    "transaction_timeout",
    "work_mem",
    "zero_damaged_pages",
];

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let all = &case.get::<Configuration>()?.overrides;
    let service = |role: &Name| {
        case.get::<Security>()
            .is_ok_and(|security| security.roles.iter().any(|each| each.service && each.name == *role))
    };
    let mut by_whom: BTreeMap<(Option<&Name>, Option<&Name>), Vec<Changed<'_>>> = BTreeMap::new();
    for each in all {
        let matters = MATTERS.contains(&each.name.as_str()) || each.name.starts_with("enable_");
        if !matters || each.role.as_ref().is_some_and(service) {
            continue;
        }
        // What the server has is hidden from us where an override applies to our own session.
        let hidden = all.iter().any(|other| other.name == each.name && applies_here(case, other));
        let server = settings.get(&each.name.to_ascii_lowercase()).filter(|_| !hidden);
        if server.is_none_or(|server| !same(server, &each.setting)) {
            let risk = risk(each, server);
            by_whom.entry((each.database.as_ref(), each.role.as_ref())).or_default().push(Changed {
                each,
                server,
                risk,
            });
        }
    }
    Ok(by_whom.into_iter().map(|((database, role), changed)| finding(database, role, &changed)).collect())
}

struct Changed<'a> {
    each: &'a Override,
    server: Option<&'a Setting>,
    /// What may go wrong.
    risk: Option<String>,
}

impl Changed<'_> {
    fn words(&self) -> String {
        let name = &self.each.name;
        let server = self.server.map(|server| format!(" (server: {})", shown(name, server))).unwrap_or_default();
        let risk = self.risk.as_ref().map(|risk| format!(", so {risk}")).unwrap_or_default();
        format!("{name} = {}{server}{risk}", shown(name, &self.each.setting))
    }
}

fn applies_here(case: &Case, each: &Override) -> bool {
    let ours = |theirs: &Option<Name>, mine: &Option<Name>| match (theirs, mine) {
        (None, _) => true,
        (Some(theirs), Some(mine)) => theirs.as_str() == mine.stored(case.redaction),
        (Some(_), None) => false,
    };
    ours(&each.database, &case.server.database) && ours(&each.role, &case.server.user)
}

fn same(a: &Setting, b: &Setting) -> bool {
    match (a.value.parse::<f64>(), b.value.parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a.value.eq_ignore_ascii_case(&b.value),
    }
}

fn risk(each: &Override, server: Option<&Setting>) -> Option<String> {
    let bounded = server.is_some_and(|server| server.value != "0");
    let risk = match (each.name.as_str(), each.setting.value.as_str()) {
        ("synchronous_commit", "off") => "a crash loses its last commits though the clients were told they are safe",
        ("statement_timeout" | "transaction_timeout", "0") if bounded => "nothing ends what runs away",
        ("idle_in_transaction_session_timeout", "0") if bounded => "a forgotten transaction stays open for ever",
        ("row_security", "off") => "its queries on tables with row policies fail, unless it may bypass them",
        ("session_replication_role", "replica") => "its changes fire no trigger and check no foreign key",
        ("zero_damaged_pages", "on") => "a damaged page is emptied without anybody noticing",
        ("ignore_checksum_failure", "on") => "damaged pages are read as if they were sound",
        ("work_mem", _) => {
            let size = one("work_mem", &each.setting).bytes("work_mem")?;
            return (size.0 >= LARGE.value.0).then(|| format!("each sort and hash of each session may take {size}"));
        }
        _ => return None,
    };
    Some(risk.to_owned())
}

fn one(name: &str, setting: &Setting) -> Settings {
    Settings(BTreeMap::from([(name.to_owned(), setting.clone())]))
}

/// The value with its unit, as a person writes it.
fn shown(name: &str, setting: &Setting) -> String {
    let one = one(name, setting);
    let size = || one.bytes(name).map(|size| size.to_string());
    let span = || one.seconds(name).map(|span| span.to_string());
    let with_unit = setting.unit.as_ref().filter(|_| setting.value != "0").and_then(|_| size().or_else(span));
    with_unit.unwrap_or_else(|| setting.value.clone())
}

fn finding(database: Option<&Name>, role: Option<&Name>, changed: &[Changed<'_>]) -> Finding {
    let quote = |name: &Name| Dialect::Postgres.quote(name);
    let (subject, who, alter) = match (database, role) {
        (None, None) => (Subject::server(), "every role".to_owned(), "ALTER ROLE ALL".to_owned()),
        (Some(db), None) => (
            Subject::new(SubjectKind::Database, db),
            format!("sessions in database {db}"),
            format!("ALTER DATABASE {}", quote(db)),
        ),
        (None, Some(role)) => (
            Subject::new(SubjectKind::Account, role),
            format!("sessions of role {role}"),
            format!("ALTER ROLE {}", quote(role)),
        ),
        (Some(db), Some(role)) => (
            Subject::new(SubjectKind::Account, format!("{role} in {db}")),
            format!("sessions of role {role} in database {db}"),
            format!("ALTER ROLE {} IN DATABASE {}", quote(role), quote(db)),
        ),
    };
    let risky: Vec<&Changed<'_>> = changed.iter().filter(|each| each.risk.is_some()).collect();
    let told: Vec<&Changed<'_>> = if risky.is_empty() { changed.iter().collect() } else { risky };
    let list = told.iter().map(|each| each.words()).collect::<Vec<_>>().join("; ");
    let (severity, cause) = match told.iter().any(|each| each.risk.is_some()) {
        true => (Severity::Warn, format!("{who} begin with {list}")),
        false => (
            Severity::Info,
            format!("{who} begin with {list}: what the server's settings say is not what they run with"),
        ),
    };
    let statements = |write: &dyn Fn(&Override) -> String| {
        told.iter().map(|each| format!("{alter} {};", write(each.each))).collect::<Vec<_>>().join(" ")
    };
    let undo = statements(&|each| format!("SET {} = {}", each.name, written(each)));
    let mut finding = Finding::new(severity, subject, cause).weight(told.len() as f64).fix(
        Fix::sql(statements(&|each| format!("RESET {}", each.name)), Undo::Statement(undo))
            .cost("for new sessions; those that are open keep it")
            .verify("SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting;"),
    );
    for each in told {
        let value = shown(&each.each.name, &each.each.setting);
        finding = finding.catalog(&each.each.name, value.as_str(), "pg_db_role_setting.setconfig");
    }
    finding
}

/// The value as SET takes it: numbers are in the base unit; lists of names are written as they are.
fn written(each: &Override) -> String {
    match each.name.as_str() {
        "search_path" => each.setting.value.clone(),
        _ if each.setting.value.parse::<f64>().is_ok() => each.setting.value.clone(),
        _ => Dialect::Postgres.literal(&each.setting.value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn has(role: Option<&str>, name: &str, value: &str, unit: Option<&str>) -> Override {
        let setting = Setting { value: value.into(), unit: unit.map(Into::into), ..Setting::default() };
        Override { role: role.map(Name::from), name: name.into(), setting, database: None }
    }

    fn found(overrides: Vec<Override>) -> Vec<Finding> {
        let settings = Settings::default()
            .with("synchronous_commit", "on")
            .with("jit", "on")
            .with_unit("statement_timeout", "30000", "ms")
            .with_unit("idle_in_transaction_session_timeout", "0", "ms")
            .with_unit("work_mem", "4096", "kB");
        let mut case = pg(15).with(&settings).with(&Configuration { overrides, files: None });
        case.server.user = Some("me".into());
        check(&case).unwrap()
    }

    #[test]
    fn fires_as_warning_on_what_may_go_wrong() {
        let found = found(vec![
            has(Some("Batch"), "jit", "off", None),
            has(Some("Batch"), "synchronous_commit", "off", None),
            has(Some("batch"), "work_mem", "2097152", Some("kB")),
        ]);
        assert_eq!((found.len(), found[0].severity, found[1].severity), (2, Severity::Warn, Severity::Warn));
        assert!(found[0].cause.contains("synchronous_commit = off (server: on)") && !found[0].cause.contains("jit"));
        assert_eq!(found[0].fixes[0].statement, "ALTER ROLE \"Batch\" RESET synchronous_commit;");
        assert!(found[1].cause.contains("work_mem = 2 GB (server: 4 MB)"), "{}", found[1].cause);
        assert_eq!(found[1].fixes[0].undo, Undo::Statement("ALTER ROLE batch SET work_mem = 2097152;".into()));
    }

    #[test]
    fn fires_when_a_limit_is_lifted() {
        let lifted = found(vec![has(Some("app"), "statement_timeout", "0", Some("ms"))]);
        assert!(lifted[0].cause.contains("statement_timeout = 0 (server: 30 s)"), "{}", lifted[0].cause);
        assert_eq!(lifted[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_as_information_with_all_that_differs() {
        let found = found(vec![
            has(Some("report"), "enable_nestloop", "off", None),
            has(Some("report"), "work_mem", "262144", Some("kB")),
        ]);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Info));
        assert_eq!(
            found[0].fixes[0].statement,
            "ALTER ROLE report RESET enable_nestloop; ALTER ROLE report RESET work_mem;"
        );
    }

    #[test]
    fn fires_for_everybody_though_our_session_has_it_too() {
        let found = found(vec![has(None, "synchronous_commit", "off", None)]);
        assert_eq!((found[0].subject.clone(), found[0].severity), (Subject::server(), Severity::Warn));
        assert!(found[0].fixes[0].statement.starts_with("ALTER ROLE ALL RESET"));
    }

    #[test]
    fn silent_when_it_says_what_the_server_says() {
        let idle = "idle_in_transaction_session_timeout";
        assert!(
            found(vec![has(Some("app"), "work_mem", "4096", Some("kB")), has(Some("app"), idle, "0", Some("ms"))])
                .is_empty()
        );
    }

    #[test]
    fn silent_on_settings_that_do_not_matter() {
        assert!(found(vec![has(Some("app"), "DateStyle", "iso, mdy", None)]).is_empty());
    }

    #[test]
    fn silent_about_the_roles_of_a_service() {
        let role = crate::sections::security::Role { name: "rdsadmin".into(), service: true, ..Default::default() };
        let overrides = vec![has(Some("rdsadmin"), "statement_timeout", "0", Some("ms"))];
        let case = pg(15)
            .with(&Settings::default().with_unit("statement_timeout", "30000", "ms"))
            .with(&Configuration { overrides, files: None })
            .with(&Security { roles: vec![role], ..Security::default() });
        assert!(check(&case).unwrap().is_empty());
    }
}
