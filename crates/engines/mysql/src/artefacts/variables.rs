//! `SHOW VARIABLES` and `SELECT @@…`.

use dbwright_model::artefact::{Artefact, Confidence, Input, Piece, Recogniser};
use dbwright_model::{Setting, Settings};
use dbwright_reading::asked::asked;
use dbwright_reading::table;

use crate::sections::settings::{shown, unit};

pub(crate) const RECOGNISER: Recogniser =
    Recogniser { id: "mysql-variables", reads: "variables of MySQL or MariaDB (SHOW VARIABLES) beside a plan", find };

fn find(input: &Input<'_>) -> Vec<Piece> {
    let wanted = |header: &[String]| {
        let names: Vec<String> = header.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        names == ["variable_name", "value"]
            || names == ["variable_name", "variable_value"]
            || (!names.is_empty() && names.iter().all(|name| name.starts_with("@@")))
    };
    let mut pieces = Vec::new();
    for found in table::tables(&input.lines, &wanted) {
        let mut settings = Settings::default();
        let mut take = |name: &str, value: &str| {
            // counters of SHOW STATUS stand in the same kind of table
            if name.is_empty() || name.starts_with(|c: char| c.is_ascii_uppercase()) {
                return;
            }
            let name = name.to_ascii_lowercase();
            let unit = unit(&name).map(str::to_owned);
            settings
                .0
                .insert(name.clone(), Setting { value: shown(&name, value.to_owned()), unit, ..Setting::default() });
        };
        for row in &found.rows {
            if found.header[0].trim().starts_with("@@") {
                for (name, value) in found.header.iter().zip(&row.cells) {
                    let name = name.trim().trim_start_matches('@');
                    let name = name.strip_prefix("global.").or(name.strip_prefix("session.")).unwrap_or(name);
                    take(name, value.trim());
                }
            } else if let Some(name) = row.cells.first() {
                take(name.trim(), row.cells.get(1).map_or("", |value| value.trim()));
            }
        }
        if !settings.0.is_empty() {
            pieces.push(Piece {
                lines: asked(&input.lines, found.lines),
                confidence: Confidence::Certain,
                artefact: Ok(Artefact::Settings(settings)),
            });
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_no_counters() {
        let text = "mysql> SHOW VARIABLES LIKE '%size';\n+------------------+--------+\n| Variable_name    | Value  |\n+------------------+--------+\n\
            | sort_buffer_size | 262144 |\n| init_connect     | SET @a |\n+------------------+--------+\n2 rows in set (0.00 sec)\n";
        let pieces = find(&Input::new("-", text));
        assert_eq!(pieces[0].lines, 0..8);
        let Ok(Artefact::Settings(settings)) = &pieces[0].artefact else { panic!() };
        assert_eq!(settings.get("sort_buffer_size").unwrap().unit.as_deref(), Some("B"));
        assert_eq!(settings.text("init_connect"), Some("(set)"));
        assert!(find(&Input::new("-", "Variable_name\tValue\nThreads_running\t5\n")).is_empty());
        assert_eq!(
            find(&Input::new("-", "+-----------+\n| @@version |\n+-----------+\n| 8.4.0     |\n+-----------+\n")).len(),
            1
        );
    }
}
