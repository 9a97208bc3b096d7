use dbwright_model::catalog::{Column, Table, TableKind};
use dbwright_model::{Area, Case, Catalog, Checked, Engine, Finding, Fix, Harm, Rule, Severity, Subject, Undo};
use dbwright_sql::Dialect;

pub(super) const RULE: Rule = Rule {
    id: "column-type-smell",
    title: "A column has a type that causes trouble later",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Schema,
    harm: Harm::Hygiene,
    limits: &[],
    explains: &[],
    wrong_when: "the column holds what the type is made for: local time without a place (a shop's opening hour), a document kept byte for byte",
    do_not: "change types in a live migration without a plan: it rewrites the table while everybody waits",
    lesson: include_str!("column_type_smell.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let tables = case.get::<Catalog>()?.tables.iter();
    let own = tables.filter(|table| matches!(table.kind, TableKind::Table | TableKind::Partitioned));
    Ok(own.filter_map(finding).collect())
}

/// A better type for a column, how to convert it, and what is wrong with its own.
type Better = (&'static str, String, &'static str);

fn better(column: &Column) -> Option<Better> {
    let name = Dialect::Postgres.quote(&column.name);
    let kind = column.type_name.as_str();
    Some(match kind {
        _ if kind.starts_with("timestamp") && kind.ends_with("without time zone") => (
            "timestamptz",
            format!("{name} AT TIME ZONE 'UTC'"),
            "names no moment: what it means depends on who reads it",
        ),
        "money" => {
            ("numeric(19,2)", format!("{name}::numeric(19,2)"), "is rounded and read by the locale setting lc_monetary")
        }
        "json" => {
            ("jsonb", format!("{name}::jsonb"), "is parsed anew by every access and cannot be compared or indexed")
        }
        _ if kind.starts_with("character(") && kind != "character(1)" => (
            "text",
            format!("rtrim({name})"),
            "is filled up with blanks that comparisons ignore and other types do not",
        ),
        _ => return None,
    })
}

fn finding(table: &Table) -> Option<Finding> {
    let smells: Vec<_> = table.columns.iter().filter_map(|column| Some((column, better(column)?))).collect();
    let (first, (_, _, why)) = smells.first()?;
    let more = match smells.len() - 1 {
        0 => String::new(),
        1 => " (and one more column)".to_owned(),
        n => format!(" (and {n} more columns)"),
    };
    let cause = format!("{} is {}, which {why}{more}", first.name.as_str(), first.type_name);
    let name = Dialect::Postgres.qualified(&table.name);
    let change = |to: &dyn Fn(&Column, &Better) -> String| {
        let words: Vec<String> = smells
            .iter()
            .map(|(column, better)| {
                format!("ALTER {} TYPE {}", Dialect::Postgres.quote(&column.name), to(column, better))
            })
            .collect();
        format!("ALTER TABLE {name} {};", words.join(", "))
    };
    let fix = Fix::sql(
        change(&|_, (kind, using, _)| format!("{kind} USING {using}")),
        Undo::Statement(change(&|column, _| match column.type_name.starts_with("timestamp") {
            true => format!("{} USING {} AT TIME ZONE 'UTC'", column.type_name, Dialect::Postgres.quote(&column.name)),
            false => column.type_name.clone(),
        })),
    )
    .lock("ACCESS EXCLUSIVE (nobody reads or writes the table until it is rewritten)")
    .disk(table.total_size())
    .cost("rewrites the table and its indexes; timestamps are taken as UTC: put the zone they were written in");
    let found =
        smells.iter().fold(Finding::new(Severity::Info, Subject::table(&table.name), cause), |found, (column, _)| {
            found.catalog(column.name.as_str(), column.type_name.as_str(), "pg_attribute.atttypid")
        });
    Some(found.weight(smells.len() as f64).fix(fix))
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::ObjectName;

    use super::*;
    use crate::rules::fixtures::{case_of, catalog};

    fn found(columns: &[(&str, &str)], kind: TableKind) -> Vec<Finding> {
        let column = |(name, type_name): &(&str, &str)| Column {
            name: (*name).into(),
            type_name: (*type_name).to_owned(),
            ..Column::default()
        };
        let table = Table {
            name: ObjectName::new("public", "t"),
            kind,
            columns: columns.iter().map(column).collect(),
            ..Table::default()
        };
        check(&case_of(15).with(&catalog(vec![table]))).unwrap()
    }

    #[test]
    fn fires_once_for_all_columns_of_a_table() {
        let found = found(&[("at", "timestamp without time zone"), ("doc", "json")], TableKind::Table);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].fixes[0].statement,
            "ALTER TABLE public.t ALTER at TYPE timestamptz USING at AT TIME ZONE 'UTC', ALTER doc TYPE jsonb USING doc::jsonb;"
        );
    }

    #[test]
    fn fires_on_blanks_and_money() {
        assert_eq!(found(&[("code", "character(8)")], TableKind::Table).len(), 1);
        assert_eq!(found(&[("price", "money")], TableKind::Partitioned).len(), 1);
    }

    #[test]
    fn silent_on_their_better_relatives() {
        let good = [
            ("at", "timestamp with time zone"),
            ("doc", "jsonb"),
            ("flag", "character(1)"),
            ("name", "character varying(8)"),
        ];
        assert!(found(&good, TableKind::Table).is_empty());
    }

    #[test]
    fn silent_on_partitions_whose_parent_is_named_already() {
        assert!(found(&[("doc", "json")], TableKind::Partition).is_empty());
    }
}
