use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Product, Rule, Severity, Subject, Undo,
};

use crate::releases;

static BEHIND: Limit<Count> = Limit {
    what: "minor releases behind (warn)",
    value: Count(5),
    source: "PostgreSQL, MySQL and MariaDB publish about four a year: five behind is more than a year of missing fixes",
};

pub(super) const RULE: Rule = Rule {
    id: "minor-release-behind",
    title: "Newer fixes for this version are out",
    engines: Engine::ALL,
    versions: "series whose minor releases were known when dbwright was built; there may be newer ones since",
    area: Area::Maintenance,
    harm: Harm::Breach,
    limits: &[&BEHIND],
    explains: &[],
    wrong_when: "a distribution backports fixes under the old number (RHEL, Ubuntu, Debian say so in the package's changelog)",
    do_not: "put minor releases off because major ones are hard: a minor release changes no format and takes a restart",
    lesson: include_str!("minor_release_behind.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let server = &case.server;
    let (product, version) = (server.product, server.version);
    let Some(newest) = releases::newest(product, version) else {
        return Err(NotEvaluated::not_applicable("no minor release of this series is known"));
    };
    let behind = releases::behind(product, version, newest);
    if behind == 0 {
        return Ok(vec![]);
    }
    let severity = if u64::from(behind) >= BEHIND.value.0 { Severity::Warn } else { Severity::Info };
    let releases = if behind == 1 { "release" } else { "releases" };
    let cause = format!(
        "{product} {version} is {behind} minor {releases} behind {newest}, which was out by {}: what they fixed, security holes and data corruption included, is still in this server",
        crate::releases::AS_OF.strftime("%Y-%m")
    );
    let finding = Finding::new(severity, Subject::server(), cause)
        .catalog("version", version.to_string(), "server's version")
        .catalog("newest known", newest.to_string(), "the makers' releases, as of the build")
        .fix(update(case, newest.to_string()))
        .weight(f64::from(behind));
    Ok(vec![finding])
}

fn update(case: &Case, newest: String) -> Fix {
    let (product, major) = (case.server.product, case.server.version.major);
    let undo = Undo::NotNeeded("the previous package can be installed again: the data format is the same".into());
    if let Some(service) = &case.server.managed {
        let step = format!(
            "In {service}, apply the minor version upgrade to {newest} or newer in the next maintenance window"
        );
        return Fix::of(FixKind::Code, step, undo).lock("a restart: connections are closed for about a minute");
    }
    let package = match product {
        Product::PostgreSQL => format!("postgresql-{major}"),
        Product::MySQL => "mysql-server".to_owned(),
        Product::MariaDB => "mariadb-server".to_owned(),
        Product::Redis => "redis-server".to_owned(),
        Product::Valkey => "valkey-server".to_owned(),
        other => other.to_string().to_lowercase(),
    };
    let version = match product {
        Product::Redis => "INFO server",
        Product::Valkey => "INFO server",
        _ => "SELECT version();",
    };
    Fix::of(FixKind::Shell, format!("apt-get update && apt-get install --only-upgrade {package}"), undo)
        .lock("the server restarts: connections are closed for seconds")
        .cost("on other systems the same with dnf or the image's tag; replicas first, read the release notes for indexes to rebuild")
        .verify(version)
}

#[cfg(test)]
mod tests {
    use dbwright_model::{Settings, Version};

    use super::*;
    use crate::example::case;

    fn look(product: Product, version: Version) -> Checked {
        check(&case(product, version, &Settings::default()))
    }

    #[test]
    fn fires_as_a_warning_after_a_year_without_fixes() {
        let found = look(Product::PostgreSQL, Version::new(15, 4, 0)).unwrap();
        assert_eq!(found[0].severity, Severity::Warn);
        assert!(found[0].cause.starts_with("PostgreSQL 15.4 is 16 minor releases behind 15.20"), "{}", found[0].cause);
        assert!(found[0].fixes[0].statement.ends_with("postgresql-15"));
    }

    #[test]
    fn fires_softly_when_a_little_behind() {
        let found = look(Product::MySQL, Version::new(8, 0, 43)).unwrap();
        assert_eq!(found[0].severity, Severity::Info);
    }

    #[test]
    fn fires_with_the_services_own_way_where_it_is_managed() {
        let mut case = case(Product::PostgreSQL, Version::new(16, 2, 0), &Settings::default());
        case.server.managed = Some("Amazon RDS".into());
        assert!(check(&case).unwrap()[0].fixes[0].statement.starts_with("In Amazon RDS"));
    }

    #[test]
    fn silent_when_newest_or_newer_than_known() {
        assert!(look(Product::MariaDB, Version::new(10, 11, 19)).unwrap().is_empty());
        assert!(look(Product::PostgreSQL, Version::new(15, 31, 0)).unwrap().is_empty());
        assert!(look(Product::PostgreSQL, Version::new(12, 22, 0)).unwrap().is_empty());
    }

    #[test]
    fn silent_on_unknown_series() {
        let reason = look(Product::Redis, Version::new(9, 9, 0)).unwrap_err();
        assert_eq!(reason.why, dbwright_model::Why::NotApplicable);
    }
}
