//! The engines this binary knows: one line each.

use dbwright_model::artefact::Recogniser;
use dbwright_model::lesson::Topic;
use dbwright_model::log::LogFormat;
use dbwright_model::room::Room;
use dbwright_model::{Engine, Rule};

/// Every engine's room.
pub(crate) static ROOMS: &[&dyn Room] = &[
    &dbwright_postgres::Postgres,
    &dbwright_mysql::MySql,
    &dbwright_redis::Redis,
    &dbwright_mongodb::MongoDb,
    &dbwright_elastic::Elastic,
    &dbwright_cassandra::Cassandra,
];

/// The room of that engine.
pub(crate) fn room(engine: Engine) -> Option<&'static dyn Room> {
    ROOMS.iter().find(|room| room.engine() == engine).copied()
}

/// Every rule: the neutral ones first, then each engine's own.
pub(crate) fn rules() -> Vec<&'static Rule> {
    dbwright_rules::rules::RULES.iter().chain(ROOMS.iter().flat_map(|room| room.rules())).collect()
}

/// Everything that any room recognises in a text.
pub(crate) fn recognisers() -> Vec<&'static Recogniser> {
    ROOMS.iter().flat_map(|room| room.recognisers()).collect()
}

/// Every form of log that any room reads, and traces, which belong to none.
pub(crate) fn log_formats() -> Vec<&'static LogFormat> {
    let traces = &dbwright_log::TRACES;
    ROOMS.iter().flat_map(|room| room.log_formats()).copied().chain([traces]).collect()
}

/// Every lesson that belongs to no rule.
pub(crate) fn topics() -> Vec<&'static Topic> {
    dbwright_rules::topics::TOPICS.iter().chain(ROOMS.iter().flat_map(|room| room.topics())).collect()
}

/// Everything that one engine's room recognises in a text.
pub(crate) fn recognisers_of(engine: Engine) -> Vec<&'static Recogniser> {
    room(engine).into_iter().flat_map(|room| room.recognisers()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_an_id_of_its_own_and_explains_rules_that_exist() {
        let rules = rules();
        let ids: BTreeSet<&str> = rules.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), rules.len(), "two rules share an id");
        for rule in rules {
            for id in rule.explains {
                assert!(ids.contains(id), "{} explains {id}, which is no rule", rule.id);
            }
        }
    }

    #[test]
    fn every_engine_has_the_rules_it_was_promised() {
        let count = |engine| rules().iter().filter(|rule| rule.engines.contains(&engine)).count();
        assert!(count(Engine::Postgres) >= 60, "PostgreSQL: {}", count(Engine::Postgres));
        assert!(count(Engine::MySql) >= 50, "MySQL: {}", count(Engine::MySql));
        assert!(count(Engine::Redis) >= 20, "Redis: {}", count(Engine::Redis));
        assert!(count(Engine::MongoDb) >= 22, "MongoDB: {}", count(Engine::MongoDb));
        assert!(count(Engine::Elastic) >= 10, "Elasticsearch: {}", count(Engine::Elastic));
        assert!(count(Engine::Cassandra) >= 8, "Cassandra: {}", count(Engine::Cassandra));
    }
}
