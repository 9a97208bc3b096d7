//! Finds the statement in what `auto_explain` logs, in all its formats.

/// The statement of a plan, without the format's escapes; empty when it is not there.
pub(super) fn statement<'a>(plan: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    if let Some(text) = plan.strip_prefix(b"Query Text: ") {
        return match text.first() {
            // YAML quotes it and text does not; a statement does not begin with a quoted identifier.
            Some(b'"') => unescaped(&text[1..], scratch),
            _ => of_text(text),
        };
    }
    let head = &plan[..plan.len().min(64)];
    if let Some(at) = memchr::memmem::find(head, b"\"Query Text\": \"") {
        return unescaped(&plan[at + 15..], scratch);
    }
    if let Some(at) = memchr::memmem::find(&plan[..plan.len().min(160)], b"<Query-Text>") {
        let text = &plan[at + 12..];
        let end = memchr::memmem::find(text, b"</Query-Text>").unwrap_or(text.len());
        return without_entities(&text[..end], scratch);
    }
    b""
}

/// In plain text, the plan follows the statement: its first line is the first that ends in estimates.
fn of_text(text: &[u8]) -> &[u8] {
    let mut end = text.len();
    for estimate in memchr::memmem::find_iter(text, b"  (cost=") {
        if text.get(estimate + 8).is_some_and(u8::is_ascii_digit) {
            end = memchr::memrchr(b'\n', &text[..estimate]).unwrap_or(estimate);
            break;
        }
    }
    let text = &text[..end];
    match memchr::memmem::rfind(text, b"\nQuery Parameters: ") {
        Some(parameters) => &text[..parameters],
        None => text,
    }
}

/// A string of JSON or YAML up to its closing quote.
fn unescaped<'a>(text: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let mut at = 0;
    loop {
        match memchr::memchr2(b'"', b'\\', &text[at..]).map(|next| at + next) {
            None => return text,
            Some(end) if text[end] == b'"' && at == 0 => return &text[..end],
            Some(end) if text[end] == b'"' => break,
            Some(escape) => at = (escape + 2).min(text.len()),
        }
    }
    scratch.clear();
    super::json::unescape(text, scratch);
    scratch
}

/// Text of XML.
fn without_entities<'a>(text: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    if memchr::memchr(b'&', text).is_none() {
        return text;
    }
    scratch.clear();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest) {
        scratch.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let entities: [(&[u8], u8); 5] =
            [(b"&lt;", b'<'), (b"&gt;", b'>'), (b"&amp;", b'&'), (b"&quot;", b'"'), (b"&#x0d;", b'\r')];
        let (length, byte) = entities
            .iter()
            .find(|(entity, _)| rest.starts_with(entity))
            .map_or((1, b'&'), |(entity, byte)| (entity.len(), *byte));
        scratch.push(byte);
        rest = &rest[length..];
    }
    scratch.extend_from_slice(rest);
    scratch
}

#[cfg(test)]
mod tests {
    fn of(plan: &str) -> String {
        let mut scratch = Vec::new();
        String::from_utf8_lossy(super::statement(plan.as_bytes(), &mut scratch)).into_owned()
    }

    #[test]
    fn every_format_gives_the_statement() {
        let said = "select a\nfrom \"T\" where b < 'x\\y' & 1";
        assert_eq!(of(&format!("Query Text: {said}\nSeq Scan on \"T\"  (cost=0.00..1.00 rows=1 width=4)\n")), said);
        let text = format!("Query Text: {said}\nQuery Parameters: $1 = '7'\nResult  (cost=0.00..0.01 rows=1 width=4)");
        assert_eq!(of(&text), said);
        let escaped = "select a\\nfrom \\\"T\\\" where b < 'x\\\\y' & 1";
        assert_eq!(of(&format!("{{\n  \"Query Text\": \"{escaped}\",\n  \"Plan\": {{}}\n}}")), said);
        assert_eq!(of(&format!("Query Text: \"{escaped}\"\nPlan: \n  Node Type: \"Result\"")), said);
        let entities = "select a\nfrom &quot;T&quot; where b &lt; 'x\\y' &amp; 1";
        let xml = format!(
            "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Query-Text>{entities}</Query-Text>\n"
        );
        assert_eq!(of(&xml), said);
        assert_eq!(of("{\n  \"Query Text\": \"select 1\",\n"), "select 1");
        assert_eq!(of("Seq Scan"), "");
        assert_eq!(of("{\"Query Text\": \"cut \\"), "cut \\");
    }
}
