use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Harm, Limit, NotEvaluated, Rule, Settings, Severity, Share, Subject, Why,
};

use super::window::DAY;
use super::{change, window};
use crate::sections::wal::Wal;

pub(super) const RULE: Rule = Rule {
    id: "background-writer-stops",
    title: "The background writer reaches its limit again and again",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&ROUNDS, &DAY],
    explains: &[],
    wrong_when: "the writes come from bulk loads, where the sessions' own writes do not matter",
    do_not: "set bgwriter_delay to 10 ms at the same time: change one, and look at the counter again",
    lesson: include_str!("background_writer_stops.md"),
    check,
};

static ROUNDS: Limit<Share> = Limit {
    what: "rounds of the background writer that stopped at bgwriter_lru_maxpages",
    value: Share(0.1),
    source: "ours: the limit is meant to be reached in bursts, not in every tenth round of a day",
};

fn check(case: &Case) -> Checked {
    let wal = case.get::<Wal>()?;
    let settings = case.get::<Settings>()?;
    let Some(writer) = &wal.background_writer else {
        return Err(NotEvaluated::new(Why::NotCollected, "the background writer's counters were not read"));
    };
    window::days(Some(writer.window))?;
    let (Some(delay), Some(pages)) = (settings.seconds("bgwriter_delay"), settings.number("bgwriter_lru_maxpages"))
    else {
        return Err(NotEvaluated::new(Why::NotCollected, "the background writer's settings are not known"));
    };
    let Some(share) = Share::of(writer.stopped.0 as f64, writer.window.0 / delay.0.max(0.01)) else {
        return Ok(vec![]);
    };
    if share < ROUNDS.value || pages <= 0.0 {
        return Ok(vec![]);
    }
    let offered = (pages * 4.0).min(1000.0);
    if offered <= pages {
        return Ok(vec![]);
    }
    Ok(vec![
        Finding::new(
            Severity::Info,
            Subject::setting("bgwriter_lru_maxpages"),
            format!("the background writer stopped {} times at bgwriter_lru_maxpages = {pages}, in {share} of its rounds: sessions write the rest of the pages themselves", writer.stopped),
        )
        .measured("rounds that stopped", writer.stopped, "pg_stat_bgwriter.maxwritten_clean")
        .measured("age of the counters", writer.window, "pg_stat_bgwriter.stats_reset")
        .fix(
            change::setting(case, "bgwriter_lru_maxpages", &format!("{offered}"))
                .cost("more writes ahead of need; some pages will be written more than once"),
        )
        .weight(share.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;
    use crate::sections::wal::BackgroundWriter;
    use dbwright_model::{Count, Seconds};

    fn case(stopped: u64, maxpages: &str, days: f64) -> Case {
        let writer =
            BackgroundWriter { window: Seconds::days(days), stopped: Count(stopped), ..BackgroundWriter::default() };
        let settings =
            Settings::default().with_unit("bgwriter_delay", "200", "ms").with("bgwriter_lru_maxpages", maxpages);
        pg(15).with(&Wal { background_writer: Some(writer), ..Wal::default() }).with(&settings)
    }

    #[test]
    fn fires_when_every_second_round_stops() {
        let found = check(&case(432_000, "100", 2.0)).unwrap();
        assert!(found[0].fixes[0].statement.starts_with("ALTER SYSTEM SET bgwriter_lru_maxpages = 400;"));
    }

    #[test]
    fn fires_at_a_tenth() {
        assert_eq!(check(&case(43_200, "100", 1.0)).unwrap().len(), 1);
    }

    #[test]
    fn silent_on_bursts() {
        assert!(check(&case(40_000, "100", 2.0)).unwrap().is_empty());
    }

    #[test]
    fn silent_when_it_is_raised_or_off() {
        assert!(check(&case(432_000, "1000", 2.0)).unwrap().is_empty());
        assert!(check(&case(432_000, "0", 2.0)).unwrap().is_empty());
    }
}
