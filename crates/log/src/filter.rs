//! Hearing only a part of a log: a span of time, a database, a user, an application.

use dbwright_model::log::Event;

use crate::stream::Listener;

/// What is to be heard. Nothing asked is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// From this time on, in microseconds since 1970-01-01 UTC.
    pub from: Option<i64>,
    /// Before this time, in microseconds since 1970-01-01 UTC.
    pub to: Option<i64>,
    /// In one of these databases.
    pub databases: Vec<String>,
    /// By one of these users.
    pub users: Vec<String>,
    /// By one of these applications.
    pub applications: Vec<String>,
}

/// What a filter makes of an event.
enum Verdict {
    Heard,
    LeftOut,
    /// Something was asked that the record does not tell.
    Untold,
}

impl Filter {
    /// Whether anything is asked.
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }

    fn judge(&self, event: &Event<'_>) -> Verdict {
        if self.from.is_some() || self.to.is_some() {
            let Some(at) = event.at else { return Verdict::Untold };
            if self.from.is_some_and(|from| at < from) || self.to.is_some_and(|to| at >= to) {
                return Verdict::LeftOut;
            }
        }
        let asked =
            [(&self.databases, event.database), (&self.users, event.user), (&self.applications, event.application)];
        let mut verdict = Verdict::Heard;
        for (wanted, told) in asked {
            if wanted.is_empty() || wanted.iter().any(|wanted| wanted.as_bytes() == told) {
                continue;
            }
            if !told.is_empty() {
                return Verdict::LeftOut;
            }
            verdict = Verdict::Untold;
        }
        verdict
    }
}

/// A listener that hears what a filter lets through.
pub struct Filtered<'l, L> {
    /// What is to be heard.
    pub filter: &'l Filter,
    /// Who hears it.
    pub listener: &'l L,
}

/// What was made of what was let through, and how much was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept<P> {
    /// What the listener made of it.
    pub part: P,
    /// Events that were not asked for.
    pub left_out: u64,
    /// Events that do not tell what was asked (a time, a database…): they are left out too.
    pub untold: u64,
}

impl<L: Listener> Listener for Filtered<'_, L> {
    type Part = Kept<L::Part>;

    fn part(&self) -> Self::Part {
        Kept { part: self.listener.part(), left_out: 0, untold: 0 }
    }

    fn hear(&self, part: &mut Self::Part, event: &Event<'_>) {
        match self.filter.judge(event) {
            Verdict::Heard => self.listener.hear(&mut part.part, event),
            Verdict::LeftOut => part.left_out += 1,
            Verdict::Untold => part.untold += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Times;

    impl Listener for Times {
        type Part = Vec<Option<i64>>;

        fn part(&self) -> Self::Part {
            Vec::new()
        }

        fn hear(&self, part: &mut Self::Part, event: &Event<'_>) {
            part.push(event.at);
        }
    }

    fn heard(filter: &Filter, events: &[Event<'_>]) -> Kept<Vec<Option<i64>>> {
        let filtered = Filtered { filter, listener: &Times };
        let mut kept = filtered.part();
        events.iter().for_each(|event| filtered.hear(&mut kept, event));
        kept
    }

    #[test]
    fn a_span_holds_its_start_and_not_its_end() {
        let at = |at: i64| Event { at: Some(at), ..Event::default() };
        let events = [at(1), at(2), at(3), at(4), Event::default()];
        let filter = Filter { from: Some(2), to: Some(4), ..Filter::default() };
        assert_eq!(heard(&filter, &events), Kept { part: vec![Some(2), Some(3)], left_out: 2, untold: 1 });
        assert_eq!(heard(&Filter::default(), &events).part.len(), 5);
    }

    #[test]
    fn names_are_compared_as_they_are() {
        let of = |user: &'static str, database: &'static str| Event {
            user: user.as_bytes(),
            database: database.as_bytes(),
            ..Event::default()
        };
        let events = [of("app", "shop"), of("App", "shop"), of("app", ""), of("app", "test"), of("", "test")];
        let filter =
            Filter { databases: vec!["shop".into(), "other".into()], users: vec!["app".into()], ..Filter::default() };
        assert_eq!(heard(&filter, &events), Kept { part: vec![None], left_out: 3, untold: 1 });
        assert!(Filter::default().is_empty() && !filter.is_empty());
    }
}
