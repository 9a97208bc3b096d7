//! Every format over the same diagnoses: what it looks like, what it must never let through.

use std::time::Instant;

use dbwright_model::{Diagnosis, Severity};
use serde_json::Value;

use crate::sample::{self, HOSTILE, view};
use crate::{Change, Format, View, render};

fn shown(format: Format, view: &View<'_>) -> String {
    let mut out = Vec::new();
    render(format, view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The rich diagnosis without its three hundred, so that snapshots can be read.
fn short() -> Diagnosis {
    let mut diagnosis = sample::rich();
    let keep = diagnosis.findings.iter().position(|f| f.rule == "unused-index").unwrap() + 7;
    diagnosis.findings.truncate(keep);
    diagnosis
}

#[test]
fn text_at_eighty_columns() {
    insta::assert_snapshot!(shown(Format::Text, &view(&sample::rich(), Some(&sample::case()))));
}

#[test]
fn text_at_forty_columns() {
    insta::assert_snapshot!(shown(Format::Text, &View { width: 40, ..view(&sample::rich(), None) }));
}

#[test]
fn text_with_everything() {
    insta::assert_snapshot!(shown(Format::Text, &View { all: true, ..view(&short(), None) }));
}

#[test]
fn text_of_a_healthy_system() {
    insta::assert_snapshot!(shown(Format::Text, &view(&sample::empty(), None)));
}

#[test]
fn json_document() {
    insta::assert_snapshot!(shown(Format::Json, &view(&short(), None)));
}

#[test]
fn markdown_comment() {
    insta::assert_snapshot!(shown(Format::Markdown, &view(&short(), None)));
}

#[test]
fn sarif_log() {
    insta::assert_snapshot!(shown(Format::Sarif, &view(&short(), None)));
}

#[test]
fn github_commands() {
    insta::assert_snapshot!(shown(Format::Github, &view(&short(), None)));
}

#[test]
fn doctor_page() {
    let mut out = Vec::new();
    crate::doctor_text(&view(&sample::rich(), None), &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn lesson_on_a_terminal() {
    let mut out = Vec::new();
    crate::lesson(sample::rules()[0], 60, false, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn json_keeps_to_its_schema() {
    let schema = jsonschema::validator_for(&json(crate::SCHEMA)).unwrap();
    for diagnosis in [sample::rich(), sample::hostile(), sample::empty()] {
        let document = json(&shown(Format::Json, &view(&diagnosis, None)));
        let errors: Vec<String> =
            schema.iter_errors(&document).map(|e| format!("{e} at {}", e.instance_path)).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let mut broken = json(&shown(Format::Json, &view(&sample::rich(), None)));
    broken["findings"][0]["severity"] = "loud".into();
    assert!(!schema.is_valid(&broken), "the schema must be able to say no");
}

#[test]
fn jsonl_is_a_head_findings_and_a_tail() {
    let diagnosis = sample::rich();
    let text = shown(Format::Jsonl, &view(&diagnosis, None));
    let lines: Vec<Value> = text.lines().map(json).collect();
    assert_eq!(lines.len(), diagnosis.findings.len() + 2);
    assert_eq!(lines[0]["type"], "head");
    assert!(lines[1..lines.len() - 1].iter().all(|line| line["type"] == "finding" && line["rule"].is_string()));
    assert_eq!(lines[lines.len() - 1]["summary"]["rules"], 112);
}

#[test]
fn sarif_has_what_readers_need() {
    let diagnosis = sample::rich();
    let log = json(&shown(Format::Sarif, &view(&diagnosis, None)));
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), diagnosis.findings.len() + diagnosis.suppressed.len());
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert_eq!(result["partialFingerprints"]["ruleAndSubject/v1"].as_str().unwrap().len(), 16);
        assert!(result["locations"][0]["logicalLocations"][0]["name"].is_string());
        assert!(result["message"]["text"].is_string());
    }
    assert!(rules.iter().all(|rule| rule["help"]["markdown"].is_string() && rule.get("helpUri").is_none()));
}

#[test]
fn no_format_obeys_a_name() {
    let diagnosis = sample::hostile();
    let case = sample::case();
    for all in [false, true] {
        for &format in Format::ALL {
            let page = shown(format, &View { all, ..view(&diagnosis, Some(&case)) });
            assert!(!page.contains('\x1b'), "{format} lets an escape sequence through");
            match format {
                Format::Text => assert!(!page.contains('\u{202e}')),
                Format::Html => {
                    assert_eq!(page.matches("<script").count(), 1, "only our own");
                    assert!(!page.contains("\"']]>"));
                }
                Format::Markdown => {
                    let outside: String = page.split("```").step_by(2).collect();
                    assert!(!outside.lines().any(|line| line.starts_with("::error") || line.starts_with("@")));
                }
                Format::Github => assert_eq!(page.lines().filter(|line| line.starts_with("::")).count(), 1),
                Format::Json | Format::Jsonl | Format::Sarif => {}
            }
        }
    }
    let document = json(&shown(Format::Json, &view(&diagnosis, None)));
    assert_eq!(document["findings"][0]["subject"]["name"], HOSTILE, "JSON keeps the name as it is");
}

#[test]
fn html_asks_for_nothing_outside() {
    let diagnosis = sample::rich();
    let page = shown(Format::Html, &view(&diagnosis, Some(&sample::case())));
    for outside in ["http://", "https://", "src=", "@import", "url(", "javascript:"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(page.matches("<script").count(), 1, "raw HTML in a lesson is shown, not obeyed");
    if let Ok(path) = std::env::var("DBWRIGHT_PAGE") {
        std::fs::write(path, page).unwrap();
    }
}

#[test]
fn the_same_view_gives_the_same_bytes() {
    let case = sample::case();
    for &format in Format::ALL {
        let once = shown(format, &view(&sample::rich(), Some(&case)));
        assert_eq!(once, shown(format, &view(&sample::rich(), Some(&case))), "{format}");
    }
}

#[test]
fn prose_keeps_to_the_width_and_statements_stay_whole() {
    let diagnosis = sample::rich();
    let case = sample::case();
    for width in [40, 80] {
        for all in [false, true] {
            let text = shown(Format::Text, &View { width, all, ..view(&diagnosis, Some(&case)) });
            for line in text.lines().filter(|line| crate::paint::columns(line) > width) {
                let words = line.split_whitespace().count();
                let statement = ["CREATE", "DROP", "SELECT", "ALTER", "VACUUM"]
                    .iter()
                    .any(|verb| line.trim_start().starts_with(verb));
                let command = line.trim_start().starts_with("dbwright ");
                assert!(statement || command || words == 1, "{width}: {line}");
            }
            for finding in diagnosis.findings.iter().take(if all { usize::MAX } else { 1 }) {
                for line in finding.fixes.iter().take(1).flat_map(|fix| fix.statement.lines()) {
                    let code = finding.fixes[0].kind == dbwright_model::finding::FixKind::Code;
                    assert!(code || text.contains(line), "{line}");
                }
            }
        }
    }
}

#[test]
fn a_screen_loses_no_count() {
    let diagnosis = sample::rich();
    let text = shown(Format::Text, &view(&diagnosis, None));
    assert!(text.contains(&format!("{} findings", diagnosis.findings.len())), "{text}");
    assert!(text.contains("3 × dead-rows"));
    assert!(text.lines().count() <= 50, "{}", text.lines().count());
    let worst = shown(Format::Text, &View { min: Some(Severity::Error), ..view(&diagnosis, None) });
    let hidden = diagnosis.findings.len() - diagnosis.count(Severity::Error);
    assert!(worst.contains(&format!("{hidden} below the asked severity")), "{worst}");
}

#[test]
fn colour_only_when_asked() {
    let diagnosis = sample::rich();
    assert!(!shown(Format::Text, &view(&diagnosis, None)).contains('\x1b'));
    assert!(shown(Format::Text, &View { color: true, ..view(&diagnosis, None) }).contains("\x1b[1m"));
}

#[test]
fn ten_thousand_findings_render_quickly() {
    let mut diagnosis = sample::empty();
    diagnosis.findings = (0..10_000).map(sample::unused).collect();
    for &format in Format::ALL {
        let start = Instant::now();
        let page = shown(format, &View { all: true, ..view(&diagnosis, None) });
        assert!(page.len() > 300);
        // Generous: this is a guard against quadratic work, on a slow and shared machine, unoptimised.
        assert!(start.elapsed().as_secs() < 20, "{format} took {:?}", start.elapsed());
    }
}

#[test]
fn differences_are_told_apart() {
    let mut before = sample::rich();
    let mut after = sample::rich();
    before.findings.remove(0);
    after.findings.pop();
    let at =
        |d: &Diagnosis, n: usize| d.findings.iter().position(|f| f.subject.name.contains(&format!("{n:05}"))).unwrap();
    let (worse, better, unseen) = (at(&after, 10), at(&after, 20), at(&after, 30));
    after.findings[worse].weight = 1000.0;
    after.findings[better].severity = Severity::Info;
    after.findings[unseen].subject.name = "another".into();
    let difference = crate::difference(&before, &after);
    assert_eq!(difference.of(Change::Worse).count(), 1);
    assert_eq!(difference.of(Change::Better).count(), 1);
    assert_eq!(difference.of(Change::New).count(), 2);
    assert_eq!(difference.of(Change::Gone).count(), 2);
    let mut out = Vec::new();
    difference.text(80, false, &mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().contains("new (2)"));
    let mut out = Vec::new();
    difference.json(&mut out).unwrap();
    assert_eq!(json(std::str::from_utf8(&out).unwrap())["schema"], "dbwright/diff/1");
}

#[test]
fn formats_are_read_by_name() {
    for &format in Format::ALL {
        assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
    }
    assert!("yaml".parse::<Format>().unwrap_err().to_string().contains("sarif"));
}

#[test]
fn rule_book_as_text_and_json() {
    let mut out = Vec::new();
    crate::rules_text(sample::rules(), 80, false, &mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().ends_with("12 rules\n"));
    let mut out = Vec::new();
    crate::rules_json(sample::rules(), &mut out).unwrap();
    assert_eq!(json(std::str::from_utf8(&out).unwrap())["rules"].as_array().unwrap().len(), 12);
}

#[test]
fn blindness_is_not_health() {
    let mut diagnosis = sample::empty();
    diagnosis.not_evaluated = sample::rich().not_evaluated;
    diagnosis.rules = diagnosis.not_evaluated.len();
    let rich = sample::rich();
    for format in [Format::Text, Format::Markdown, Format::Html, Format::Github] {
        let blind = shown(format, &view(&diagnosis, None)).to_lowercase();
        assert!(blind.contains("no rule could be evaluated"), "{format}: {blind}");
    }
    let mut warned = rich;
    warned.findings.retain(|finding| finding.severity == Severity::Warn);
    for format in [Format::Text, Format::Markdown, Format::Html] {
        let page = shown(format, &View { min: Some(Severity::Error), ..view(&warned, None) });
        assert!(!page.contains("all well"), "{format} calls hidden findings health");
    }
}
