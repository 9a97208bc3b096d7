//! Whatever is pasted, the whole way: read by every room's recognisers, accounted for, redacted, judged by every rule, and shown.
#![no_main]

use dbwright_cassandra::Cassandra;
use dbwright_elastic::Elastic;
use dbwright_model::artefact::{Artefact, Input, Recogniser};
use dbwright_model::room::Room;
use dbwright_model::{Case, Engine, Plans, Redaction, Rule, Server, Version};
use dbwright_mongodb::MongoDb;
use dbwright_mysql::MySql;
use dbwright_postgres::Postgres;
use dbwright_report::{Format, View};
use dbwright_sql::Dialect;

static ROOMS: [&dyn Room; 5] = [&Postgres, &MySql, &MongoDb, &Elastic, &Cassandra];

libfuzzer_sys::fuzz_target!(|text: &str| {
    let recognisers: Vec<&'static Recogniser> = ROOMS.iter().flat_map(|room| room.recognisers()).collect();
    let mut cases: Vec<Plans> = Vec::new();
    for found in dbwright_reading::read(&[Input::new("-", text)], &recognisers).found {
        let Artefact::Plan(mut plan) = found.artefact else { continue };
        dbwright_plan::account(&mut plan);
        let dialect = if plan.product.engine() == Engine::Postgres { Dialect::Postgres } else { Dialect::MySql };
        dbwright_plan::redact(&mut plan, dialect, Redaction::Literals);
        cases.push(Plans { plans: vec![*plan] });
    }
    for plans in cases {
        let (product, since) = (plans.plans[0].product, plans.plans[0].since);
        let case = Case::new(Server::new(product, since.unwrap_or(Version::new(0, 0, 0))), Redaction::Literals).with(&plans);
        for room in ROOMS.iter().filter(|room| room.engine() == product.engine()) {
            let diagnosis = dbwright_rules::diagnose(&case, room.rules(), Default::default());
            for format in [Format::Text, Format::Html] {
                let rules: Vec<&Rule> = room.rules().iter().collect();
                let view = View {
                    diagnosis: &diagnosis,
                    rules: &rules,
                    all: true,
                    width: 80,
                    color: false,
                    target: "",
                    case: Some(&case),
                    min: None,
                    files: None,
                    ascii: false,
                };
                dbwright_report::render(format, &view, &mut std::io::sink()).unwrap();
            }
        }
    }
});
