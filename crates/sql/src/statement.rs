//! Whole statements.

mod parse;
mod spelling;

pub use parse::NotUnderstood;
/// Temporary.
pub fn parses(text: &str, dialect: crate::Dialect) -> Result<(), NotUnderstood> {
    parse::parse(text, dialect).map(|_| ())
}
