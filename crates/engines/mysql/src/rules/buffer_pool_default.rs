use dbwright_model::{Area, Bytes, Case, Catalog, Checked, Engine, Harm, Limit, Rule, Settings, Severity};

use super::{change, setting};

static DEFAULT: Limit<Bytes> = Limit {
    what: "innodb_buffer_pool_size at most",
    value: Bytes::mib(128),
    source: "the default of MySQL and MariaDB",
};
static DATA: Limit<Bytes> = Limit {
    what: "InnoDB data at least",
    value: Bytes::gib(2),
    source: "ours: less is held by the system's cache anyway",
};

pub(super) const RULE: Rule = Rule {
    id: "buffer-pool-default",
    title: "The buffer pool has the size of a demonstration",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&DEFAULT, &DATA],
    explains: &[],
    wrong_when: "the machine has hardly more memory",
    do_not: "give it all the memory: connections, temporary tables and the system need theirs",
    lesson: include_str!("buffer_pool_default.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let Some(pool) = settings.bytes("innodb_buffer_pool_size").filter(|pool| pool.0 <= DEFAULT.value.0) else {
        return Ok(vec![]);
    };
    let data: Bytes = case
        .get::<Catalog>()?
        .tables
        .iter()
        .filter(|table| table.engine == "InnoDB")
        .map(|table| table.total_size())
        .sum();
    if data.0 < DATA.value.0 || case.server.managed.is_some() {
        return Ok(vec![]);
    }
    // Half the memory, where it is known; a cautious gigabyte where it is not.
    let value = case.server.host.memory.map_or(Bytes::gib(1), |memory| Bytes(memory.0 / 2));
    let cause =
        format!("innodb_buffer_pool_size is {pool} in front of {data} of InnoDB data: most reads go to the disk");
    Ok(vec![
        setting::finding(Severity::Warn, "innodb_buffer_pool_size", cause, pool)
            .measured("InnoDB data", data, "information_schema.tables")
            .fix(change::variable(case, "innodb_buffer_pool_size", &value.0.to_string()).also_costs(
                "grows while the server runs; 50–75 % of a dedicated machine's memory is usual (--ram states it)",
            )),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::mysql;
    use super::*;
    use crate::sections::status::Status;
    use dbwright_model::Finding;
    use dbwright_model::catalog::Table;

    fn found(pool: u64, data: Bytes) -> Vec<Finding> {
        let table = Table { engine: "InnoDB".into(), data_size: Some(data), ..Table::default() };
        let case =
            mysql(Settings::default().with_unit("innodb_buffer_pool_size", &pool.to_string(), "B"), Status::default());
        check(&case.with(&Catalog { tables: vec![table], ..Catalog::default() })).unwrap()
    }

    #[test]
    fn fires_with_the_default_and_much_data() {
        assert_eq!(found(128 << 20, Bytes::gib(40))[0].subject.name, "innodb_buffer_pool_size");
    }

    #[test]
    fn fires_below_the_default() {
        assert_eq!(found(8 << 20, Bytes::gib(3)).len(), 1);
    }

    #[test]
    fn silent_with_little_data() {
        assert!(found(128 << 20, Bytes::mib(300)).is_empty());
    }

    #[test]
    fn silent_when_it_was_set() {
        assert!(found(8 << 30, Bytes::gib(40)).is_empty());
    }
}
