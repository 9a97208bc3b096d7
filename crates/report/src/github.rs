//! GitHub workflow commands: one annotation a group, then a summary.

use dbwright_model::Severity;

use crate::clean;
use crate::group::groups;
use crate::plan;
use crate::text::some;
use crate::view::{View, counts, named, plural};

pub(crate) fn commands(view: &View<'_>) -> String {
    let mut out = String::new();
    for group in groups(view) {
        let finding = group.lead;
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warn => "warning",
            Severity::Info => "notice",
        };
        let mut text = format!("{}.", finding.cause);
        if let Some(fix) = finding.fixes.first() {
            text.push_str(&format!("\nfix: {}", fix.statement));
        }
        if !group.more.is_empty() {
            text.push_str(&format!("\nand {} more: {}", group.more.len(), some(group.more.iter().copied(), 10)));
        }
        for (rule, findings) in &group.symptoms {
            text.push_str(&format!("\nexplains {} × {rule}", findings.len()));
        }
        if let Some(saving) = plan::saving_of(view, finding) {
            text.push_str(&format!("\nsaves {saving}"));
        }
        let place = plan::found_at(view, finding);
        let place = place.map_or(String::new(), |(file, line)| format!("file={},line={line},", property(&file)));
        let title = format!("{} {}", finding.rule, named(&finding.subject));
        out.push_str(&format!("::{command} {place}title={}::{}\n", property(&title), data(&text)));
    }
    let found = match view.shown().count() {
        0 if view.evaluated() == 0 => "no rule could be evaluated".to_owned(),
        0 => "nothing to report".to_owned(),
        n => format!("{} ({})", plural(n, "finding"), counts(view.shown())),
    };
    let mut summary =
        format!("dbwright: {found}; {} of {} evaluated", view.evaluated(), plural(view.diagnosis.rules, "rule"));
    if view.hidden() > 0 {
        summary.push_str(&format!("; {} below the asked severity", view.hidden()));
    }
    if !view.diagnosis.suppressed.is_empty() {
        summary.push_str(&format!("; {} suppressed", view.diagnosis.suppressed.len()));
    }
    out.push_str(&summary);
    out.push('\n');
    out
}

fn data(text: &str) -> String {
    clean::block(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&clean::line(text)).replace(':', "%3A").replace(',', "%2C")
}
