//! Any text is a target or a clear refusal, and no form of it prints the password it was given.
#![no_main]

use dbwright_model::{Target, Version};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = Target::parse(text);
    let _ = text.parse::<Version>();
    if let Ok(target) = Target::parse(&format!("postgres://u:zqSecretzq@{text}")) {
        assert!(!format!("{target:?}").contains("zqSecretzq"));
    }
});
