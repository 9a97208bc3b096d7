//! What a query says it searches, in Lucene's notation, with its values quoted so that they can be taken out.

/// `+body:w17 #price:[1.0 TO 2.0]` as `+body:'w17' #price:'[1.0 TO 2.0]'`. Scripts go as a whole.
pub(crate) fn quoted(description: &str) -> String {
    let (text, script) = match description.find("{Script{").or_else(|| description.find("Script{")) {
        Some(at) => (&description[..at], true),
        None => (description, false),
    };
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    let mut behind_name = false;
    while let Some(c) = rest.chars().next() {
        if c == ':' && behind_name {
            out.push(':');
            rest = &rest[1..];
            let end = value_end(rest);
            if end > 0 {
                out.push_str(&single(&rest[..end]));
            }
            rest = &rest[end..];
            behind_name = false;
            continue;
        }
        // A value without a field: numbers, texts in quotes.
        if c == '"' || c == '\'' {
            let end = rest[1..].find(c).map_or(rest.len(), |end| end + 2);
            out.push_str(&single(rest[..end].trim_matches(c)));
            rest = &rest[end..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
        behind_name = c.is_alphanumeric() || "_.*@-".contains(c);
    }
    if script {
        out.push_str("'script'");
    }
    out
}

/// Where the value behind `field:` ends; 0 when it is a group of clauses.
fn value_end(text: &str) -> usize {
    let close = |open: char, close: char| {
        let mut depth = 0usize;
        for (at, c) in text.char_indices() {
            if c == open {
                depth += 1;
            } else if c == close {
                depth -= 1;
                if depth == 0 {
                    return at + c.len_utf8();
                }
            }
        }
        text.len()
    };
    match text.chars().next() {
        Some('"') => text[1..].find('"').map_or(text.len(), |end| end + 2),
        Some('/') => text[1..].find('/').map_or(text.len(), |end| end + 2),
        Some('[' | '{') => {
            // Ranges may be closed on one side only.
            text.find([']', '}']).map_or(text.len(), |end| end + 1)
        }
        Some('(') => close('(', ')'),
        _ => text.find([' ', ')', ',', '^', '|', '~']).unwrap_or(text.len()),
    }
}

fn single(text: &str) -> String {
    format!("'{}'", text.trim_matches('"').replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Whether a description has a wildcard or regular expression that starts with anything.
pub(crate) fn leads_with_anything(description: &str) -> bool {
    description.match_indices(':').any(|(at, _)| {
        let value = &description[at + 1..];
        let value = value.strip_prefix('/').unwrap_or(value);
        let anything = value.starts_with(['*', '?'])
            || value.starts_with(".*")
            || value.starts_with(".+")
            || value.starts_with('@');
        anything && !value.starts_with("* ") && value != "*" && !value.starts_with("*)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted() {
        for (text, expected) in [
            ("+body:w17 #kind:k1", "+body:'w17' #kind:'k1'"),
            ("body:\"common w17\"", "body:'common w17'"),
            ("price:[10.0 TO 20.0] x", "price:'[10.0 TO 20.0]' x"),
            ("user:/u.*7/", "user:'/u.*7/'"),
            ("ConstantScore(body:it's)", "ConstantScore(body:'it\\'s')"),
            (
                "script_score (body:common, script: {Script{type=inline, idOrCode='return 5'}})",
                "script_score (body:'common', script: 'script'",
            ),
            ("*:*", "*:'*'"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn wildcards_in_front() {
        assert!(leads_with_anything("user:*77*") && leads_with_anything("+user:/.*7/"));
        assert!(
            !leads_with_anything("user:u77*")
                && !leads_with_anything("*:*")
                && !leads_with_anything("ConstantScore(*:*)")
        );
    }
}
