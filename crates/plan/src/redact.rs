//! Taking literals out of a plan while its shape stays readable.

mod text;

use dbwright_model::plan::{Fields, Node, Plan, Value};
use dbwright_model::{Engine, Redaction, SqlText};
use dbwright_sql::Dialect;

use text::{Literals, quoted_out};

/// Takes the literals out of everything in a plan that may hold them, unless redaction is off: conditions, keys, outputs,
/// the query, everything the model has no name for, settings.
///
/// A literal becomes `?`; what tells how a condition can be served stays: where a pattern has its wildcards (`'?%'`), how
/// many values an array has (`'{?×3}'`), booleans, nulls, casts, parameters, references to other parts of the plan.
pub fn redact(plan: &mut Plan, dialect: Dialect, redaction: Redaction) {
    if redaction == Redaction::Off {
        return;
    }
    let literals = Literals { dialect, documents: !matches!(plan.product.engine(), Engine::Postgres | Engine::MySql) };
    let take = Take { literals };
    if let Some(query) = &mut plan.query {
        take.sql(query);
    }
    for node in &mut plan.nodes {
        take.node(node);
    }
    take.settings(&mut plan.settings);
    take.fields(&mut plan.extra);
    if let Some(jit) = &mut plan.jit {
        take.fields(&mut jit.extra);
    }
    if let Some(serialization) = &mut plan.serialization {
        take.fields(&mut serialization.extra);
    }
    for line in &mut plan.missing {
        *line = quoted_out(line);
    }
}

#[derive(Debug, Clone, Copy)]
struct Take {
    literals: Literals,
}

/// Columns of tabular plans whose values are numbers although they come as text.
const NUMBERS: &[&str] = &["id", "key_len", "key_length", "rows", "r_rows", "filtered", "r_filtered", "ref_len"];

/// Parts of a document store's plan that quote the query, values and all.
const QUOTES_THE_QUERY: &[&str] = &[
    "filter",
    "parsedQuery",
    "parsedTextQuery",
    "command",
    "originatingCommand",
    "query",
    "pipeline",
    "indexBounds",
    "let",
    "min",
    "max",
    "description",
    "searchTerms",
    "update",
    "updates",
    "$match",
    "$expr",
    "key",
];

impl Take {
    fn sql(&self, text: &mut SqlText) {
        *text = SqlText::from(self.literals.out(text.as_str()));
    }

    fn node(&self, node: &mut Node) {
        for condition in &mut node.conditions {
            self.sql(&mut condition.text);
        }
        let lists = [&mut node.sort_keys, &mut node.presorted_keys, &mut node.group_keys, &mut node.output];
        lists.into_iter().flatten().for_each(|text| self.sql(text));
        for text in std::iter::once(&mut node.name).chain(node.label.as_mut()) {
            if text.contains(['\'', '"']) {
                *text = self.literals.out(text).into();
            }
        }
        self.fields(&mut node.extra);
        for worker in &mut node.per_worker {
            self.fields(&mut worker.extra);
        }
    }

    /// What has no name of its own: every text is taken for SQL. Depth is no trouble.
    fn fields(&self, fields: &mut Fields) {
        let documents = self.literals.documents;
        let quotes = |name: &str| documents && QUOTES_THE_QUERY.contains(&name);
        let mut open: Vec<(&mut Value, bool)> = Vec::new();
        let mut groups: Vec<(&mut Fields, bool)> = vec![(fields, false)];
        loop {
            if let Some((group, inside)) = groups.pop() {
                for (name, value) in &mut group.0 {
                    let number = matches!(value, Value::Text(text) if text.as_str().trim().parse::<f64>().is_ok());
                    if !(number && NUMBERS.contains(&&**name)) {
                        open.push((value, inside || quotes(name)));
                    }
                }
            } else if let Some((value, inside)) = open.pop() {
                match value {
                    Value::Text(text) if inside && !text.as_str().contains(['[', '(', '{', ':']) => *text = "?".into(),
                    Value::Text(text) => self.sql(text),
                    Value::List(items) => open.extend(items.iter_mut().map(|item| (item, inside))),
                    Value::Group(group) => groups.push((group, inside)),
                    Value::Number(_) | Value::Bool(_) if inside => *value = Value::Text("?".into()),
                    Value::Null | Value::Bool(_) | Value::Number(_) => {}
                }
            } else {
                return;
            }
        }
    }

    /// Settings stay where their value cannot be anything personal: a switch, a number with its unit, a list of switches.
    fn settings(&self, settings: &mut Fields) {
        for (_, value) in &mut settings.0 {
            match value {
                Value::Text(text) if harmless(text.as_str()) => {}
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
                _ => *value = Value::Text("(set)".into()),
            }
        }
    }
}

/// Words that settings of the planner take.
const WORDS: &[&str] = &[
    "on",
    "off",
    "true",
    "false",
    "yes",
    "no",
    "auto",
    "default",
    "none",
    "partition",
    "regress",
    "force_custom_plan",
    "force_generic_plan",
    "public",
    "\"$user\", public",
];

fn harmless(value: &str) -> bool {
    let value = value.trim().trim_matches('\'');
    let word = |word: &str| WORDS.contains(&word.to_ascii_lowercase().as_str());
    let digits = value.strip_prefix('-').unwrap_or(value);
    let unit = digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim_start();
    let number = digits.starts_with(|c: char| c.is_ascii_digit())
        && ["", "B", "kB", "MB", "GB", "TB", "us", "ms", "s", "min", "h", "d"].contains(&unit);
    let switches = value.contains('=')
        && value.split(',').all(|switch| {
            switch.split_once('=').is_some_and(|(name, value)| {
                word(value.trim())
                    && name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_whitespace())
            })
        });
    word(value) || number || switches
}

#[cfg(test)]
mod tests {
    use dbwright_model::Product;
    use dbwright_model::plan::{Condition, ConditionKind, Jit, NodeId, Operator, Serialization, Worker};

    use super::*;

    #[test]
    fn no_planted_secret_survives() {
        let mut planted = 0;
        let mut secret = || {
            planted += 1;
            let n = planted;
            match n % 5 {
                0 => format!("((a = 'zebra{n}'::text) AND (b ~~ '%zebra{n}%'::text))"),
                1 => format!("(c = ANY ('{{zebra{n},\"zeb,ra{n}\"}}'::text[]))"),
                2 => format!("(d > 7314{n} AND e = E'it\\'s zebra{n}')"),
                3 => format!("f($$zebra{n}$$, 7314{n}.5) -- zebra{n}"),
                _ => format!("(g = 'zebra{n}"),
            }
        };
        let mut node = Node::new(Operator::FullScan, "Seq Scan on 'zebra'");
        node.label = Some("SubPlan 'zebra'".into());
        for _ in 0..10 {
            let text = secret();
            node.conditions.push(Condition { kind: ConditionKind::Filter, text: text.into(), removed: None });
            node.sort_keys.push(secret().into());
            node.presorted_keys.push(secret().into());
            node.group_keys.push(secret().into());
            node.output.push(secret().into());
            node.extra.set("Remote SQL", secret());
            node.extra.set("Function Call", secret());
            node.extra.set("Cache Key", Value::List(vec![secret().into(), "7314".into()]));
            let mut worker = Worker::default();
            worker.extra.set("Output", Value::List(vec![secret().into()]));
            node.per_worker.push(worker);
            let mut deep = Value::Text(secret().into());
            for _ in 0..50 {
                let mut task = Fields::default();
                task.set("Plan", deep);
                deep = Value::List(vec![task.into()]);
            }
            node.extra.set("Distributed Query", deep);
        }
        let mut plan = Plan::new(Product::PostgreSQL, "text", node.clone());
        plan.push(NodeId::ROOT, node);
        plan.query = Some(secret().into());
        plan.extra.set("Query Parameters", "$1 = 'zebra', $2 = 7314");
        plan.settings.set("search_path", "zebra");
        plan.settings.set("application.secret", "'zebra'");
        plan.missing.push("line 3: `Filter: (a = 'zebra` is cut".into());
        let mut extra = Fields::default();
        extra.set("Options", "'zebra'");
        plan.jit = Some(Jit { extra: extra.clone(), ..Jit::default() });
        plan.serialization = Some(Serialization { extra, ..Serialization::default() });
        assert!(planted > 100);
        let shown = |plan: &Plan| serde_json::to_string(plan).unwrap();
        let before = plan.clone();
        redact(&mut plan, Dialect::Postgres, Redaction::Off);
        assert_eq!(plan, before);
        redact(&mut plan, Dialect::Postgres, Redaction::Literals);
        let text = shown(&plan);
        assert!(!text.contains("zeb") && !text.contains("7314"), "{text}");
        assert!(text.contains("line 3") && text.contains("?×2"));
        let once = plan.clone();
        redact(&mut plan, Dialect::Postgres, Redaction::Literals);
        assert_eq!(plan, once, "twice is once");
    }

    #[test]
    fn settings_of_the_planner_stay() {
        let mut plan = Plan::new(Product::PostgreSQL, "json", Node::default());
        let settings = [
            ("work_mem", "64kB"),
            ("enable_seqscan", "off"),
            ("random_page_cost", "1.1"),
            ("optimizer_switch", "index_merge=on,mrr=off"),
            ("plan_cache_mode", "force_generic_plan"),
        ];
        settings.iter().for_each(|(name, value)| plan.settings.set(*name, *value));
        let before = plan.settings.clone();
        redact(&mut plan, Dialect::Postgres, Redaction::Literals);
        assert_eq!(plan.settings, before);
    }

    #[test]
    fn documents_lose_their_values() {
        let mut filter = Fields::default();
        let mut equals = Fields::default();
        equals.set("$eq", "zebra");
        equals.set("$gt", 7314.0);
        filter.set("name", equals);
        let mut node = Node::new(Operator::FullScan, "COLLSCAN");
        node.extra.set("filter", filter);
        node.extra.set("nReturned", 7.0);
        let mut bounds = Fields::default();
        bounds.set("name", Value::List(vec!["[\"zebra\", MaxKey)".into()]));
        node.extra.set("indexBounds", bounds);
        let mut plan = Plan::new(Product::MongoDB, "json", node);
        plan.query = Some("{\"find\": \"users\", \"filter\": {\"name\": \"zebra\"}}".into());
        redact(&mut plan, Dialect::MySql, Redaction::Literals);
        let text = serde_json::to_string(&plan).unwrap();
        assert!(!text.contains("zebra") && !text.contains("7314"), "{text}");
        assert!(text.contains("$gt") && text.contains("MaxKey") && text.contains("\"nReturned\":7.0"), "{text}");
        assert!(plan.query.as_ref().unwrap().as_str().contains("\"name\": ?"), "{:?}", plan.query);
    }
}
