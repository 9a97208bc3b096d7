use dbwright_model::{
    Area, Bytes, Case, Catalog, Checked, Count, Engine, Grade, Harm, Limit, Product, Rule, Settings, Severity,
};

use super::{change, setting};

static DATA: Limit<Bytes> = Limit { what: "data on the server at least", value: Bytes::gib(1), source: "ours" };

pub(super) const RULE: Rule = Rule {
    id: "flush-neighbors-on",
    title: "InnoDB writes neighbouring pages along, as for a spinning disk",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+ (off by default), MariaDB 10.5+ (on by default)",
    area: Area::Memory,
    harm: Harm::Waste,
    limits: &[&DATA],
    explains: &[],
    wrong_when: "the data lie on spinning disks, where one sweep over neighbours is cheaper than two seeks",
    do_not: "raise innodb_io_capacity to make up for it: more of the same needless writes",
    lesson: include_str!("flush_neighbors_on.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let data: Bytes = case.get::<Catalog>()?.tables.iter().map(|table| table.total_size()).sum();
    let Some(mode) = settings.number("innodb_flush_neighbors").filter(|mode| *mode > 0.0) else { return Ok(vec![]) };
    if data.0 < DATA.value.0 {
        return Ok(vec![]);
    }
    let unless = match case.server.product {
        Product::MariaDB => ", unless the server recognises the disk as flash, which virtual disks often hide",
        _ => ", where flash gains nothing from it and wears",
    };
    let cause = format!(
        "innodb_flush_neighbors is {mode}: for each dirty page the other dirty pages of its extent are written too{unless}"
    );
    Ok(vec![
        setting::finding(Severity::Info, "innodb_flush_neighbors", cause, Count(mode as u64))
            .grade(Grade::Suspected)
            .fix(change::variable(case, "innodb_flush_neighbors", "0")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mariadb, mysql, set, week};
    use super::*;
    use dbwright_model::Finding;
    use dbwright_model::catalog::Table;

    fn found(case: Case, data: Bytes) -> Vec<Finding> {
        let table = Table { data_size: Some(data), ..Table::default() };
        check(&case.with(&Catalog { tables: vec![table], ..Catalog::default() })).unwrap()
    }

    fn mode(mode: &str) -> Settings {
        set("innodb_flush_neighbors", mode)
    }

    #[test]
    fn fires_where_somebody_switched_it_on() {
        let found = found(mysql(mode("2"), week()), Bytes::gib(20));
        assert_eq!(found[0].fixes[0].statement, "SET PERSIST innodb_flush_neighbors = 0;");
    }

    #[test]
    fn fires_at_the_default_of_mariadb_as_information() {
        let found = found(mariadb(mode("1"), week()), Bytes::gib(1));
        assert_eq!((found[0].severity, found[0].grade), (Severity::Info, Grade::Suspected));
        assert!(found[0].cause.contains("recognises the disk"));
    }

    #[test]
    fn silent_when_off() {
        assert!(found(mariadb(mode("0"), week()), Bytes::gib(20)).is_empty());
    }

    #[test]
    fn silent_on_small_data_and_when_unknown() {
        assert!(found(mariadb(mode("1"), week()), Bytes::mib(1023)).is_empty());
        assert!(found(mysql(Settings::default(), week()), Bytes::gib(20)).is_empty());
    }
}
