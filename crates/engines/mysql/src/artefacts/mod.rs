//! What people give beside a plan of MySQL or MariaDB: definitions, `SHOW …`, the query.

pub(crate) mod ddl;
pub(crate) mod query;
pub(crate) mod show;
pub(crate) mod variables;

#[cfg(test)]
mod tests {
    use dbwright_model::artefact::Input;

    proptest::proptest! {
        #[test]
        fn nothing_panics_and_claims_stay_inside(
            noise in "\\PC{0,40}",
            parts in proptest::collection::vec(
                "Table|Create Table|Key_name|Seq_in_index|Variable_name|Value|@@version|\\*\\*\\* 1. row \\*\\*\\*\n|CREATE TABLE `t` | \\| |-+|\\+|\n|\n\n|\t|,|'|\"|`|\\(|\\)|;|=|é|[a-z_]{1,6}|[0-9]{1,3}",
                0..60,
            ),
        ) {
            for text in [parts.concat(), format!("{}{noise}{}", parts.concat(), parts.concat())] {
                let input = Input::new("-", &text);
                for piece in crate::plan::RECOGNISERS.iter().flat_map(|recogniser| (recogniser.find)(&input)) {
                    proptest::prop_assert!(piece.lines.start <= piece.lines.end && piece.lines.end <= input.lines.len());
                }
            }
        }
    }
}
