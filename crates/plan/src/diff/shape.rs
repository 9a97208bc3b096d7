//! The shape of a plan: what stays the same when it is run again, printed in another format or with other literals.

use dbwright_model::plan::{Node, Operator, Plan};
use dbwright_model::{Engine, Product};
use dbwright_sql::{Dialect, Token, TokenKind, Tokens};
use sha2::{Digest, Sha256};

/// A short name for the shape of a plan: operators, tables, indexes, conditions and keys, and how they hang together.
/// Literals, figures, names of aliases and the format are no part of it.
pub fn fingerprint(plan: &Plan) -> String {
    format!("{:016x}", subtrees(plan).first().copied().unwrap_or_default())
}

/// A hash of the shape of every subtree.
pub(super) fn subtrees(plan: &Plan) -> Vec<u64> {
    let mut hashes = vec![0; plan.nodes.len()];
    for (at, node) in plan.nodes.iter().enumerate().rev() {
        let mut text = signature(node, plan.product);
        for child in &node.children {
            let link = plan[*child].link;
            text.push_str(&format!("\u{1}{:?}{:016x}", link.is_input(), hashes[child.0 as usize]));
        }
        hashes[at] = short(&text);
    }
    hashes
}

pub(super) fn short(text: &str) -> u64 {
    let digest = Sha256::digest(text);
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

/// What a node is by itself.
pub(super) fn signature(node: &Node, product: Product) -> String {
    let mut text = format!("{:?}", node.operator);
    if matches!(node.operator, Operator::Other | Operator::Custom | Operator::Modify | Operator::SetOperation) {
        text.push('\u{2}');
        text.push_str(&node.name);
    }
    for part in [
        node.join.as_deref().map(str::to_ascii_lowercase),
        node.relation.as_ref().map(|relation| relation.name.to_string()),
        node.index.as_ref().map(ToString::to_string),
    ] {
        text.push('\u{2}');
        text.push_str(part.as_deref().unwrap_or(""));
    }
    text.push_str(&conditions(node, product));
    for keys in [&node.sort_keys, &node.group_keys] {
        text.push('\u{2}');
        keys.iter().for_each(|key| {
            text.push_str(&plain(key.as_str(), product));
            text.push('\u{3}');
        });
    }
    text
}

/// The conditions of a node in their plain form.
pub(super) fn conditions(node: &Node, product: Product) -> String {
    let mut text = String::new();
    for condition in &node.conditions {
        text.push_str(&format!("\u{2}{:?} {}", condition.kind, plain(condition.text.as_str(), product)));
    }
    text
}

/// Words that continue the name of a type.
const TYPE_WORDS: &[&str] = &["varying", "precision", "without", "with", "time", "zone"];

/// An expression without literals, parameters and their casts, parentheses and qualifiers: what of it survives other
/// formats, options and values.
pub(super) fn plain(text: &str, product: Product) -> String {
    let dialect = match product.engine() {
        Engine::Postgres => Dialect::Postgres,
        _ => Dialect::MySql,
    };
    let tokens: Vec<Token<'_>> =
        Tokens::new(text, dialect).filter(|t| !matches!(t.kind, TokenKind::Space | TokenKind::Comment)).collect();
    let text_at = |at: usize| tokens.get(at).map_or("", |token: &Token<'_>| token.text);
    let is_name =
        |at: usize| tokens.get(at).is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedName));
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        let value = match token.kind {
            TokenKind::String | TokenKind::Number | TokenKind::Parameter => true,
            TokenKind::Word if token.text == "InitPlan" => {
                at += 1;
                if text_at(at) == ")" && text_at(at + 1) == "." {
                    at += 3;
                }
                true
            }
            _ => false,
        };
        if value {
            // a list of values is one
            let list = out.ends_with(&["?".to_owned(), ",".to_owned()]);
            match list {
                true => {
                    out.pop();
                }
                false => out.push("?".into()),
            }
            continue;
        }
        match token.text {
            "(" | ")" => {}
            ":" if text_at(at) == ":" && out.last().is_some_and(|last| last == "?") => {
                at = behind_type(&tokens, at + 1);
            }
            _ if is_name(at - 1) && text_at(at) == "." && is_name(at + 1) => at += 1,
            word => out.push(word.trim_matches(['"', '`']).to_lowercase()),
        }
    }
    out.join(" ")
}

/// Where a type that begins at `at` ends.
fn behind_type(tokens: &[Token<'_>], mut at: usize) -> usize {
    let text_at = |at: usize| tokens.get(at).map_or("", |token| token.text);
    at += 1;
    loop {
        match text_at(at) {
            "(" => {
                while at < tokens.len() && text_at(at) != ")" {
                    at += 1;
                }
                at += 1;
            }
            "[" | "]" => at += 1,
            "." => at += 2,
            word if TYPE_WORDS.contains(&word) => at += 1,
            _ => return at.min(tokens.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_by_format_option_or_value_is_the_same() {
        let pg = |text: &str| plain(text, Product::PostgreSQL);
        for (one, other) in [
            ("((status)::text = 'open'::text)", "((o.status)::text = $1)"),
            ("(a = ANY ('{1,2,3}'::integer[]))", "(a = ANY ($3))"),
            ("(a > $0)", "(a > (InitPlan 1).col1)"),
            ("(d < '2024-01-01'::timestamp without time zone) AND (e = 1)", "((t.d < ?) AND (t.e = $2))"),
            ("(n = '5'::numeric(10,2))", "(n = 7)"),
            ("(\"Id\" = 3)", "(x.\"Id\" = 4)"),
        ] {
            assert_eq!(pg(one), pg(other));
        }
        assert_ne!(pg("((id)::text = 'x'::text)"), pg("(id = 5)"));
        assert_ne!(pg("(a = 1)"), pg("(a > 1)"));
        let my = |text: &str| plain(text, Product::MySQL);
        assert_eq!(my("(`shop`.`o`.`a` in (1,2,3))"), my("(o.a IN (4))"));
    }
}
