use dbwright_model::finding::FixKind;
use dbwright_model::{
    Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, NotEvaluated, Rule, Seconds, Section, Severity, Share,
    Subject, Undo, Why,
};

use crate::sections::cluster::{Cluster, SlotStat};
use crate::sections::commands::Commands;

static SHARE: Limit<Share> = Limit {
    what: "share of the node's command time in one slot",
    value: Share(0.25),
    source: "own choice: of thousands of slots on a node one should take well below a percent",
};
static BUSY: Limit<Share> = Limit {
    what: "share of one core the slot takes on average",
    value: Share(0.05),
    source: "own choice: commands run on one core; a slot that takes less does not hold the node back",
};
static WARN: Limit<Share> = Limit {
    what: "share of one core the slot takes on average (warn)",
    value: Share(0.4),
    source: "own choice: twice that at the peak leaves no room, and a slot cannot be split over nodes",
};
static WINDOW: Limit<Seconds> =
    Limit { what: "uptime", value: Seconds::hours(24.0), source: "a day holds every usual load" };

pub(super) const RULE: Rule = Rule {
    id: "hot-slots",
    title: "One slot takes much of its node's time",
    engines: &[Engine::Redis],
    versions: "Valkey 8+, Redis 8.2+, with cluster-slot-stats-enabled",
    area: Area::Workload,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &BUSY, &WARN, &WINDOW],
    explains: &[],
    wrong_when: "the time comes from one rare heavy command, such as a large KEYS or SORT: see the slow log",
    do_not: "add nodes for it: a slot is served by one node, however many there are",
    lesson: include_str!("hot_slots.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let cluster = case.get::<Cluster>()?;
    if cluster.hot_slots.is_empty() {
        let gap = case.gaps.iter().find(|gap| gap.section == Cluster::ID && gap.part.as_deref() == Some("slots"));
        return gap.map_or(Ok(vec![]), |gap| Err(NotEvaluated::from(gap)));
    }
    let Some(uptime) = case.server.uptime else { return Ok(vec![]) };
    if uptime < WINDOW.value {
        let reason =
            NotEvaluated::new(Why::Window, format!("the counters cover {uptime}, this needs {}", WINDOW.value));
        return Err(reason.allow("look again when the server has been up that long"));
    }
    let total = case.get::<Commands>()?.total_time().0;
    Ok(cluster.hot_slots.iter().filter_map(|slot| finding(slot, total, uptime)).collect())
}

fn finding(slot: &SlotStat, total: f64, uptime: Seconds) -> Option<Finding> {
    let time = slot.time?;
    let share = Share::of(time.0, total).filter(|share| share.0 >= SHARE.value.0)?;
    let busy = Share::of(time.0, uptime.0).filter(|busy| busy.0 >= BUSY.value.0)?;
    let severity = if busy.0 >= WARN.value.0 { Severity::Warn } else { Severity::Info };
    let number = slot.slot;
    let keys = match slot.keys.0 {
        1 => "one key".to_owned(),
        n => format!("{n} keys"),
    };
    let cause = format!(
        "slot {number} with {keys} took {share} of the time this node spends on commands, {busy} of a core: it grows on this one node only"
    );
    let fix = Fix::of(
        FixKind::Command,
        format!("CLUSTER GETKEYSINSLOT {number} 20"),
        Undo::NotNeeded("it only looks".into()),
    )
    .cost("names the keys: split a {tag} that many of them share into several, keep a single hot key in the clients (client-side caching) or read it from replicas; moving the slot's neighbours away (redis-cli --cluster reshard) only gives it room");
    Some(
        Finding::new(severity, Subject::server(), cause)
            .measured("slot's time", time, "CLUSTER SLOT-STATS cpu-usec")
            .measured("all commands", Seconds(total), "INFO commandstats usec")
            .measured("keys in the slot", slot.keys, "CLUSTER SLOT-STATS key-count")
            .weight(time.0)
            .fix(fix),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, valkey};
    use super::*;
    use dbwright_model::{Count, Gap};

    /// A node that was up for so many hours and spent `total` seconds on commands, `time` of them for one slot.
    fn node(hours: f64, total: f64, time: f64) -> Case {
        let info = format!(
            "uptime_in_seconds:{}\r\ncmdstat_get:calls=1000,usec={},usec_per_call=1.0\r\n",
            hours * 3600.0,
            total * 1e6
        );
        let slot = SlotStat { slot: 5474, keys: Count(3), time: Some(Seconds(time)) };
        let idle = SlotStat { slot: 7, keys: Count(300), time: Some(Seconds(1.0)) };
        valkey(&info).with(&Cluster { hot_slots: vec![slot, idle], ..Cluster::default() })
    }

    #[test]
    fn fires_on_a_slot_that_takes_most() {
        let found = found(check, &node(100.0, 60_000.0, 36_000.0));
        assert_eq!((found.len(), found[0].severity), (1, Severity::Info));
        assert_eq!(found[0].fixes[0].statement, "CLUSTER GETKEYSINSLOT 5474 20");
    }

    #[test]
    fn fires_louder_when_it_nearly_fills_a_core() {
        assert_eq!(found(check, &node(100.0, 300_000.0, 180_000.0))[0].severity, Severity::Warn);
    }

    #[test]
    fn silent_below_a_quarter_of_the_time() {
        assert!(found(check, &node(100.0, 300_000.0, 74_000.0)).is_empty());
    }

    #[test]
    fn silent_on_a_node_with_little_to_do() {
        assert!(found(check, &node(100.0, 20_000.0, 17_000.0)).is_empty());
    }

    #[test]
    fn silent_but_open_while_young_or_not_counted() {
        assert_eq!(check(&node(23.0, 60_000.0, 36_000.0)).unwrap_err().why, Why::Window);
        let mut off = valkey("uptime_in_seconds:900000\r\n").with(&Cluster::default());
        off.miss(Gap {
            section: Cluster::ID.into(),
            part: Some("slots".into()),
            why: Why::Setting,
            detail: "slot statistics are off".into(),
            allow: Some("CONFIG SET cluster-slot-stats-enabled yes".into()),
        });
        assert_eq!(check(&off).unwrap_err().why, Why::Setting);
    }
}
