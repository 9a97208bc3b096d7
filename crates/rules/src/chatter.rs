//! What the rules about talkative programs share: what one statement instead of many looks like, in SQL and in the
//! words of who wrote it, and what the loop costs.

use dbwright_model::finding::FixKind;
use dbwright_model::{
    Case, Checked, Count, Engine, Finding, Fix, Limit, Seconds, Severity, Share, Subject, SubjectKind, Undo,
};
use dbwright_workload::Chatter;
use dbwright_workload::chatter::{Framework, Kind, Pattern};

/// A loop that takes less is worth knowing, not a warning.
pub(crate) static LOST: Limit<Seconds> = Limit {
    what: "time of one occurrence, with the ways there and back (warn)",
    value: Seconds::millis(5.0),
    source: "own choice: a request that takes 5 ms longer is nothing that anybody notices",
};
/// See [`LOST`].
pub(crate) static PART: Limit<Share> = Limit {
    what: "part of the time of all statements (warn)",
    value: Share(0.01),
    source: "own choice: a hundredth of the server's work is worth a line of code",
};

/// Nanoseconds as seconds.
pub(crate) fn seconds(nanoseconds: u64) -> Seconds {
    Seconds(nanoseconds as f64 / 1e9)
}

/// Time of one occurrence, with what lies between its statements.
fn once(pattern: &Pattern) -> Seconds {
    Seconds(seconds(pattern.time.saturating_add(pattern.between)).0 / pattern.occurrences.max(1) as f64)
}

/// Loud when one occurrence, or all together, take time that somebody notices.
fn severity(chatter: &Chatter, pattern: &Pattern) -> Severity {
    let part = Share::of(pattern.time as f64, chatter.time as f64).unwrap_or_default();
    match once(pattern) >= LOST.value && (part >= PART.value || once(pattern).0 >= 10.0 * LOST.value.0) {
        true => Severity::Warn,
        false => Severity::Info,
    }
}

/// The statement of the loop that the finding is named after: its first.
fn subject(pattern: &Pattern) -> Subject {
    Subject::new(
        SubjectKind::Query,
        pattern.turns.first().map_or_else(String::new, |turn| format!("{:016x}", turn.shape)),
    )
}

/// ` (app/models/order.rb:12, Rails)`: where it comes from, as far as that is known.
fn origin(pattern: &Pattern) -> String {
    let parts: Vec<&str> = pattern.site.as_deref().into_iter().chain(pattern.framework.map(Framework::name)).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// How many statements an occurrence has: `12`, `5 to 200`.
pub(crate) fn many(pattern: &Pattern) -> String {
    let (_, least, most) = pattern.statements;
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}

/// A finding for each pattern of a kind, with what is said of it and what helps.
pub(crate) fn findings(case: &Case, kind: Kind, tell: impl Fn(&Pattern) -> (String, Vec<Fix>)) -> Checked {
    let chatter = case.get::<Chatter>()?;
    let of_kind = chatter.patterns.iter().filter(|pattern| pattern.kind == kind);
    let findings = of_kind.map(|pattern| {
        let (what, fixes) = tell(pattern);
        let cause = format!("{what}, {}{}", often(pattern), origin(pattern));
        let finding = Finding::new(severity(chatter, pattern), subject(pattern), cause);
        figures(fixes.into_iter().fold(finding, Finding::fix), pattern)
    });
    Ok(findings.collect())
}

/// `once, for 12 ms`; `30 times in 7 sessions, 12 ms each time`.
fn often(pattern: &Pattern) -> String {
    let sessions =
        if pattern.sessions == 1 { "one session".to_owned() } else { format!("{} sessions", pattern.sessions) };
    match pattern.occurrences {
        1 => format!("once, for {}", once(pattern)),
        many => format!("{many} times in {sessions}, {} each time", once(pattern)),
    }
}

/// The figures every finding about a pattern shows.
fn figures(finding: Finding, pattern: &Pattern) -> Finding {
    const SOURCE: &str = "log: order of the sessions' statements";
    let mut finding = finding
        .measured("occurrences", Count(pattern.occurrences), SOURCE)
        .measured("statements in them", Count(pattern.statements.0), SOURCE)
        .measured("time of these statements", seconds(pattern.time), SOURCE)
        .measured("time between them", seconds(pattern.between), SOURCE);
    if let Some(parent) = &pattern.parent {
        finding = finding.measured("rows come from", parent.text.to_string(), SOURCE);
    }
    for turn in &pattern.turns {
        finding = finding.measured("said again and again", turn.text.to_string(), SOURCE);
    }
    finding.weight(seconds(pattern.time.saturating_add(pattern.between)).0)
}

/// A change of the program.
pub(crate) fn code(text: impl Into<String>) -> Fix {
    Fix::of(FixKind::Code, text, Undo::NotNeeded("it is a change of the program".into()))
}

/// One statement for all values of a loop of look-ups; `None` when the text gives no hold.
pub(crate) fn batched(case: &Case, text: &str) -> Option<String> {
    let list = match case.engine() {
        Engine::Postgres => "= ANY ($1)",
        _ => "IN (?, ?, …)",
    };
    let (before, after) = match text.find("= ?") {
        Some(at) => (text[..at].to_owned(), &text[at + "= ?".len()..]),
        None => value_first(text)?,
    };
    let after = after.trim_end();
    let after = after.strip_suffix("limit ?").map_or(after, str::trim_end);
    Some(format!("{before}{list}{after};"))
}

/// What stands before and after the value in `where ?::integer = items.order_id`, as some write it.
fn value_first(text: &str) -> Option<(String, &str)> {
    let (before, rest) = text.split_once("where ?")?;
    let (cast, rest) = rest.split_once(" = ")?;
    if cast.contains(' ') {
        return None;
    }
    let end = rest.find(' ').unwrap_or(rest.len());
    Some((format!("{before}where {} ", &rest[..end]), &rest[end..]))
}

/// How a framework loads what belongs to rows with the rows.
pub(crate) fn eager(framework: Framework) -> &'static str {
    match framework {
        Framework::Rails => "Rails: Parent.includes(:children) (or preload), and strict_loading to keep it so",
        Framework::Django => {
            "Django: select_related(\"parent\") for a foreign key, prefetch_related(\"children\") for the many side"
        }
        Framework::SqlAlchemy => {
            "SQLAlchemy: select(Parent).options(selectinload(Parent.children)); joinedload for one row each; \
             lazy=\"raise\" to keep it so"
        }
        Framework::Hibernate => {
            "Hibernate: JOIN FETCH in the query, or an entity graph; @BatchSize(size = 100) where the code cannot change"
        }
        Framework::Prisma => "Prisma: findMany({ include: { children: true } }), not a findUnique for each",
        Framework::Eloquent => "Laravel: Parent::with('children'), and Model::preventLazyLoading() to keep it so",
        Framework::Sequelize => "Sequelize: findAll({ include: [Child] })",
        Framework::TypeOrm => "TypeORM: find({ relations: { children: true } }), or leftJoinAndSelect",
        Framework::Gorm => "GORM: db.Preload(\"Children\").Find(&parents)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_for_all_values() {
        let case = example::heard(Vec::new());
        for (text, expected) in [
            ("select a from t where b = ?", "select a from t where b = ANY ($1);"),
            ("select a from t where b = ? limit ?", "select a from t where b = ANY ($1);"),
            ("select a from t where ?::integer = t.b order by a", "select a from t where t.b = ANY ($1) order by a;"),
        ] {
            assert_eq!(batched(&case, text).as_deref(), Some(expected));
        }
        assert_eq!(batched(&case, "select a from t"), None);
        assert_eq!(batched(&case, "select a from t where ? < b"), None);
    }
}

/// Examples for the rules' tests.
#[cfg(test)]
pub(crate) mod example {
    use dbwright_model::{Case, Checked, Product, Redaction, Server, Severity, SqlText, Version};
    use dbwright_workload::Chatter;
    use dbwright_workload::chatter::{Kind, Pattern, Spoken};

    pub(crate) fn spoken(shape: u64, text: &str) -> Spoken {
        Spoken { shape, text: SqlText::from(text) }
    }

    /// 100 occurrences of 20 statements that take, with what is between, so many milliseconds each.
    pub(crate) fn pattern(kind: Kind, parent: Option<&str>, turns: &[&str], milliseconds: u64) -> Pattern {
        let all = milliseconds * 100 * 1_000_000;
        Pattern {
            kind,
            parent: parent.map(|text| spoken(1, text)),
            turns: turns.iter().zip(2..).map(|(text, shape)| spoken(shape, text)).collect(),
            site: None,
            framework: None,
            occurrences: 100,
            sessions: 7,
            statements: (2_000, 20, 20),
            time: all / 2,
            between: all / 2,
            longest: (1_700_000_000_000_000, all / 50),
            values_differ: Some(true),
        }
    }

    /// What a rule says, how loud, of a pattern that takes so many milliseconds each time.
    pub(crate) fn loudness(
        check: fn(&Case) -> Checked,
        kind: Kind,
        turns: &[&str],
        milliseconds: u64,
    ) -> Vec<Severity> {
        let found = check(&heard(vec![pattern(kind, None, turns, milliseconds)])).unwrap();
        assert!(found.iter().all(|finding| !finding.fixes.is_empty()));
        found.iter().map(|finding| finding.severity).collect()
    }

    /// A case in which that was heard, in ten seconds of statements.
    pub(crate) fn heard(patterns: Vec<Pattern>) -> Case {
        let chatter =
            Chatter { statements: 100_000, time: 10_000_000_000, sessions: 9, patterns, ..Chatter::default() };
        Case::new(Server::new(Product::PostgreSQL, Version::default()), Redaction::Literals).with(&chatter)
    }
}
