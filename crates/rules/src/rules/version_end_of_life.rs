use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Product, Rule, Seconds, Severity, Subject,
    Undo,
};
use jiff::tz::TimeZone;

use crate::releases;

static SOON: Limit<Seconds> = Limit {
    what: "support ends within (worth knowing)",
    value: Seconds::days(365.0),
    source: "a major upgrade of a production database is planned, rehearsed and done in about a year",
};

pub(super) const RULE: Rule = Rule {
    id: "version-end-of-life",
    title: "The server's version gets no more fixes",
    engines: Engine::ALL,
    versions: "series whose end of support was published when dbwright was built; silence on others",
    area: Area::Maintenance,
    harm: Harm::Breach,
    limits: &[&SOON],
    explains: &["minor-release-behind"],
    wrong_when: "a distribution or a managed service goes on patching this series under its own name and dates (Debian LTS, RDS Extended Support)",
    do_not: "upgrade in place on a Friday without a rehearsal on a copy: planner changes and removed settings show only under your own queries",
    lesson: include_str!("version_end_of_life.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let server = &case.server;
    let Some(support) = releases::support(server.product, server.version) else {
        return Err(NotEvaluated::not_applicable("no end of support is known for this version"));
    };
    let today = server.now.to_zoned(TimeZone::UTC).date();
    let days = (support.until - today).get_days();
    if f64::from(days) * 86_400.0 > SOON.value.0 {
        return Ok(vec![]);
    }
    let (product, version) = (server.product, server.version);
    let (severity, cause) = match days {
        0.. => (
            Severity::Info,
            format!(
                "{product} {version} gets security fixes until {}: {} are left to plan the upgrade",
                support.until,
                Seconds::days(f64::from(days))
            ),
        ),
        _ => (
            Severity::Warn,
            format!(
                "{product} {version} has had no fixes since {}, {} ago: security holes found since then stay open",
                support.until,
                Seconds::days(f64::from(-days))
            ),
        ),
    };
    let finding = Finding::new(severity, Subject::server(), cause)
        .catalog("version", version.to_string(), "server's version")
        .catalog("end of support", support.until.to_string(), "the makers' release policy, as of the build")
        .fix(upgrade(product, support.next))
        .weight(-f64::from(days));
    Ok(vec![finding])
}

/// The steps of a major upgrade.
fn upgrade(product: Product, next: &str) -> Fix {
    let (steps, downtime) = match product {
        Product::PostgreSQL => (
            format!(
                "Upgrade to {next}: on a copy of the data run `pg_upgrade --check --link` with both versions' binaries, \
                 run your slowest queries there, then do the same in a maintenance window and run ANALYZE; for a stop of \
                 seconds, replicate logically into a new server and switch over"
            ),
            "the server stands still while pg_upgrade runs: minutes with --link, whatever the size",
        ),
        Product::MySQL => (
            format!(
                "Upgrade to {next}, one LTS series at a time: run `mysqlsh root@localhost -- util checkForServerUpgrade` \
                 and clear what it reports, upgrade a replica, let it serve reads for some days, then promote it"
            ),
            "with a replica the stop is the switch-over; in place it is a restart plus the rebuild of the data dictionary",
        ),
        Product::MariaDB => (
            format!(
                "Upgrade to {next}: upgrade a replica with the packages of the new series, run `mariadb-upgrade` on it, \
                 let it serve reads for some days, then promote it"
            ),
            "with a replica the stop is the switch-over; in place it is a restart plus mariadb-upgrade",
        ),
        Product::MongoDB | Product::Elasticsearch | Product::OpenSearch | Product::Cassandra => (
            format!("Upgrade to {next} node by node, one major version at a time, as the release notes say"),
            "each node restarts; with replicas the service goes on",
        ),
        Product::Redis | Product::Valkey => (
            format!(
                "Upgrade to {next}: start a replica of the new version, wait for `master_link_status:up` and equal \
                 offsets, then promote it with FAILOVER; check the licence of the new version first"
            ),
            "writes pause for the seconds of the failover; an older version cannot read the newer RDB file",
        ),
    };
    let undo = match product {
        Product::PostgreSQL => {
            "keep the old cluster: with --link it must not be started again once the new one was, without --link it can"
        }
        Product::MySQL | Product::MariaDB => "data files cannot go back: keep a replica on the old series and a backup",
        Product::MongoDB | Product::Elasticsearch | Product::OpenSearch | Product::Cassandra => {
            "data files cannot go back: keep a backup from before the upgrade"
        }
        Product::Redis | Product::Valkey => "keep the old primary's RDB file; writes made after the failover are lost",
    };
    Fix::of(FixKind::Code, steps, Undo::Impossible(undo.into())).lock(downtime)
}

#[cfg(test)]
mod tests {
    use dbwright_model::{Settings, Version};

    use super::*;
    use crate::example::case;

    fn look(product: Product, major: u32, minor: u32) -> Vec<(Severity, String)> {
        let case = case(product, Version::new(major, minor, 0), &Settings::default());
        match check(&case) {
            Ok(found) => found.into_iter().map(|finding| (finding.severity, finding.cause)).collect(),
            Err(reason) => {
                assert_eq!(reason.why, dbwright_model::Why::NotApplicable);
                vec![]
            }
        }
    }

    #[test]
    fn fires_when_support_is_over() {
        let found = look(Product::PostgreSQL, 13, 20);
        assert_eq!(found[0].0, Severity::Warn);
        assert!(found[0].1.contains("no fixes since 2025-11-13"), "{}", found[0].1);
        assert_eq!(look(Product::MySQL, 8, 0)[0].0, Severity::Warn);
        assert_eq!(look(Product::Redis, 7, 0)[0].0, Severity::Warn);
    }

    #[test]
    fn fires_softly_in_the_last_year() {
        let mut case = case(Product::MariaDB, Version::new(10, 11, 19), &Settings::default());
        case.server.now = "2027-03-01T00:00:00Z".parse().unwrap();
        let found = check(&case).unwrap();
        assert_eq!(found[0].severity, Severity::Info);
        assert!(found[0].cause.contains("352 d are left"), "{}", found[0].cause);
    }

    #[test]
    fn silent_with_years_left() {
        assert!(look(Product::PostgreSQL, 18, 4).is_empty());
        assert!(look(Product::MySQL, 8, 4).is_empty());
        assert!(look(Product::Valkey, 8, 1).is_empty());
    }

    #[test]
    fn silent_on_series_without_a_known_end() {
        assert!(look(Product::PostgreSQL, 19, 1).is_empty());
        assert!(look(Product::MySQL, 9, 7).is_empty());
        assert!(look(Product::Redis, 7, 4).is_empty());
    }
}
