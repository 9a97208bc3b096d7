//! Figures and names of plans in few characters.

use dbwright_model::plan::{Buffers, ConditionKind, Interval, Node, NodeId, Plan, Trigger, Value};
use dbwright_model::{Bytes, Finding, Product, Seconds, Share};

use super::Drawn;
use crate::clean;

/// A number in at most seven characters: `0.33`, `4,521`, `45.2k`, `1.2M`.
pub(crate) fn compact(number: f64) -> String {
    let trimmed = |text: String| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    let digits = |value: f64| trimmed(if value.abs() < 99.95 { format!("{value:.1}") } else { format!("{value:.0}") });
    match number.abs() {
        n if !n.is_finite() => "?".into(),
        n if n < 1.0 => trimmed(format!("{number:.2}")),
        n if n < 100.0 => trimmed(format!("{number:.1}")),
        n if n < 999.5 => format!("{number:.0}"),
        n if n < 9_999.5 => {
            let whole = n.round() as u64;
            let sign = if number < 0.0 { "-" } else { "" };
            format!("{sign}{},{:03}", whole / 1000, whole % 1000)
        }
        n if n < 999_950.0 => format!("{}k", digits(number / 1e3)),
        n if n < 999_950_000.0 => format!("{}M", digits(number / 1e6)),
        n if n < 999_950_000_000.0 => format!("{}G", digits(number / 1e9)),
        _ => format!("{number:.1e}"),
    }
}

/// `120 ms (110–125 ms)`; without bounds where they say no more.
pub(crate) fn interval(time: Interval) -> String {
    let value = Seconds(time.value);
    let (low, high) = (Seconds(time.low).to_string(), Seconds(time.high).to_string());
    if low == high || time.high - time.low < 0.02 * time.value {
        return value.to_string();
    }
    // `110 ms–125 ms` says the unit once too often.
    let unit = |text: &str| text.split_once(' ').map(|(_, unit)| unit.to_owned());
    match (low.split_once(' '), unit(&low) == unit(&high) && low.matches(' ').count() == 1) {
        (Some((number, _)), true) => format!("{value} ({number}–{high})"),
        _ => format!("{value} ({low}–{high})"),
    }
}

/// `≈ 120 ms (110–125 ms) of 340 ms`.
pub(crate) fn saving(finding: &Finding, plan: Option<&Plan>) -> Option<String> {
    let saving = finding.saving.filter(|saving| saving.value > 0.0)?;
    let whole = plan.and_then(|plan| plan.account.as_ref()).map(|account| account.execution);
    let of = whole.map_or(String::new(), |whole| format!(" of {whole}"));
    Some(format!("≈ {}{of}", interval(saving)))
}

/// What it does and on what: `Parallel Seq Scan`, then `on public.orders o`, `using orders_pkey`, `20 loops`.
pub(crate) fn title(node: &Node) -> (String, Vec<String>) {
    let mut name = clean::line(&node.name);
    if let Some(provider) = node.extra.text("Custom Plan Provider") {
        name = format!("{name} ({})", clean::line(provider));
    }
    if node.parallel && !name.starts_with("Parallel") {
        name.insert_str(0, "Parallel ");
    }
    if let Some(join) = node.join.as_deref().filter(|join| *join != "Inner" && !name.contains(*join)) {
        name = format!("{name} ({})", clean::line(join));
    }
    if let Some(label) = node.label.as_ref().filter(|label| **label != node.name) {
        name = format!("{}: {name}", clean::line(label));
    }
    let mut parts = Vec::new();
    let alias = node.alias.as_ref().map(|alias| clean::line(alias.as_ref()));
    match (&node.relation, alias) {
        (Some(relation), alias) => {
            let alias = alias.filter(|alias| *alias != relation.name.to_string());
            let alias = alias.map_or(String::new(), |alias| format!(" {alias}"));
            parts.push(format!("on {}{alias}", clean::line(&relation.to_string())));
        }
        (None, Some(alias)) => parts.push(format!("on {alias}")),
        (None, None) => {}
    }
    parts.extend(node.index.as_ref().map(|index| format!("using {}", clean::line(index.as_ref()))));
    let loops = node.loops().filter(|loops| *loops > 1.0).map(|loops| format!("{} loops", compact(loops)));
    for more in workers(node).into_iter().chain(loops) {
        parts.last_mut().unwrap_or(&mut name).push(',');
        parts.push(more);
    }
    (name, parts)
}

fn workers(node: &Node) -> Option<String> {
    let workers = node.workers?;
    Some(match (workers.launched, workers.planned) {
        (Some(launched), Some(planned)) if launched < planned => format!("{launched} of {planned} workers"),
        (Some(n), _) | (None, Some(n)) => format!("{n} workers"),
        (None, None) => return None,
    })
}

/// What a condition is called.
pub(crate) fn kind(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::Index => "index condition",
        ConditionKind::Order => "order by",
        ConditionKind::Recheck => "recheck",
        ConditionKind::Filter => "filter",
        ConditionKind::JoinFilter => "join filter",
        ConditionKind::Hash => "hash condition",
        ConditionKind::Merge => "merge condition",
        ConditionKind::OneTime => "one-time filter",
        ConditionKind::Tid => "row addresses",
        ConditionKind::Run => "run condition",
        ConditionKind::CacheKey => "cache key",
        ConditionKind::Conflict => "conflict filter",
    }
}

/// `99.9 % (299,700 rows)` of what a condition saw, when it removed most of it.
pub(crate) fn removed(node: &Node, removed: f64) -> Option<String> {
    let loops = node.loops()?;
    let (gone, kept) = (removed * loops, node.total_rows().unwrap_or(0.0));
    let share = Share::of(gone, gone + kept)?;
    (gone > 0.0).then(|| format!("removed {share} ({} rows)", compact(gone)))
}

/// Whether a condition threw away most of a number of rows worth a word.
pub(crate) fn removes_most(node: &Node, removed: Option<f64>) -> bool {
    let gone = removed.unwrap_or(0.0) * node.loops().unwrap_or(0.0);
    gone >= 100.0 && gone > node.total_rows().unwrap_or(0.0)
}

/// What did not fit into memory, or all memory and disk it used.
pub(crate) fn work(node: &Node, all: bool) -> Option<String> {
    let work = node.work.as_ref()?;
    let spilt = work.disk.is_some_and(|disk| disk > Bytes(0)) || work.batches.is_some_and(|batches| batches > 1);
    if !spilt && !all {
        return None;
    }
    let mut parts: Vec<String> = work.method.iter().map(|method| clean::line(method)).collect();
    parts.extend(work.memory.map(|memory| format!("{memory} of memory")));
    parts.extend(work.disk.map(|disk| format!("{disk} of disk")));
    parts.extend(work.batches.filter(|batches| *batches > 1).map(|batches| format!("{batches} batches")));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `100 → 45.2k ×452`, and the factor when the planner was far off.
pub(crate) fn rows(drawn: &Drawn<'_>, id: NodeId) -> (String, Option<f64>) {
    let node = &drawn.plan[id];
    let expected = node.estimate.and_then(|estimate| estimate.rows).map(compact);
    let came = node.actual.filter(|actual| actual.loops > 0.0).and_then(|actual| actual.rows).map(compact);
    let off = drawn.misestimate(id);
    let text = match (expected, came) {
        (None, None) => String::new(),
        (Some(expected), None) => expected,
        (None, Some(came)) => format!("→ {came}"),
        (Some(expected), Some(came)) => match off {
            None => format!("{expected} → {came}"),
            Some((factor, more)) => {
                format!("{}{} {expected} → {came}", if more { '×' } else { '÷' }, compact(factor.round()))
            }
        },
    };
    (text, off.map(|(factor, _)| factor))
}

/// Pages in words: where they came from and what became of them.
pub(crate) fn buffers(buffers: &Buffers, product: Product) -> Vec<String> {
    let size = |pages: u64| match product {
        // The size of nearly every PostgreSQL server's pages; others do not count pages.
        Product::PostgreSQL => format!(" ({})", Bytes(pages.saturating_mul(8192))),
        _ => String::new(),
    };
    let mut parts = Vec::new();
    let mut add = |pages: u64, what: &str| {
        if pages > 0 {
            parts.push(format!("{} {what}{}", compact(pages as f64), size(pages)));
        }
    };
    add(buffers.shared_hit.saturating_add(buffers.local_hit), "from cache");
    add(buffers.shared_read.saturating_add(buffers.local_read), "read");
    add(buffers.shared_dirtied.saturating_add(buffers.local_dirtied), "changed");
    add(buffers.shared_written.saturating_add(buffers.local_written), "written");
    add(buffers.temp_read, "of temporary files read");
    add(buffers.temp_written, "of temporary files written");
    parts.extend(buffers.time().filter(|time| time.0 > 0.0).map(|time| format!("{time} of input and output")));
    parts
}

/// Pages of the whole plan.
pub(crate) fn pages(plan: &Plan) -> Vec<String> {
    plan.root().buffers.map_or(Vec::new(), |pages| buffers(&pages, plan.product))
}

/// The triggers that took longest, each with its calls.
pub(crate) fn triggers(plan: &Plan) -> Vec<String> {
    let mut triggers: Vec<_> = plan.triggers.iter().collect();
    triggers.sort_by(|a, b| b.time.unwrap_or_default().0.total_cmp(&a.time.unwrap_or_default().0));
    let told = |trigger: &Trigger| {
        let constraint = trigger.constraint.as_ref().map(|name| format!(" for {}", clean::line(name.as_ref())));
        let on = trigger.relation.as_ref().map(|table| format!(" on {}", clean::line(&table.to_string())));
        let time = trigger.time.map(|time| format!(" {time},"));
        let name = clean::line(trigger.name.as_ref());
        let [constraint, on, time] = [constraint, on, time].map(Option::unwrap_or_default);
        format!("{name}{constraint}{on}:{time} {} calls", compact(trigger.calls))
    };
    let mut parts: Vec<String> = triggers.iter().take(3).map(|trigger| told(trigger)).collect();
    if triggers.len() > 3 {
        parts.push(format!("{} more", triggers.len() - 3));
    }
    parts
}

/// A value as the engine printed it, in one line.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => clean::line(text.as_str()),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            items.join(", ")
        }
        Value::Group(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, field)| format!("{} {}", clean::line(name), self::value(field))).collect();
            format!("({})", fields.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (0.333, "0.33"),
            (1.0, "1"),
            (12.34, "12.3"),
            (999.4, "999"),
            (4521.0, "4,521"),
            (45_210.0, "45.2k"),
            (999_949.0, "1000k"),
            (1_234_567.0, "1.2M"),
            (3e9, "3G"),
            (f64::INFINITY, "?"),
            (1e15, "1.0e15"),
        ];
        for (number, text) in cases {
            assert_eq!(compact(number), text);
        }
    }

    #[test]
    fn bounds_are_told_where_they_say_more() {
        assert_eq!(interval(Interval::exact(0.12)), "120 ms");
        assert_eq!(interval(Interval::new(0.11, 0.12, 0.125)), "120 ms (110–125 ms)");
        assert_eq!(interval(Interval::new(0.0, 0.0005, 0.002)), "500 µs (0 s–2 ms)");
    }
}
