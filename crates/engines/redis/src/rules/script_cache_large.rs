use dbwright_model::{Area, Case, Checked, Count, Engine, Finding, Harm, Limit, Rule, Severity, Subject};

use super::fixes::code;
use crate::sections::info::Info;
static CACHED: Limit<Count> =
    Limit { what: "scripts in the cache", value: Count(1_000), source: "MEMORY DOCTOR (Redis 6.0 to 8.0 object.c)" };
static EVICTED: Limit<Count> = Limit {
    what: "scripts thrown out of the cache",
    value: Count(500),
    source: "the whole cache of EVAL scripts once over (Redis 7.4, Valkey 8)",
};

pub(super) const RULE: Rule = Rule {
    id: "script-cache-large",
    title: "Scripts are sent as ever new texts",
    engines: &[Engine::Redis],
    versions: "Redis 6–8, Valkey 7.2–9",
    area: Area::Workload,
    harm: Harm::Waste,
    limits: &[&CACHED, &EVICTED],
    explains: &[],
    wrong_when: "a deployment tool loads many distinct scripts once",
    do_not: "flush the script cache on a schedule: clients that use EVALSHA then fail with NOSCRIPT",
    lesson: include_str!("script_cache_large.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let info = case.get::<Info>()?;
    let cached = info.number_of_cached_scripts.unwrap_or_default();
    let evicted = info.evicted_scripts.unwrap_or_default();
    if cached < CACHED.value && evicted < EVICTED.value {
        return Ok(vec![]);
    }
    let memory = info.used_memory_scripts.unwrap_or_default() + info.used_memory_lua.unwrap_or_default();
    // Before 7.4 the cache only grows.
    let severity = if cached >= CACHED.value { Severity::Warn } else { Severity::Info };
    let cause = match cached >= CACHED.value {
        true => format!(
            "{cached} scripts are cached ({memory}) and the cache only grows: values are written into the text of EVAL"
        ),
        false => format!(
            "{evicted} scripts were thrown out of the cache of 500: values are written into the text of EVAL, and each text is compiled anew"
        ),
    };
    Ok(vec![
        Finding::new(severity, Subject::server(), cause)
            .measured("cached scripts", cached, "INFO memory.number_of_cached_scripts")
            .measured("scripts thrown out", evicted, "INFO stats.evicted_scripts")
            .weight((cached.0 + evicted.0) as f64)
            .fix(code("pass what varies as KEYS and ARGV, load the script once and call it by EVALSHA")),
    ])
}

#[cfg(test)]
mod tests {

    use super::super::testing::{found, redis, redis_6};
    use super::*;

    #[test]
    fn fires_when_the_cache_grows() {
        assert_eq!(found(check, &redis_6("number_of_cached_scripts:1000\r\n"))[0].severity, Severity::Warn);
    }

    #[test]
    fn fires_when_scripts_are_thrown_out() {
        assert_eq!(
            found(check, &redis("number_of_cached_scripts:500\r\nevicted_scripts:1000\r\n"))[0].severity,
            Severity::Info
        );
    }

    #[test]
    fn silent_on_a_library_of_scripts() {
        assert!(found(check, &redis("number_of_cached_scripts:999\r\nevicted_scripts:0\r\n")).is_empty());
    }

    #[test]
    fn silent_when_few_were_thrown_out() {
        assert!(found(check, &redis("number_of_cached_scripts:500\r\nevicted_scripts:499\r\n")).is_empty());
    }
}
