use dbwright_model::finding::SubjectKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Subject, Undo,
};
use dbwright_sql::Dialect;

use crate::sections::schema::{Schema, Sequence};

static WARN: Limit<Share> =
    Limit { what: "values used up", value: Share(0.85), source: "time to act while calls still succeed" };
static ERROR: Limit<Share> =
    Limit { what: "values used up", value: Share(0.95), source: "the last twentieth: calls fail soon" };

pub(super) const RULE: Rule = Rule {
    id: "sequence-near-end",
    title: "A sequence runs out",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Schema,
    harm: Harm::Outage,
    limits: &[&WARN, &ERROR],
    explains: &[],
    wrong_when: "the sequence is meant to end there, as a contingent of numbers",
    do_not: "let it cycle: it hands out numbers again that are in use",
    lesson: include_str!("sequence_near_end.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let mut findings = Vec::new();
    for sequence in &case.get::<Schema>()?.sequences {
        // Those that fill a column are judged as keys, with the column's type.
        let used = match sequence.fills_column || sequence.cycle {
            true => None,
            false => used(sequence),
        };
        let Some(used) = used.filter(|used| used.0 >= WARN.value.0) else { continue };
        let severity = if used.0 >= ERROR.value.0 { Severity::Error } else { Severity::Warn };
        let name = Dialect::Postgres.qualified(&sequence.name);
        let end = if sequence.increment > 0 { sequence.max } else { sequence.min };
        let left = sequence.last.abs_diff(end) / sequence.increment.unsigned_abs().max(1);
        let cause = format!("{used} of its values are used up: nextval fails after {} more calls", Count(left));
        let (bound, widest) = match sequence.increment > 0 {
            true => ("MAXVALUE", i64::MAX),
            false => ("MINVALUE", i64::MIN),
        };
        let mut found = Finding::new(severity, Subject::new(SubjectKind::Sequence, &sequence.name), cause)
            .measured("last value", sequence.last.to_string(), "pg_sequences.last_value")
            .catalog("end", end.to_string(), "pg_sequences.max_value, min_value")
            .weight(used.0);
        if end != widest {
            found = found.fix(
                Fix::sql(
                    format!("ALTER SEQUENCE {name} AS bigint {bound} {widest};"),
                    Undo::Statement(format!("ALTER SEQUENCE {name} AS {} {bound} {end};", sequence.type_name)),
                )
                .lock("SHARE ROW EXCLUSIVE on the sequence (nextval waits a moment)")
                .cost("whatever stores the values must take larger ones: columns, programs, printed forms")
                .verify(format!("SELECT last_value FROM {name};")),
            );
        }
        findings.push(found);
    }
    Ok(findings)
}

/// How far it has come, as a part of its way.
fn used(sequence: &Sequence) -> Option<Share> {
    let (last, min, max) = (sequence.last as f64, sequence.min as f64, sequence.max as f64);
    match sequence.increment > 0 {
        true => Share::of(last - min, max - min),
        false => Share::of(max - last, max - min),
    }
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::ObjectName;

    use super::*;
    use crate::rules::fixtures::case_of;

    fn found(change: impl FnOnce(&mut Sequence)) -> Vec<Finding> {
        let mut sequence = Sequence {
            name: ObjectName::new("public", "invoice_number"),
            last: 97_000,
            min: 1,
            max: 100_000,
            increment: 1,
            type_name: "bigint".into(),
            ..Sequence::default()
        };
        change(&mut sequence);
        check(&case_of(15).with(&Schema { sequences: vec![sequence], ..Schema::default() })).unwrap()
    }

    #[test]
    fn fires_near_the_end() {
        let found = found(|_| ());
        assert_eq!((found[0].severity, found[0].subject.name.as_str()), (Severity::Error, "public.invoice_number"));
        assert!(found[0].cause.contains("after 3,000 more"));
    }

    #[test]
    fn fires_downwards_too() {
        let found = found(|s| (s.last, s.min, s.max, s.increment) = (-90, -100, -1, -1));
        assert!(found[0].fixes[0].statement.contains("MINVALUE -9223372036854775808"));
    }

    #[test]
    fn silent_with_a_sixth_left() {
        assert!(found(|s| s.last = 84_000).is_empty());
    }

    #[test]
    fn silent_when_it_starts_over_or_fills_a_key() {
        assert!(found(|s| s.cycle = true).is_empty());
        assert!(found(|s| s.fills_column = true).is_empty());
    }
}
