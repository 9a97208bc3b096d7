//! The vocabulary of dbwright: what a target, a case, a finding and a rule are.
//!
//! Everything flows one way: `Target → Case → Findings → Fixes → Proofs`. This crate depends on
//! none of ours and does no I/O: it is values, their units, their forms on disk, and nothing else.

pub mod access;
pub mod activity;
pub mod artefact;
pub mod bundle;
pub mod candidate;
pub mod case;
pub mod catalog;
pub mod diagnosis;
pub mod engine;
pub mod finding;
pub mod indexing;
pub mod lesson;
pub mod log;
pub mod plan;
pub mod privacy;
pub mod proof;
pub mod room;
pub mod rule;
pub mod sample;
pub mod settings;
pub mod target;
pub mod units;
pub mod values;
pub mod whatif;
pub mod workload;

pub use access::AccessPatterns;
pub use activity::Activity;
pub use candidate::{AccessMethod, Candidate, CandidateKey, KeyOf};
pub use case::{Case, Gap, Section, Server, Why};
pub use catalog::Catalog;
pub use diagnosis::Diagnosis;
pub use engine::{Engine, Product, Version};
pub use finding::{Evidence, Finding, Fix, Grade, Harm, Origin, PlanNode, Risk, Severity, Subject, SubjectKind, Undo};
pub use plan::{Plan, Plans};
pub use privacy::{Label, Name, Redaction, Secret, SqlText};
pub use proof::Proof;
pub use rule::{Area, Checked, Limit, NotEvaluated, Rule};
pub use sample::Sample;
pub use settings::{Setting, Settings};
pub use target::Target;
pub use units::{Bytes, Count, Quantity, Rate, Ratio, Rows, Seconds, Share};
pub use workload::Workload;
