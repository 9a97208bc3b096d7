//! The operators of a logged plan, in order: enough to tell that a statement changed its plan.

/// Operators and what they work on, without figures and conditions: `Nested Loop > Seq Scan on a > Index Scan using i on b`.
/// Reads the text and the JSON form; of anything else it tells nothing.
pub(crate) fn outline(plan: &[u8]) -> String {
    let plan = String::from_utf8_lossy(plan);
    let operators: Vec<String> = match plan.contains("\"Node Type\"") {
        true => json(&plan),
        false => plan.lines().filter_map(line).map(str::to_owned).collect(),
    };
    operators.join(" > ")
}

/// The operator of a line of a text plan.
fn line(line: &str) -> Option<&str> {
    let figures = ["  (cost=", "  (actual ", "  (never executed"];
    let end = figures.iter().filter_map(|mark| line.find(mark)).min()?;
    let operator = line.get(..end)?.trim();
    Some(operator.strip_prefix("->").unwrap_or(operator).trim())
}

/// The operators of a JSON plan, with their index or table.
fn json(plan: &str) -> Vec<String> {
    let mut operators: Vec<String> = Vec::new();
    for line in plan.lines() {
        let Some((key, value)) = line.trim().split_once("\": \"") else { continue };
        let value = value.trim_end_matches(',').trim_end_matches('"');
        match (key.trim_start_matches('"'), operators.last_mut()) {
            ("Node Type", _) => operators.push(value.to_owned()),
            ("Index Name", Some(last)) => last.push_str(&format!(" using {value}")),
            ("Relation Name", Some(last)) => last.push_str(&format!(" on {value}")),
            _ => {}
        }
    }
    operators
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_without_figures() {
        let text = "Nested Loop  (cost=0.42..9 rows=1 width=8)\n  ->  Seq Scan on a  (cost=0..1 rows=1 width=4)\n        \
                    Filter: (secret = 1)\n  ->  Index Scan using i on b  (never executed)";
        assert_eq!(outline(text.as_bytes()), "Nested Loop > Seq Scan on a > Index Scan using i on b");
        let json = "{\n \"Plan\": {\n  \"Node Type\": \"Index Scan\",\n  \"Index Name\": \"i\",\n  \
                    \"Relation Name\": \"b\",\n  \"Filter\": \"(secret = 1)\"\n }\n}";
        assert_eq!(outline(json.as_bytes()), "Index Scan using i on b");
        assert_eq!(outline(b"\xff nothing"), "");
    }
}
