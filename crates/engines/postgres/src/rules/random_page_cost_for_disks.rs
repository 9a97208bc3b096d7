use dbwright_model::{
    Area, Bytes, Case, Checked, Engine, Finding, Grade, Harm, Limit, Ratio, Rule, Settings, Severity, Subject,
};

use super::change;

static RATIO: Limit<Ratio> = Limit {
    what: "random_page_cost over seq_page_cost",
    value: Ratio(4.0),
    source: "PostgreSQL's default, from the time of spinning disks; pgtune sets 1.1 on SSD",
};
static DATA: Limit<Bytes> =
    Limit { what: "data on the server at least", value: Bytes::gib(1), source: "ours: smaller ones are cached" };

pub(super) const RULE: Rule = Rule {
    id: "random-page-cost-for-disks",
    title: "Random reads are priced as on spinning disks",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Statistics,
    harm: Harm::Slowdown,
    limits: &[&RATIO, &DATA],
    explains: &[],
    wrong_when: "the data lies on spinning disks, or it is a warehouse far bigger than memory",
    do_not: "set it below seq_page_cost",
    lesson: include_str!("random_page_cost_for_disks.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let (Some(random), Some(sequential)) = (settings.number("random_page_cost"), settings.number("seq_page_cost"))
    else {
        return Ok(vec![]);
    };
    if random < sequential * RATIO.value.0 || case.server.data.is_none_or(|data| data.0 < DATA.value.0) {
        return Ok(vec![]);
    }
    let cause = format!(
        "random_page_cost is {random}: on SSD or cached data the planner scans whole tables where an index would be faster"
    );
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("random_page_cost"), cause)
            .grade(Grade::Suspected)
            .catalog("random_page_cost", random.to_string(), "pg_settings.setting")
            .catalog("seq_page_cost", sequential.to_string(), "pg_settings.setting")
            .fix(
                change::setting(case, "random_page_cost", "1.1")
                    .cost("plans change: compare the most expensive queries before and after"),
            ),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(random: &str, data: Bytes) -> Vec<Finding> {
        let mut case = pg(15).with(&Settings::default().with("random_page_cost", random).with("seq_page_cost", "1"));
        case.server.data = Some(data);
        check(&case).unwrap()
    }

    #[test]
    fn fires_at_the_default() {
        assert_eq!(found("4", Bytes::gib(50))[0].grade, Grade::Suspected);
    }

    #[test]
    fn fires_above_it() {
        assert_eq!(found("8", Bytes::gib(2)).len(), 1);
    }

    #[test]
    fn silent_when_set_for_ssd() {
        assert!(found("1.1", Bytes::gib(50)).is_empty());
    }

    #[test]
    fn silent_on_small_data() {
        assert!(found("4", Bytes::mib(100)).is_empty());
    }
}
