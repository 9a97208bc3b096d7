use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Product, Rule, Severity, Subject, Undo,
};

static BEHIND: Limit<Count> =
    Limit { what: "minor releases behind (warn)", value: Count(4), source: "own choice: PostgreSQL makes four a year" };

pub(super) const RULE: Rule = Rule {
    id: "minor-release-behind",
    title: "Fixes of this very version are not installed",
    engines: &[Engine::Postgres],
    versions: "12–18; knows the releases as of November 2026",
    area: Area::Maintenance,
    harm: Harm::Breach,
    limits: &[&BEHIND],
    explains: &[],
    wrong_when: "a managed service installs them in its own window",
    do_not: "wait for a new major version: minor releases only repair, and install with a restart",
    lesson: include_str!("minor_release_behind.md"),
    check,
};

/// The newest minor releases known when this was built. Newer ones may exist: being behind one of these is certain.
const NEWEST: &[(u32, u32)] = &[(12, 22), (13, 23), (14, 23), (15, 18), (16, 14), (17, 10), (18, 4)];

fn check(case: &Case) -> Checked {
    let version = case.server.version;
    let Some((_, newest)) =
        NEWEST.iter().find(|(major, _)| case.server.product == Product::PostgreSQL && *major == version.major)
    else {
        return Ok(vec![]);
    };
    let behind = newest.saturating_sub(version.minor);
    if behind == 0 {
        return Ok(vec![]);
    }
    let severity = if u64::from(behind) >= BEHIND.value.0 { Severity::Warn } else { Severity::Info };
    let cause = format!(
        "{version} is {behind} minor releases behind {}.{newest}: their repairs, security included, are missing",
        version.major
    );
    Ok(vec![
        Finding::new(severity, Subject::server(), cause)
            .catalog("version", version.to_string(), "server_version")
            .catalog("known release", format!("{}.{newest}", version.major), "as of November 2026")
            .fix(
                Fix::of(
                    FixKind::Shell,
                    format!(
                        "apt-get install --only-upgrade postgresql-{0} && systemctl restart postgresql@{0}-main",
                        version.major
                    ),
                    Undo::NotNeeded("the data files are the same; the older package can be installed again".into()),
                )
                .cost("a restart; read the release notes for indexes to rebuild"),
            )
            .weight(f64::from(behind)),
    ])
}

#[cfg(test)]
mod tests {
    use dbwright_model::{Settings, Version};

    use super::*;
    use crate::example::case;

    fn look(product: Product, version: Version) -> Vec<Finding> {
        check(&case(product, version, &Settings::default())).unwrap()
    }

    #[test]
    fn fires_a_year_behind() {
        assert_eq!(look(Product::PostgreSQL, Version::new(15, 3, 0))[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_softly_one_behind() {
        assert_eq!(look(Product::PostgreSQL, Version::new(17, 9, 0))[0].severity, Severity::Info);
    }

    #[test]
    fn silent_when_current_or_newer() {
        assert!(look(Product::PostgreSQL, Version::new(15, 18, 0)).is_empty());
        assert!(look(Product::PostgreSQL, Version::new(15, 20, 0)).is_empty());
    }

    #[test]
    fn silent_about_unknown_series_and_products() {
        assert!(look(Product::PostgreSQL, Version::new(19, 0, 0)).is_empty());
        assert!(look(Product::MariaDB, Version::new(10, 5, 1)).is_empty());
    }
}
