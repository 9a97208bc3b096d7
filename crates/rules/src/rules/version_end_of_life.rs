use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Product, Rule, Seconds, Severity, Subject, Undo, Version,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;

static SOON: Limit<Seconds> = Limit {
    what: "time left (worth knowing)",
    value: Seconds::days(365.0),
    source: "own choice: a year is what a careful upgrade takes",
};

pub(super) const RULE: Rule = Rule {
    id: "version-end-of-life",
    title: "This version gets no more fixes",
    engines: &[Engine::Postgres, Engine::MySql, Engine::Redis],
    versions: "all; the dates are those published as of November 2026",
    area: Area::Maintenance,
    harm: Harm::Breach,
    limits: &[&SOON],
    explains: &[],
    wrong_when: "a vendor ships fixes for it beyond the project's date (a distribution, a managed service's extended support)",
    do_not: "upgrade in place without a rehearsal on a copy and a way back",
    lesson: include_str!("version_end_of_life.md"),
    check,
};

/// Last day of fixes by product and series, as the projects publish them. A series that is not here is not judged.
const END_OF_LIFE: &[(Product, u32, Option<u32>, (i16, i8, i8))] = &[
    (Product::PostgreSQL, 12, None, (2024, 11, 21)),
    (Product::PostgreSQL, 13, None, (2025, 11, 13)),
    (Product::PostgreSQL, 14, None, (2026, 11, 12)),
    (Product::PostgreSQL, 15, None, (2027, 11, 11)),
    (Product::PostgreSQL, 16, None, (2028, 11, 9)),
    (Product::PostgreSQL, 17, None, (2029, 11, 8)),
    (Product::PostgreSQL, 18, None, (2030, 11, 14)),
    (Product::MySQL, 8, Some(0), (2026, 4, 30)),
    (Product::MySQL, 8, Some(4), (2032, 4, 30)),
    (Product::MariaDB, 10, Some(5), (2025, 6, 24)),
    (Product::MariaDB, 10, Some(6), (2026, 7, 6)),
    (Product::MariaDB, 10, Some(11), (2028, 2, 16)),
    (Product::MariaDB, 11, Some(4), (2029, 5, 29)),
    (Product::MariaDB, 11, Some(8), (2028, 6, 4)),
];

fn end_of_life(product: Product, version: Version) -> Option<Date> {
    let (.., (year, month, day)) = END_OF_LIFE.iter().find(|(p, major, minor, _)| {
        *p == product && *major == version.major && minor.is_none_or(|minor| minor == version.minor)
    })?;
    Date::new(*year, *month, *day).ok()
}

fn check(case: &Case) -> Checked {
    let server = &case.server;
    let Some(end) = end_of_life(server.product, server.version) else { return Ok(vec![]) };
    let today = server.now.to_zoned(TimeZone::UTC).date();
    let left = Seconds::days(f64::from(today.until(end).map(|span| span.get_days()).unwrap_or(0)));
    let (severity, cause) = match left.0 {
        left if left < 0.0 => (
            Severity::Warn,
            format!("{} {} has had no fixes since {end}: known holes stay open", server.product, server.version),
        ),
        left if left <= SOON.value.0 => {
            (Severity::Info, format!("{} {} gets its last fixes on {end}", server.product, server.version))
        }
        _ => return Ok(vec![]),
    };
    let how = match server.product.engine() {
        Engine::Postgres => "pg_upgrade --check on a copy, or a logical replica of the new version and a switch",
        Engine::MySql => {
            "rehearse on a restored copy (util.checkForServerUpgrade, mariadb-upgrade), then a replica of the new version and a switch"
        }
        Engine::Redis => "a replica of the new version and a failover",
    };
    Ok(vec![
        Finding::new(severity, Subject::server(), cause)
            .catalog("version", server.version.to_string(), "server version")
            .catalog("last fixes", end.to_string(), "the project's published calendar")
            .fix(Fix::of(FixKind::Code, how, Undo::NotNeeded("the old server stays until the switch".into())))
            .weight(-left.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::case;
    use dbwright_model::Settings;

    fn look(product: Product, version: Version) -> Vec<Finding> {
        check(&case(product, version, &Settings::default())).unwrap()
    }

    #[test]
    fn fires_after_the_end() {
        assert_eq!(look(Product::PostgreSQL, Version::new(13, 23, 0))[0].severity, Severity::Warn);
        assert_eq!(look(Product::MySQL, Version::new(8, 0, 44))[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_softly_in_the_last_year() {
        assert_eq!(look(Product::PostgreSQL, Version::new(15, 18, 0))[0].severity, Severity::Info);
    }

    #[test]
    fn silent_with_years_to_go() {
        assert!(look(Product::PostgreSQL, Version::new(18, 4, 0)).is_empty());
        assert!(look(Product::MariaDB, Version::new(10, 11, 19)).is_empty());
    }

    #[test]
    fn silent_about_series_it_does_not_know() {
        assert!(look(Product::Valkey, Version::new(8, 1, 1)).is_empty());
        assert!(look(Product::MySQL, Version::new(9, 7, 4)).is_empty());
    }
}
