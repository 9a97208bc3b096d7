use dbwright_model::{Area, Bytes, Case, Catalog, Checked, Engine, Grade, Harm, Limit, Rule, Settings, Severity};

use super::{change, setting};

static DATA: Limit<Bytes> = Limit { what: "data on the server at least", value: Bytes::gib(1), source: "ours" };

pub(super) const RULE: Rule = Rule {
    id: "io-capacity-low",
    title: "InnoDB writes as if for a spinning disk",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&DATA],
    explains: &[],
    wrong_when: "the data lie on spinning disks",
    do_not: "set it to what the disk can do at most: reads then wait",
    lesson: include_str!("io_capacity_low.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let data: Bytes = case.get::<Catalog>()?.tables.iter().map(|table| table.total_size()).sum();
    let Some(capacity) = settings.number("innodb_io_capacity").filter(|n| *n <= 200.0) else { return Ok(vec![]) };
    if data.0 < DATA.value.0 {
        return Ok(vec![]);
    }
    let cause = format!(
        "innodb_io_capacity is {capacity}: the background writes as a single spinning disk could, and dirty pages pile up"
    );
    Ok(vec![
        setting::finding(Severity::Info, "innodb_io_capacity", cause, capacity.to_string())
            .grade(Grade::Suspected)
            .fix(
                change::variable(case, "innodb_io_capacity", "2000")
                    .also_costs("about half of what the disk was measured to do"),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, set};
    use super::*;
    use crate::sections::status::Status;
    use dbwright_model::Finding;
    use dbwright_model::catalog::Table;

    fn found(capacity: &str, data: Bytes) -> Vec<Finding> {
        let table = Table { data_size: Some(data), ..Table::default() };
        let case = mysql(set("innodb_io_capacity", capacity), Status::default());
        check(&case.with(&Catalog { tables: vec![table], ..Catalog::default() })).unwrap()
    }

    #[test]
    fn fires_at_the_old_default() {
        assert_eq!(found("200", Bytes::gib(20)).len(), 1);
    }

    #[test]
    fn fires_below() {
        assert_eq!(found("100", Bytes::gib(20))[0].grade, Grade::Suspected);
    }

    #[test]
    fn silent_when_set() {
        assert!(found("10000", Bytes::gib(20)).is_empty());
    }

    #[test]
    fn silent_on_small_data() {
        assert!(found("200", Bytes::mib(50)).is_empty());
    }
}
