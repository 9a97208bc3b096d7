use std::collections::BTreeMap;

use dbwright_model::catalog::{Column, ForeignKey, KeyCounter, ObjectName, Table};
use dbwright_model::{
    Area, Case, Catalog, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Subject,
    SubjectKind, Undo,
};

use crate::ddl;
use crate::partitions::is_part;

static WARN: Limit<Share> = Limit {
    what: "share of the key's range used up (warn)",
    value: Share(0.5),
    source: "postgres.ai and MySQL's sys schema users plan the change at half: it takes weeks on a big table",
};
static ERROR: Limit<Share> = Limit {
    what: "share of the key's range used up (error)",
    value: Share(0.8),
    source: "postgres-checkup, PgHero (90 %): months at most are left",
};

pub(super) const RULE: Rule = Rule {
    id: "key-exhaustion",
    title: "A key column is running out of numbers",
    engines: &[Engine::Postgres, Engine::MySql],
    versions: "all",
    area: Area::Schema,
    harm: Harm::Outage,
    limits: &[&WARN, &ERROR],
    explains: &["sequence-near-end"],
    wrong_when: "the numbers were pushed up once by a bulk load and hardly grow any more",
    do_not: "restart the counter at 1 or at a negative number without checking every table that points to the key",
    lesson: include_str!("key_exhaustion.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let catalog = case.get::<Catalog>()?;
    let mut pointing: BTreeMap<&ObjectName, Vec<(&Table, &ForeignKey)>> = BTreeMap::new();
    for table in catalog.tables.iter().filter(|table| !is_part(table)) {
        for key in &table.foreign_keys {
            pointing.entry(&key.references).or_default().push((table, key));
        }
    }
    let mut findings = Vec::new();
    for table in catalog.tables.iter().filter(|table| !is_part(table)) {
        for column in &table.columns {
            let Some(counter) = &column.counter else { continue };
            let followers: Vec<Follower<'_>> = pointing
                .get(&table.name)
                .into_iter()
                .flatten()
                .filter_map(|(other, key)| {
                    let at = key.referenced_columns.iter().position(|above| *above == column.name)?;
                    Some(Follower { table: other, key, column: other.column(key.columns.get(at)?.as_str())? })
                })
                .collect();
            findings.extend(filling(case, table, column, counter, &followers));
            findings.extend(followers.iter().filter_map(|follower| outgrown(case, table, column, counter, follower)));
        }
    }
    Ok(findings)
}

/// A column that points to the key.
struct Follower<'c> {
    table: &'c Table,
    key: &'c ForeignKey,
    column: &'c Column,
}

fn severity(used: Share) -> Option<Severity> {
    match used {
        used if used >= ERROR.value => Some(Severity::Error),
        used if used >= WARN.value => Some(Severity::Warn),
        _ => None,
    }
}

/// The key column itself nears its end.
fn filling(
    case: &Case,
    table: &Table,
    column: &Column,
    counter: &KeyCounter,
    followers: &[Follower<'_>],
) -> Option<Finding> {
    let used = Share::of(counter.last as f64, counter.limit as f64)?;
    let left = Count(counter.limit.saturating_sub(counter.last));
    let cause = format!(
        "{}.{} ({}) has used {used} of its numbers; after {left} more every insert fails",
        table.name, column.name, column.type_name
    );
    let mut finding =
        Finding::new(severity(used)?, Subject::part(SubjectKind::Column, &table.name, &column.name), cause)
            .measured("last value", Count(counter.last), "catalog: key counter")
            .catalog("largest value", Count(counter.limit), "catalog: column type and counter")
            .fix(widen(case, table, column, counter, followers))
            .weight(used.0);
    if !followers.is_empty() {
        let names: Vec<String> =
            followers.iter().map(|follower| format!("{}.{}", follower.table.name, follower.column.name)).collect();
        finding = finding.catalog("pointed to by", names.join(", "), "catalog: foreign keys");
    }
    Some(finding)
}

fn widen(case: &Case, table: &Table, column: &Column, counter: &KeyCounter, followers: &[Follower<'_>]) -> Fix {
    let dialect = ddl::dialect(case);
    let qualified = dialect.qualified(&table.name);
    let name = dialect.quote(&column.name);
    let no_way_back = || Undo::Impossible("values past the old limit would not fit back".into());
    if case.engine() == Engine::MySql {
        // InnoDB refuses to change either side of a foreign key, and demands equal types on both.
        let of = |follower: &Follower<'_>| dialect.qualified(&follower.table.name);
        let mut steps: Vec<String> = followers
            .iter()
            .map(|f| format!("ALTER TABLE {} DROP FOREIGN KEY {};", of(f), dialect.quote(&f.key.name)))
            .collect();
        steps.push(format!("ALTER TABLE {qualified} MODIFY COLUMN {name} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT;"));
        steps.extend(followers.iter().map(|f| {
            let null = if f.column.nullable { "NULL" } else { "NOT NULL" };
            format!("ALTER TABLE {} MODIFY COLUMN {} BIGINT UNSIGNED {null};", of(f), dialect.quote(&f.column.name))
        }));
        steps.extend(followers.iter().map(|f| ddl::add_foreign_key(dialect, f.table, f.key)));
        let fix = Fix::sql(steps.join("\n"), no_way_back())
            .lock("each table is copied and its writes wait: use gh-ost or pt-online-schema-change on big ones");
        return match followers {
            [] => fix,
            _ => fix.cost(
                "keep the application out between the steps, and compare ON UPDATE with SHOW CREATE TABLE before",
            ),
        };
    }
    let wide = largest(&column.type_name).is_some_and(|most| most > counter.limit);
    match &counter.sequence {
        // The column could hold more; only the sequence ends.
        Some(sequence) if wide => {
            let sequence = dialect.qualified(sequence);
            Fix::sql(
                format!("ALTER SEQUENCE {sequence} AS bigint NO MAXVALUE;"),
                Undo::Statement(format!("ALTER SEQUENCE {sequence} MAXVALUE {};", counter.limit)),
            )
            .lock("SHARE ROW EXCLUSIVE on the sequence, for a moment")
        }
        sequence => {
            let mut statement = format!("ALTER TABLE {qualified} ALTER COLUMN {name} TYPE bigint;");
            if let Some(sequence) = sequence {
                statement += &format!("\nALTER SEQUENCE {} AS bigint;", dialect.qualified(sequence));
            }
            Fix::sql(statement, no_way_back())
                .lock("ACCESS EXCLUSIVE while the table is rewritten (reads and writes wait)")
                .cost("on a big table: add a bigint column, keep it filled by a trigger, backfill in batches, swap; widen the columns that reference it first")
        }
    }
}

/// A column that points to the key ends before the key does. InnoDB demands equal types, PostgreSQL does not.
fn outgrown(
    case: &Case,
    above: &Table,
    key: &Column,
    counter: &KeyCounter,
    Follower { table, column, .. }: &Follower<'_>,
) -> Option<Finding> {
    let most = largest(&column.type_name).filter(|most| *most < counter.limit && case.engine() == Engine::Postgres)?;
    let used = Share::of(counter.last as f64, most as f64)?;
    let severity = severity(used)?;
    let left = Count(most.saturating_sub(counter.last));
    let cause = format!(
        "{}.{} ({}) points to {}.{} ({}), whose numbers have reached {used} of what it can hold; after {left} more no row can point to a new one",
        table.name, column.name, column.type_name, above.name, key.name, key.type_name
    );
    let dialect = ddl::dialect(case);
    let fix = Fix::sql(
        format!(
            "ALTER TABLE {} ALTER COLUMN {} TYPE {};",
            dialect.qualified(&table.name),
            dialect.quote(&column.name),
            key.type_name
        ),
        Undo::Impossible("values past the old limit would not fit back".into()),
    )
    .lock("ACCESS EXCLUSIVE while the table is rewritten (reads and writes wait)")
    .cost("on a big table: add a second column, keep it filled by a trigger, backfill in batches, swap");
    Some(
        Finding::new(severity, Subject::part(SubjectKind::Column, &table.name, &column.name), cause)
            .measured("last value of the key", Count(counter.last), "catalog: key counter")
            .catalog("largest value here", Count(most), "catalog: column type")
            .fix(fix)
            .weight(used.0),
    )
}

/// The largest value of an integer type; `None` for other types.
fn largest(type_name: &str) -> Option<u64> {
    let name = type_name.to_ascii_lowercase();
    let bits = match name.split(['(', ' ']).next()? {
        "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" | "integer" => 32,
        "bigint" => 64,
        _ => return None,
    };
    let sign = u32::from(!name.contains("unsigned"));
    Some(u64::MAX >> (64 - bits + sign))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{catalog, foreign_key, mysql, postgres, table};

    const INT4: u64 = i32::MAX as u64;

    fn at(last: u64, limit: u64) -> Catalog {
        let mut t = table("events", &["id"]);
        t.columns[0].type_name = "integer".into();
        t.columns[0].counter =
            Some(KeyCounter { last, limit, sequence: Some(ObjectName::new("public", "events_id_seq")) });
        catalog(vec![t])
    }

    #[test]
    fn fires_as_error_near_the_end() {
        let found = check(&postgres(&at(1_932_735_282, INT4))).unwrap();
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Error, "public.events.id"));
        assert!(found[0].fixes[0].statement.contains("ALTER SEQUENCE public.events_id_seq AS bigint"));
    }

    #[test]
    fn fires_as_warning_from_half_on() {
        let found = check(&mysql(&at(160, 255))).unwrap();
        assert_eq!(found[0].severity, Severity::Warn);
        assert!(found[0].fixes[0].statement.contains("BIGINT UNSIGNED"));
    }

    #[test]
    fn fires_on_the_narrower_column_that_points_to_it() {
        let mut wide = at(1_932_735_282, i64::MAX as u64);
        wide.tables[0].columns[0].type_name = "bigint".into();
        let mut clicks = table("clicks", &["event_id"]);
        clicks.columns[0].type_name = "integer".into();
        clicks.foreign_keys = vec![foreign_key("fk", &["event_id"], "events")];
        wide.tables.push(clicks);
        let found = check(&postgres(&wide)).unwrap();
        assert_eq!((found.len(), found[0].subject.name.as_str()), (1, "public.clicks.event_id"));
        assert_eq!(found[0].fixes[0].statement, "ALTER TABLE public.clicks ALTER COLUMN event_id TYPE bigint;");
        wide.tables[1].columns[0].type_name = "bigint".into();
        assert!(check(&postgres(&wide)).unwrap().is_empty(), "as wide as the key");
    }

    #[test]
    fn fires_with_both_sides_of_a_foreign_key_on_mysql() {
        let mut keyed = at(1_932_735_282, INT4);
        let mut clicks = table("clicks", &["event_id"]);
        clicks.foreign_keys = vec![foreign_key("fk", &["event_id"], "events")];
        clicks.foreign_keys[0].on_delete = "CASCADE".into();
        keyed.tables.push(clicks);
        let statement = check(&mysql(&keyed)).unwrap()[0].fixes[0].statement.clone();
        let steps: Vec<&str> = statement.lines().collect();
        assert_eq!(steps[0], "ALTER TABLE public.clicks DROP FOREIGN KEY fk;");
        assert_eq!(steps[2], "ALTER TABLE public.clicks MODIFY COLUMN event_id BIGINT UNSIGNED NOT NULL;");
        assert_eq!(
            steps[3],
            "ALTER TABLE public.clicks ADD CONSTRAINT fk FOREIGN KEY (event_id) REFERENCES public.events (id) ON DELETE CASCADE;"
        );
    }

    #[test]
    fn fires_on_a_sequence_that_ends_before_its_column() {
        let mut short = at(1_932_735_282, INT4);
        short.tables[0].columns[0].type_name = "bigint".into();
        let found = check(&postgres(&short)).unwrap();
        assert_eq!(found[0].fixes[0].statement, "ALTER SEQUENCE public.events_id_seq AS bigint NO MAXVALUE;");
    }

    #[test]
    fn integer_types_end_where_they_end() {
        for (name, most) in [
            ("tinyint unsigned", 255),
            ("smallint", 32_767),
            ("mediumint(8) unsigned", 16_777_215),
            ("integer", INT4),
            ("bigint unsigned", u64::MAX),
        ] {
            assert_eq!(largest(name), Some(most), "{name}");
        }
        assert_eq!(largest("numeric(10,0)"), None);
    }

    #[test]
    fn silent_below_half() {
        assert!(check(&postgres(&at(INT4 / 2 - 10, INT4))).unwrap().is_empty());
    }

    #[test]
    fn silent_when_wide_or_without_counter() {
        assert!(check(&postgres(&at(1_932_735_282, i64::MAX as u64))).unwrap().is_empty());
        assert!(check(&postgres(&catalog(vec![table("t", &["id"])]))).unwrap().is_empty());
    }
}
