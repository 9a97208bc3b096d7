use dbwright_model::{Area, Bytes, Case, Checked, Engine, Finding, Harm, Limit, Rule, Settings, Severity, Subject};

use super::change;

static BUFFERS: Limit<Bytes> =
    Limit { what: "shared_buffers at least", value: Bytes::gib(8), source: "postgresqltuner, pgtune (from 2 GB on)" };

pub(super) const RULE: Rule = Rule {
    id: "huge-pages-off",
    title: "A big buffer cache uses small memory pages",
    engines: &[Engine::Postgres],
    versions: "12–19",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&BUFFERS],
    explains: &[],
    wrong_when: "the operating system offers none, as in many containers",
    do_not: "rely on transparent huge pages: they do not apply to shared memory as it is used here, and stall under pressure",
    lesson: include_str!("huge_pages_off.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let settings = case.get::<Settings>()?;
    let Some(buffers) = settings.bytes("shared_buffers").filter(|size| size.0 >= BUFFERS.value.0) else {
        return Ok(vec![]);
    };
    if settings.text("huge_pages") != Some("off") || case.server.managed.is_some() {
        return Ok(vec![]);
    }
    let cause = format!(
        "huge_pages is off with {buffers} of shared_buffers: each backend needs page tables of its own for all of it"
    );
    Ok(vec![
        Finding::new(Severity::Info, Subject::setting("huge_pages"), cause)
            .catalog("huge_pages", "off", "pg_settings.setting")
            .catalog("shared_buffers", buffers, "pg_settings.setting")
            .fix(change::setting_at_restart(case, "huge_pages", "try").cost("a restart; reserve them first: vm.nr_hugepages as shared_memory_size_in_huge_pages says (15 and later)")),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::pg;
    use super::*;

    fn found(gib: u64, huge: &str) -> Vec<Finding> {
        let settings = Settings::default()
            .with_unit("shared_buffers", &(gib * 131_072).to_string(), "8kB")
            .with("huge_pages", huge);
        check(&pg(15).with(&settings)).unwrap()
    }

    #[test]
    fn fires_with_a_big_cache() {
        assert_eq!(found(16, "off").len(), 1);
    }

    #[test]
    fn fires_at_the_limit() {
        assert_eq!(found(8, "off")[0].subject.name, "huge_pages");
    }

    #[test]
    fn silent_when_tried() {
        assert!(found(16, "try").is_empty());
    }

    #[test]
    fn silent_with_a_small_cache() {
        assert!(found(4, "off").is_empty());
    }
}
