use dbwright_model::{Area, Case, Checked, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Subject, Undo};

use dbwright_model::finding::FixKind;

use super::fixes::code;
use crate::sections::info::Info;
static ALWAYS: Limit<Seconds> = Limit {
    what: "a fork",
    value: Seconds::millis(500.0),
    source: "judgement: longer than common client timeouts allow for twice",
};
static NOTICED: Limit<Seconds> = Limit {
    what: "a fork that is long for its size",
    value: Seconds::millis(100.0),
    source: "judgement: a person notices",
};
static PER_GB: Limit<Seconds> = Limit {
    what: "fork time for each GB",
    value: Seconds::millis(20.0),
    source: "Redis documentation measures 9 to 13 ms on current hosts",
};

pub(super) const RULE: Rule = Rule {
    id: "fork-slow",
    title: "Forking stops the server noticeably",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Durability,
    harm: Harm::Slowdown,
    limits: &[&ALWAYS, &NOTICED, &PER_GB],
    explains: &[],
    wrong_when: "snapshots are taken at a time when nobody is served",
    do_not: "switch persistence off for it on a server whose data matters",
    lesson: include_str!("fork_slow.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let (Some(fork), Some(used)) = (info.latest_fork, info.used_memory) else { return Ok(vec![]) };
    let per_gb = Seconds(fork.0 / (used.0 as f64 / (1u64 << 30) as f64).max(f64::MIN_POSITIVE));
    if fork < ALWAYS.value && (fork < NOTICED.value || per_gb < PER_GB.value) {
        return Ok(vec![]);
    }
    let cause = format!(
        "the last fork stopped the server for {fork} ({per_gb} for each GB): so does every snapshot, AOF rewrite and full copy to a replica"
    );
    let fix = Fix::of(FixKind::Shell, "echo never > /sys/kernel/mm/transparent_hugepage/enabled", Undo::Statement("echo always > /sys/kernel/mm/transparent_hugepage/enabled".into()))
        .cost("as root, until the next start of the machine; shortens copying after the fork. The fork itself is shortened by less data per server and by a host without old virtualisation")
        .verify("INFO stats (latest_fork_usec after the next BGSAVE)");
    Ok(vec![
        Finding::new(Severity::Warn, Subject::server(), cause)
            .measured("last fork", fork, "INFO stats.latest_fork_usec")
            .measured("memory in use", used, "INFO memory.used_memory")
            .weight(fork.0)
            .fix(fix)
            .fix(code("let a replica write the snapshots and keep only the append-only file here")),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis};
    use super::*;

    fn look(millis: u64, gb: u64) -> usize {
        found(check, &redis(&format!("latest_fork_usec:{}\r\nused_memory:{}\r\n", millis * 1000, gb << 30))).len()
    }

    #[test]
    fn fires_on_half_a_second() {
        assert_eq!(look(500, 60), 1);
    }

    #[test]
    fn fires_when_it_is_long_for_its_size() {
        assert_eq!(look(110, 5), 1);
    }

    #[test]
    fn silent_when_it_fits_the_size() {
        assert_eq!(look(400, 40), 0);
    }

    #[test]
    fn silent_when_short() {
        assert_eq!(look(99, 1), 0);
        assert_eq!(look(0, 1), 0);
    }
}
