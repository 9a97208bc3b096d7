use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Product, Rule, Settings, Severity,
    Share, Subject, Undo, Why, Workload,
};

static LOST: Limit<Share> = Limit {
    what: "calls that are counted under no query",
    value: Share(0.01),
    source: "own choice: less does not change a ranking",
};
static CALLS: Limit<Count> =
    Limit { what: "such calls", value: Count(10_000), source: "own choice: a moment's traffic" };

const SETTING: &str = "performance_schema_digests_size";

pub(super) const RULE: Rule = Rule {
    id: "digest-table-overflowing",
    title: "Queries are no longer counted by their shape",
    engines: &[Engine::MySql],
    versions: "all, with performance_schema on; PostgreSQL throws out the rarest instead, see pg-stat-statements-evicting",
    area: Area::Observability,
    harm: Harm::Hygiene,
    limits: &[&LOST, &CALLS],
    explains: &[],
    wrong_when: "the many shapes come from one tool whose queries do not matter",
    do_not: "truncate the table every night: everything is lost then, not only what is new",
    lesson: include_str!("digest_table_overflowing.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let workload = case.get::<Workload>()?;
    let Some(lost) = workload.evicted else {
        return Err(NotEvaluated::new(Why::NotCollected, "calls without a digest are not part of this case"));
    };
    let share = Share::of(lost.0 as f64, workload.total_calls.0 as f64).unwrap_or_default();
    if share < LOST.value || lost < CALLS.value {
        return Ok(vec![]);
    }
    let size = case.get::<Settings>().ok().and_then(|settings| settings.number(SETTING)).filter(|size| *size > 0.0);
    let cause = format!(
        "{lost} calls ({share}) were counted under no query because the table of digests is full: queries that came late are in no ranking"
    );
    let mut finding = Finding::new(Severity::Info, Subject::setting(SETTING), cause)
        .measured("calls without digest", lost, "events_statements_summary_by_digest: the row without a digest")
        .measured("share of all calls", share, "events_statements_summary_by_digest.count_star")
        .weight(share.0);
    if let Some(size) = size {
        finding = finding.catalog("digests it holds at most", Count(size as u64), SETTING).fix(enlarge(case, size));
    }
    Ok(vec![finding])
}

fn enlarge(case: &Case, size: f64) -> Fix {
    let most = 1_048_576.0;
    let size = (size * 2.0).clamp(20_000.0, most);
    let fix = match case.server.product {
        Product::MariaDB => Fix::of(
            FixKind::Config,
            format!("{SETTING} = {size}"),
            Undo::Statement(format!("remove the line {SETTING}")),
        ),
        _ => Fix::sql(
            format!("SET PERSIST_ONLY {SETTING} = {size};"),
            Undo::Statement(format!("RESET PERSIST {SETTING};")),
        ),
    };
    fix.cost("takes effect at the next restart and about 2 kB of memory for each digest")
        .verify(format!("SELECT @@{SETTING};"))
}

#[cfg(test)]
mod tests {
    use dbwright_model::Version;

    use super::*;
    use crate::example::{case, workload};

    fn look(product: Product, lost: Option<u64>) -> Checked {
        let mut all = workload(1e4, "SELECT 1", 10.0, 0.1);
        all.evicted = lost.map(Count);
        let settings = Settings::default().with(SETTING, "10000");
        check(&case(product, Version::new(10, 11, 3), &all).with(&settings))
    }

    #[test]
    fn fires_with_twice_the_size() {
        let found = look(Product::MySQL, Some(50_000)).unwrap();
        assert_eq!(found[0].fixes[0].statement, "SET PERSIST_ONLY performance_schema_digests_size = 20000;");
    }

    #[test]
    fn fires_with_a_line_of_configuration_on_mariadb() {
        let found = look(Product::MariaDB, Some(50_000)).unwrap();
        assert_eq!(found[0].fixes[0].kind, FixKind::Config);
    }

    #[test]
    fn silent_when_little_is_lost() {
        assert!(look(Product::MySQL, Some(9999)).unwrap().is_empty());
        assert!(look(Product::MySQL, Some(0)).unwrap().is_empty());
    }

    #[test]
    fn silent_but_said_when_not_counted() {
        assert_eq!(look(Product::MySQL, None).unwrap_err().why, Why::NotCollected);
    }
}
