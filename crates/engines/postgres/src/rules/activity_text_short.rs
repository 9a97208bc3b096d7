use dbwright_model::{Area, Bytes, Case, Checked, Engine, Harm, Limit, Rule, Settings, Severity};

use super::{change, setting};

static SIZE: Limit<Bytes> = Limit {
    what: "track_activity_query_size at most",
    value: Bytes(1024),
    source: "PostgreSQL's default; statements of ORMs are longer",
};

pub(super) const RULE: Rule = Rule {
    id: "activity-text-short",
    title: "Statements are cut off in the activity view",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[&SIZE],
    explains: &[],
    wrong_when: "all statements are short",
    do_not: "set it to megabytes: it is reserved for every connection",
    lesson: include_str!("activity_text_short.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let Some(size) = case.get::<Settings>()?.bytes("track_activity_query_size").filter(|size| size.0 <= SIZE.value.0)
    else {
        return Ok(vec![]);
    };
    let effect = "of a long statement neither you nor an advisor sees the WHERE clause";
    Ok(vec![
        setting::finding(Severity::Info, "track_activity_query_size", size, effect).fix(
            change::setting_at_restart(case, "track_activity_query_size", "8192")
                .cost("a restart, and 8 kB of shared memory a connection"),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use dbwright_model::Finding;

    use super::super::bench::pg;
    use super::*;

    fn found(settings: Settings) -> Vec<Finding> {
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_at_the_default() {
        assert_eq!(found(Settings::default().with_unit("track_activity_query_size", "1024", "B")).len(), 1);
    }

    #[test]
    fn fires_below_it() {
        assert_eq!(found(Settings::default().with_unit("track_activity_query_size", "512", "B")).len(), 1);
    }

    #[test]
    fn silent_when_raised() {
        assert!(found(Settings::default().with_unit("track_activity_query_size", "4096", "B")).is_empty());
    }

    #[test]
    fn silent_when_unknown() {
        assert!(found(Settings::default()).is_empty());
    }
}
