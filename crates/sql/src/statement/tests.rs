use super::*;

/// A statement on a few lines: relations with what is demanded of them, blocks with what they do.
fn shown(statement: &Statement) -> String {
    let mut out = Vec::new();
    for relation in &statement.relations {
        let mut line = format!("{}", relation.name);
        if let Some(alias) = &relation.alias {
            line += &format!(" {alias}");
        }
        if relation.role != Role::Read {
            line += &format!(" {:?}", relation.role).to_lowercase();
        }
        if relation.optional {
            line += " optional";
        }
        if let Some(lock) = relation.lock {
            line += &format!(" lock {lock:?}").to_lowercase();
        }
        line += ":";
        for predicate in &relation.predicates {
            line += &format!(" {};", show(statement, predicate));
        }
        if !relation.written.is_empty() {
            line += &format!(" writes {}", relation.written.join(" "));
        }
        out.push(line.trim_end_matches([':', ';']).to_owned());
    }
    for block in &statement.blocks {
        let key = |key: &Key| match (&key.column, key.relation) {
            (Some(column), Some(relation)) => format!("{relation}.{column}"),
            (_, Some(relation)) => format!("{relation}.expr"),
            _ => "?".into(),
        };
        let mut line = String::new();
        if !block.grouping.is_empty() {
            line += &format!(" group {}", block.grouping.iter().map(key).collect::<Vec<_>>().join(" "));
        }
        for sort in &block.ordering {
            let nulls = match sort.nulls_first {
                Some(true) => " nulls first",
                Some(false) => " nulls last",
                None => "",
            };
            line += &format!(" order {}{}{nulls}", key(&sort.key), if sort.descending { " desc" } else { "" });
        }
        if let Some(limit) = block.limit {
            line += &format!(" limit {limit:?}");
        }
        if let Some(offset) = block.offset {
            line += &format!(" offset {offset:?}");
        }
        if block.distinct {
            line += " distinct";
        }
        if block.correlated {
            line += &format!(" correlated {:?}", block.position);
        }
        if block.untied > 0 {
            line += &format!(" untied {}", block.untied);
        }
        for aggregate in &block.aggregates {
            line += &format!(" {}", aggregate.function);
        }
        if !line.is_empty() {
            out.push(line.trim().to_owned());
        }
    }
    if !statement.unresolved.is_empty() {
        out.push(format!("unresolved {}", statement.unresolved.join(" ")));
    }
    out.join("\n")
}

fn show(statement: &Statement, predicate: &Predicate) -> String {
    let mut out = format!("{} {:?}", predicate.columns.join(","), predicate.demand);
    match &predicate.around {
        Around::Nothing => {}
        Around::Function(name) => out += &format!(" {name}()"),
        around => out += &format!(" {around:?}"),
    }
    match &predicate.other {
        Other::Nothing => {}
        Other::Constant(_) => out += " const",
        Other::Parameter => out += " ?",
        Other::Column { relation, column } => {
            let used = &statement.relations[*relation];
            out += &format!(" {}.{column}", used.alias.as_deref().unwrap_or(used.name.name.as_str()));
        }
        Other::Expression => out += " expr",
        Other::Block(block) => out += &format!(" block {block}"),
    }
    match predicate.under {
        Under::All => {}
        Under::Any { group, branch } => out += &format!(" or{group}.{branch}"),
        Under::Not => out += " not",
    }
    out
}

fn pg(text: &str) -> String {
    shown(&understand(text, Dialect::Postgres, &NoNames).unwrap())
}

fn my(text: &str) -> String {
    shown(&understand(text, Dialect::MySql, &NoNames).unwrap())
}

#[test]
fn look() {
    for text in [
        "select * from orders where customer_id = $1 and status in ('a','b') order by created_at desc nulls last limit 10",
        "select o.id, c.name from orders o left join customers c on c.id = o.customer_id where o.total > 5 and lower(c.email) = 'x'",
        "with recent as (select * from orders where day > $1) select r.id from recent r where r.customer_id = 5 and exists (select 1 from lines l where l.order_id = r.id)",
        "select id from t where a = 1 or b = 2 or (c = 3 and d like 'x%')",
        "select id from t where a = 1 or a = 2",
        "select * from a join b using (id) where a.x between 1 and 2",
        "select * from a, b, c where a.id = b.a_id",
        "insert into t (a, b) values (1, 2) on conflict (a) do update set b = excluded.b",
        "update t set a = a + 1, b = $2 from u where t.id = u.t_id and u.x = $1",
        "delete from t where id in (select t_id from dead where at < now() - interval '1 day')",
        "select * from jobs where state = 'new' order by id limit 1 for update skip locked",
        "select customer_id, count(*), sum(total) from orders group by 1 having sum(total) > 10 order by 2 desc",
        "select * from t where tags @> array['a'] and doc->>'k' = 'v' and name ilike '%x' and geo <-> point '(1,1)' < 5",
        "select * from t order by geo <-> $1 limit 5",
        "select * from t where (a, b) > ($1, $2) order by a, b limit 10",
        "select * from t where not (a = 1 and b is null) and c is not null and not d",
        "select x.a from (select a, count(*) n from t group by a) x where x.a = 3 and x.n > 2",
    ] {
        println!("{text}\n  {}\n", pg(text).replace('\n', "\n  "));
    }
    println!("{}", my("select `a` . `b` , count ( * ) from `a` where `c` in (...) and `d` = ? limit ?"));
}
