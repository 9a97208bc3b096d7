//! The query that a plan came with, and the tables its aliases stand for.

use std::collections::BTreeMap;

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::Plan;
use dbwright_sql::{Dialect, TokenKind, Tokens};

/// Gives nodes the tables that their aliases stand for in the plan's query.
pub(super) fn resolve(plan: &mut Plan) {
    let Some(query) = &plan.query else { return };
    let tables = tables(query.as_str());
    for node in &mut plan.nodes {
        let (Some(alias), Some(relation)) = (&node.alias, &node.relation) else { continue };
        if !relation.schema.is_empty() {
            continue;
        }
        // the same alias may stand for different tables in different blocks: then it says nothing
        if let Some(Some(table)) = tables.get(alias.as_str()) {
            node.relation = Some(table.clone());
        }
    }
}

/// Tables by alias, from `` `schema`.`table` `alias` `` behind FROM, JOIN, UPDATE, INTO and commas; `None` where an
/// alias is used twice.
pub(crate) fn tables(query: &str) -> BTreeMap<String, Option<ObjectName>> {
    let tokens: Vec<(TokenKind, &str)> = Tokens::new(query, Dialect::MySql)
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment))
        .map(|token| (token.kind, token.text))
        .collect();
    let name = |at: usize| {
        let (kind, text) = tokens.get(at)?;
        let quoted = text.starts_with('`');
        let plain = matches!(kind, TokenKind::Word) && !is_keyword(text);
        (quoted || plain).then(|| text.trim_matches('`').replace("``", "`"))
    };
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|(_, text)| text.eq_ignore_ascii_case(word));
    let mut found: BTreeMap<String, Option<ObjectName>> = BTreeMap::new();
    let mut from = false;
    let mut at = 0;
    while at < tokens.len() {
        let word = tokens[at].1.to_ascii_lowercase();
        match word.as_str() {
            "from" | "join" | "update" | "into" | "straight_join" => from = true,
            "," | "(" if from => {}
            _ if from => {
                let Some(first) = name(at) else {
                    from = false;
                    at += 1;
                    continue;
                };
                let mut next = at + 1;
                let table = match (is(next, "."), name(next + 1)) {
                    (true, Some(second)) => {
                        next += 2;
                        ObjectName::new(first, second)
                    }
                    _ => ObjectName::new("", first),
                };
                next += usize::from(is(next, "as"));
                let alias = name(next);
                at = next + usize::from(alias.is_some());
                let alias = alias.unwrap_or_else(|| table.name.as_str().to_owned());
                found
                    .entry(alias)
                    .and_modify(|known| {
                        if known.as_ref() != Some(&table) {
                            *known = None;
                        }
                    })
                    .or_insert(Some(table));
                from = is(at, ",");
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Words that end an item of the FROM list.
fn is_keyword(word: &str) -> bool {
    const WORDS: [&str; 24] = [
        "on",
        "using",
        "where",
        "group",
        "order",
        "having",
        "limit",
        "join",
        "inner",
        "left",
        "right",
        "cross",
        "natural",
        "straight_join",
        "set",
        "select",
        "union",
        "force",
        "use",
        "ignore",
        "lateral",
        "partition",
        "values",
        "window",
    ];
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_found() {
        let query = "/* select#1 */ select `a`.`x` from `lab`.`tree` `t` join `lab`.`customer` `c` left join lab.item as i \
                     on(`i`.`o` = `c`.`id`) where exists(select 1 from orders, `o``2` z where 1) and f(x)";
        let shown: Vec<String> = tables(query)
            .into_iter()
            .map(|(alias, table)| format!("{alias}={}", table.map_or("?".into(), |table| table.to_string())))
            .collect();
        assert_eq!(shown, ["c=lab.customer", "i=lab.item", "orders=orders", "t=lab.tree", "z=o`2"]);
    }

    #[test]
    fn an_alias_used_twice_says_nothing() {
        assert_eq!(tables("select 1 from a x where (select 1 from b x)")["x"], None);
    }
}
