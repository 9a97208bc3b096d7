//! What is known about the releases of each product, as of the build: how long a series is supported, and its newest
//! minor release. A series that is not listed is unknown, and nothing is said about it.

use dbwright_model::{Product, Version};
use jiff::civil::{Date, date};

/// When these tables were last brought up to date.
pub(crate) const AS_OF: Date = date(2026, 11, 24);

/// The last day of security fixes by the makers, and a series that is supported for years.
pub(crate) struct Support {
    /// The last day.
    pub(crate) until: Date,
    /// Where to go.
    pub(crate) next: &'static str,
}

/// How long the server's series is supported.
pub(crate) fn support(product: Product, version: Version) -> Option<Support> {
    let (next, table): (_, &[(u32, u32, Date)]) = match product {
        Product::PostgreSQL => ("PostgreSQL 18", POSTGRESQL),
        Product::MySQL if version < Version::new(8, 4, 0) => ("MySQL 8.4 (LTS)", MYSQL),
        Product::MySQL => ("MySQL 9.7 (LTS)", MYSQL),
        Product::MariaDB => ("MariaDB 11.8 (LTS)", MARIADB),
        Product::Redis => ("Redis 8.6", REDIS),
        Product::Valkey => ("Valkey 9.0", VALKEY),
        Product::MongoDB | Product::Elasticsearch | Product::OpenSearch | Product::Cassandra => return None,
    };
    let series = series(product, version);
    let (.., until) = table.iter().find(|(major, minor, _)| (*major, *minor) == series)?;
    Some(Support { until: *until, next })
}

/// The newest minor release of the server's series that was out at [`AS_OF`]; there may be newer ones by now.
pub(crate) fn newest(product: Product, version: Version) -> Option<Version> {
    let series = series(product, version);
    NEWEST
        .iter()
        .find(|(of, newest)| *of == product && self::series(product, *newest) == series)
        .map(|(_, newest)| *newest)
}

/// How many minor releases `version` stands behind `newest` of the same series.
pub(crate) fn behind(product: Product, version: Version, newest: Version) -> u32 {
    match product {
        Product::PostgreSQL => newest.minor.saturating_sub(version.minor),
        _ => newest.patch.saturating_sub(version.patch),
    }
}

/// A series is a major version in PostgreSQL and the first two parts elsewhere.
fn series(product: Product, version: Version) -> (u32, u32) {
    match product {
        Product::PostgreSQL => (version.major, 0),
        _ => (version.major, version.minor),
    }
}

const POSTGRESQL: &[(u32, u32, Date)] = &[
    (11, 0, date(2023, 11, 9)),
    (12, 0, date(2024, 11, 21)),
    (13, 0, date(2025, 11, 13)),
    (14, 0, date(2026, 11, 12)),
    (15, 0, date(2027, 11, 11)),
    (16, 0, date(2028, 11, 9)),
    (17, 0, date(2029, 11, 8)),
    (18, 0, date(2030, 11, 14)),
];

/// Innovation releases end when the next one is out.
const MYSQL: &[(u32, u32, Date)] = &[
    (5, 5, date(2018, 12, 31)),
    (5, 6, date(2021, 2, 28)),
    (5, 7, date(2023, 10, 31)),
    (8, 0, date(2026, 4, 30)),
    (8, 1, date(2023, 10, 25)),
    (8, 2, date(2024, 1, 16)),
    (8, 3, date(2024, 4, 30)),
    (8, 4, date(2032, 4, 30)),
    (9, 0, date(2024, 10, 15)),
    (9, 1, date(2025, 1, 21)),
    (9, 2, date(2025, 4, 15)),
    (9, 3, date(2025, 7, 22)),
    (9, 4, date(2025, 10, 21)),
    (9, 5, date(2026, 1, 20)),
    (9, 6, date(2026, 4, 21)),
];

const MARIADB: &[(u32, u32, Date)] = &[
    (10, 2, date(2022, 5, 23)),
    (10, 3, date(2023, 5, 25)),
    (10, 4, date(2024, 6, 18)),
    (10, 5, date(2025, 6, 24)),
    (10, 6, date(2026, 7, 6)),
    (10, 7, date(2023, 2, 9)),
    (10, 8, date(2023, 5, 20)),
    (10, 9, date(2023, 8, 22)),
    (10, 10, date(2023, 11, 17)),
    (10, 11, date(2028, 2, 16)),
    (11, 0, date(2024, 6, 6)),
    (11, 1, date(2024, 8, 21)),
    (11, 2, date(2024, 11, 21)),
    (11, 3, date(2024, 5, 29)),
    (11, 4, date(2029, 5, 29)),
    (11, 5, date(2024, 11, 21)),
    (11, 6, date(2025, 2, 13)),
    (11, 7, date(2025, 5, 12)),
    (11, 8, date(2028, 6, 4)),
    (12, 0, date(2025, 11, 18)),
    (12, 1, date(2026, 2, 13)),
    (12, 2, date(2026, 5, 13)),
];

/// Redis names no dates in advance; 6.2, 7.2 and 7.4 still get security fixes.
const REDIS: &[(u32, u32, Date)] =
    &[(5, 0, date(2022, 4, 27)), (6, 0, date(2022, 5, 31)), (7, 0, date(2024, 7, 29)), (8, 0, date(2026, 2, 11))];

/// Security fixes; ordinary maintenance of the last minor of a major ends two years earlier.
const VALKEY: &[(u32, u32, Date)] =
    &[(7, 2, date(2029, 4, 16)), (8, 0, date(2027, 9, 15)), (8, 1, date(2030, 3, 31)), (9, 0, date(2028, 10, 21))];

/// Releases known to exist. All supported PostgreSQL series get their minor releases on the same day.
const NEWEST: &[(Product, Version)] = &[
    (Product::PostgreSQL, Version::new(11, 22, 0)),
    (Product::PostgreSQL, Version::new(12, 22, 0)),
    (Product::PostgreSQL, Version::new(13, 23, 0)),
    (Product::PostgreSQL, Version::new(14, 25, 0)),
    (Product::PostgreSQL, Version::new(15, 20, 0)),
    (Product::PostgreSQL, Version::new(16, 16, 0)),
    (Product::PostgreSQL, Version::new(17, 12, 0)),
    (Product::PostgreSQL, Version::new(18, 6, 0)),
    (Product::MySQL, Version::new(5, 7, 44)),
    (Product::MySQL, Version::new(8, 0, 45)),
    (Product::MySQL, Version::new(8, 4, 9)),
    (Product::MySQL, Version::new(9, 7, 4)),
    (Product::MariaDB, Version::new(10, 5, 29)),
    (Product::MariaDB, Version::new(10, 6, 24)),
    (Product::MariaDB, Version::new(10, 11, 19)),
    (Product::MariaDB, Version::new(11, 4, 10)),
    (Product::MariaDB, Version::new(11, 8, 9)),
    (Product::Redis, Version::new(6, 0, 20)),
    (Product::Redis, Version::new(6, 2, 21)),
    (Product::Redis, Version::new(7, 0, 15)),
    (Product::Redis, Version::new(7, 2, 13)),
    (Product::Redis, Version::new(7, 4, 8)),
    (Product::Redis, Version::new(8, 0, 6)),
    (Product::Redis, Version::new(8, 2, 5)),
    (Product::Redis, Version::new(8, 4, 2)),
    (Product::Redis, Version::new(8, 6, 1)),
    (Product::Valkey, Version::new(7, 2, 11)),
    (Product::Valkey, Version::new(8, 0, 6)),
    (Product::Valkey, Version::new(8, 1, 5)),
    (Product::Valkey, Version::new(9, 0, 0)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_found_by_its_own_numbers() {
        let until = |product, version| support(product, version).map(|support| support.until);
        assert_eq!(until(Product::PostgreSQL, Version::new(15, 4, 0)), Some(date(2027, 11, 11)));
        assert_eq!(until(Product::MariaDB, Version::new(10, 11, 3)), Some(date(2028, 2, 16)));
        assert_eq!(until(Product::MySQL, Version::new(9, 7, 0)), None);
        assert_eq!(until(Product::PostgreSQL, Version::new(19, 0, 0)), None);
    }

    #[test]
    fn distance_counts_minor_releases() {
        let distance = |product, version| newest(product, version).map(|newest| behind(product, version, newest));
        assert_eq!(distance(Product::PostgreSQL, Version::new(15, 4, 0)), Some(16));
        assert_eq!(distance(Product::MySQL, Version::new(8, 0, 36)), Some(9));
        assert_eq!(distance(Product::MariaDB, Version::new(10, 11, 30)), Some(0), "newer than known is not behind");
        assert_eq!(distance(Product::Redis, Version::new(9, 9, 9)), None);
    }
}
