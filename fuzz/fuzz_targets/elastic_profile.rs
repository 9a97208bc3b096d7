//! Any text is a profile of a search or is left alone; the tree of one is sound, and no rule minds it.
#![no_main]

use dbwright_model::artefact::{Artefact, Input};
use dbwright_model::plan::Plans;
use dbwright_model::{Case, Product, Redaction, Server, Version};
use dbwright_sql::Dialect;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let input = Input::new("fuzz", text);
    for recogniser in dbwright_elastic::plan::RECOGNISERS {
        for piece in (recogniser.find)(&input) {
            assert!(piece.lines.end <= input.lines.len() && !piece.lines.is_empty());
            let Ok(Artefact::Plan(mut plan)) = piece.artefact else { continue };
            dbwright_plan::account(&mut plan);
            dbwright_plan::redact(&mut plan, Dialect::MySql, Redaction::Literals);
            let case = Case::new(Server::new(Product::OpenSearch, Version::default()), Redaction::Literals)
                .with(&Plans { plans: vec![*plan] });
            for rule in dbwright_elastic::rules::RULES {
                let _ = (rule.check)(&case);
            }
        }
    }
});
