//! Lessons that are about no single rule.

use dbwright_model::lesson::Topic;

/// What is true of any database.
pub static TOPICS: &[Topic] =
    &[Topic { id: "plan-reading", engine: None, text: include_str!("topics/plan_reading.md") }];
