//! What people give beside a plan of PostgreSQL: definitions, `\d`, statistics, settings, the query.

pub(crate) mod ddl;
pub(crate) mod describe;
pub(crate) mod query;
pub(crate) mod settings;
pub(crate) mod statistics;
pub(crate) mod units;

#[cfg(test)]
mod tests {
    use dbwright_model::artefact::Input;

    proptest::proptest! {
        #[test]
        fn nothing_panics_and_claims_stay_inside(
            noise in "\\PC{0,40}",
            parts in proptest::collection::vec(
                " Column | Type |Table \"a.b\"\n|Indexes:\n    \"i\" btree |name|setting|relname|reltuples|indexdef|tablename|attname|n_distinct|last_analyze|SHOW work_mem|work_mem = 4MB|CREATE TABLE t | \\| |-+|\\+|\n|\n\n|\t|,|'|\"|`|\\(|\\)|;|=|é|[a-z_]{1,6}|[0-9]{1,3}",
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
