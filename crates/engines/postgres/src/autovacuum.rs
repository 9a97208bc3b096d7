//! When autovacuum comes to a table: the server's settings, overridden by the table's own.

use dbwright_model::case::Role;
use dbwright_model::{Case, NotEvaluated, Seconds, Settings};

use crate::sections::tables::TableFacts;

/// The settings that hold for one table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Policy {
    /// Autovacuum looks at it at all.
    pub(crate) enabled: bool,
    /// Dead rows that trigger a vacuum: so many, and this part of all rows, but no more than `max_threshold` (18+).
    pub(crate) threshold: f64,
    pub(crate) scale: f64,
    pub(crate) max_threshold: f64,
    /// Inserted rows that trigger one (13+); `None` when that is off or unknown.
    pub(crate) insert_threshold: Option<f64>,
    pub(crate) insert_scale: f64,
    /// Changed rows that trigger an analyze.
    pub(crate) analyze_threshold: f64,
    pub(crate) analyze_scale: f64,
    /// Age in transactions at which a vacuum is forced.
    pub(crate) freeze_max_age: f64,
}

/// Whether a storage parameter's value switches something off.
fn is_off(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "off" | "false" | "0" | "no" | "f" | "n")
}

/// Whether the table's own parameter keeps autovacuum away.
pub(crate) fn disabled_on(table: &TableFacts) -> bool {
    table.options.get("autovacuum_enabled").is_some_and(|value| is_off(value))
}

impl Policy {
    /// The settings for a table; `None` when the server's are not known.
    pub(crate) fn of(settings: &Settings, table: &TableFacts) -> Option<Policy> {
        let own = |name: &str| table.options.get(name).and_then(|value| value.parse::<f64>().ok());
        let number = |name: &str| own(name).or_else(|| settings.number(name));
        let insert_threshold = number("autovacuum_vacuum_insert_threshold").filter(|threshold| *threshold >= 0.0);
        // A table's own freeze age can only be lower.
        let freeze = settings.number("autovacuum_freeze_max_age")?;
        Some(Policy {
            enabled: settings.is_on("autovacuum")? && !disabled_on(table),
            threshold: number("autovacuum_vacuum_threshold")?,
            scale: number("autovacuum_vacuum_scale_factor")?,
            max_threshold: number("autovacuum_vacuum_max_threshold").filter(|max| *max >= 0.0).unwrap_or(f64::INFINITY),
            insert_threshold,
            insert_scale: number("autovacuum_vacuum_insert_scale_factor").unwrap_or(0.0),
            analyze_threshold: number("autovacuum_analyze_threshold")?,
            analyze_scale: number("autovacuum_analyze_scale_factor")?,
            freeze_max_age: own("autovacuum_freeze_max_age").map_or(freeze, |own| own.min(freeze)),
        })
    }

    fn rows(table: &TableFacts) -> f64 {
        table.rows.map_or(table.live.0 as f64, |rows| rows.0 as f64)
    }

    /// Dead rows at which a vacuum is due.
    pub(crate) fn vacuum_at(&self, table: &TableFacts) -> f64 {
        (self.threshold + self.scale * Policy::rows(table)).min(self.max_threshold)
    }

    /// Inserted rows at which a vacuum is due.
    pub(crate) fn insert_vacuum_at(&self, table: &TableFacts) -> Option<f64> {
        Some(self.insert_threshold? + self.insert_scale * Policy::rows(table))
    }

    /// Changed rows at which an analyze is due.
    pub(crate) fn analyze_at(&self, table: &TableFacts) -> f64 {
        self.analyze_threshold + self.analyze_scale * Policy::rows(table)
    }

    /// A vacuum is due by dead rows or age.
    pub(crate) fn vacuum_due(&self, table: &TableFacts) -> bool {
        table.dead.0 as f64 > self.vacuum_at(table)
            || table.xid_age.is_some_and(|age| age.0 as f64 > self.freeze_max_age)
    }
}

/// Vacuum happens on the primary; its counters on a standby say nothing.
///
/// # Errors
/// Not applicable on a standby.
pub(crate) fn on_primary(case: &Case) -> Result<(), NotEvaluated> {
    match case.server.role {
        Role::Primary => Ok(()),
        Role::Replica => Err(NotEvaluated::not_applicable("vacuum and analyze run on the primary")),
    }
}

/// How long ago that was, by the server's clock.
pub(crate) fn ago(case: &Case, when: jiff::Timestamp) -> Seconds {
    Seconds((case.server.now.as_second() - when.as_second()) as f64)
}

/// Autovacuum comes round every minute by default; before ten of those it is no news that it has not come yet.
const PATIENCE: Seconds = Seconds::minutes(10.0);

/// Whether autovacuum had its chance since `last`; always when it never comes.
pub(crate) fn had_its_chance(case: &Case, policy: &Policy, last: Option<jiff::Timestamp>) -> bool {
    let since = last.map(|last| ago(case, last)).or(case.server.uptime);
    !policy.enabled || since.is_none_or(|since| since.0 >= PATIENCE.0)
}

#[cfg(test)]
mod tests {
    use dbwright_model::Rows;

    use super::*;
    use crate::rules::fixtures::{settings, table};

    #[test]
    fn the_table_s_own_parameters_win() {
        let mut orders = table("orders", 1_000_000);
        let policy = Policy::of(&settings(), &orders).unwrap();
        assert_eq!(policy.vacuum_at(&orders), 200_050.0);
        orders.options.insert("autovacuum_vacuum_scale_factor".into(), "0.01".into());
        orders.options.insert("autovacuum_enabled".into(), "false".into());
        let policy = Policy::of(&settings(), &orders).unwrap();
        assert_eq!(policy.vacuum_at(&orders), 10_050.0);
        assert!(!policy.enabled);
    }

    #[test]
    fn version_18_caps_the_trigger() {
        let huge = table("huge", 10_000_000_000);
        let policy = Policy::of(&settings().with("autovacuum_vacuum_max_threshold", "100000000"), &huge).unwrap();
        assert_eq!(policy.vacuum_at(&huge), 1e8);
        assert_eq!(Policy::rows(&TableFacts { live: Rows(7), ..TableFacts::default() }), 7.0);
    }
}
