//! From a case to a diagnosis: every rule looks, then findings are ranked, silenced and tied to their cause.

use std::collections::{BTreeMap, HashMap};

use dbwright_model::diagnosis::{Suppressed, Unseen};
use dbwright_model::finding::Because;
use dbwright_model::{Case, Diagnosis, Finding, PlanNode, Rule, Subject, SubjectKind, Why};

use crate::Ignores;

/// Lets every rule of the case's engine look at the case. The same case gives the same diagnosis.
pub fn diagnose<'r>(case: &Case, rules: impl IntoIterator<Item = &'r Rule>, ignores: Ignores) -> Diagnosis {
    let rules: Vec<&Rule> = rules.into_iter().filter(|rule| rule.engines.contains(&case.engine())).collect();
    let mut found: Vec<(&Rule, Finding)> = Vec::new();
    let mut not_evaluated = Vec::new();
    for &rule in &rules {
        match (rule.check)(case) {
            Ok(findings) => found.extend(findings.into_iter().map(|finding| (rule, stamped(rule, finding)))),
            // A question that does not arise is not a question left open.
            Err(reason) if reason.why == Why::NotApplicable => {}
            Err(reason) => not_evaluated.push(Unseen { rule: rule.id.to_owned(), reason }),
        }
    }
    let ignores = ignores.with_comments(case);
    let mut suppressed = Vec::new();
    found.retain(|(_, finding)| match ignores.of(finding) {
        Some((reason, by)) => {
            let entry = Suppressed { finding: finding.clone(), reason: reason.to_owned(), by: by.to_owned() };
            suppressed.push(entry);
            false
        }
        None => true,
    });
    found.sort_by(|(a_rule, a), (b_rule, b)| {
        b.severity
            .cmp(&a.severity)
            .then(saved(b).total_cmp(&saved(a)))
            .then(a_rule.harm.cmp(&b_rule.harm))
            .then(a_rule.id.cmp(b_rule.id))
            .then(b.weight.total_cmp(&a.weight))
            .then(a.subject.cmp(&b.subject))
            .then(a.cause.cmp(&b.cause))
    });
    Diagnosis {
        server: case.server.clone(),
        redaction: case.redaction,
        findings: behind_their_cause(found),
        suppressed,
        not_evaluated,
        gaps: case.gaps.clone(),
        rules: rules.len(),
    }
}

/// Seconds that the fix saves.
fn saved(finding: &Finding) -> f64 {
    finding.saving.map_or(0.0, |saving| saving.value)
}

/// The finding with its rule's name on it, and the rule's words where it has none of its own.
fn stamped(rule: &Rule, mut finding: Finding) -> Finding {
    finding.rule = rule.id.to_owned();
    if finding.wrong_when.is_empty() {
        finding.wrong_when = rule.wrong_when.to_owned();
    }
    if finding.do_not.is_empty() {
        finding.do_not = rule.do_not.to_owned();
    }
    finding
}

/// Marks each symptom with the finding that explains it and moves it right behind that one.
/// A cause is as important as the worst of its symptoms, so it takes the place of the first.
fn behind_their_cause(found: Vec<(&Rule, Finding)>) -> Vec<Finding> {
    let roots = roots(&found);
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); found.len()];
    for (at, &root) in roots.iter().enumerate().filter(|(at, root)| at != *root) {
        followers[root].push(at);
    }
    let mut order: Vec<usize> = Vec::with_capacity(found.len());
    let mut placed = vec![false; found.len()];
    for &root in &roots {
        if !std::mem::replace(&mut placed[root], true) {
            order.push(root);
            order.append(&mut followers[root]);
        }
    }
    let mut slots: Vec<Option<Finding>> = found.into_iter().map(|(_, finding)| Some(finding)).collect();
    let mut because = None;
    order
        .into_iter()
        .filter_map(|at| {
            let mut finding = slots[at].take()?;
            if roots[at] == at {
                because = Some(Because { rule: finding.rule.clone(), subject: finding.subject.clone() });
            } else {
                finding.because.clone_from(&because);
            }
            Some(finding)
        })
        .collect()
}

/// What ties a symptom to its cause: the table both are on, or else the object itself.
type Object<'a> = (Option<SubjectKind>, &'a str);

fn object(subject: &Subject) -> Object<'_> {
    match &subject.table {
        Some(table) => (None, table),
        None => (Some(subject.kind), &subject.name),
    }
}

/// For each finding the place of the one at the root of its chain of causes; its own when nothing explains it.
fn roots(found: &[(&Rule, Finding)]) -> Vec<usize> {
    let mut rules: BTreeMap<&str, &Rule> = BTreeMap::new();
    // Where the first finding of a rule stands that reaches everything, or a certain object.
    let mut everywhere: HashMap<&str, usize> = HashMap::new();
    let mut on_object: HashMap<(&str, Object<'_>), usize> = HashMap::new();
    let mut on_operator: HashMap<(&str, PlanNode), usize> = HashMap::new();
    for (at, (rule, finding)) in found.iter().enumerate() {
        rules.insert(rule.id, rule);
        if finding.subject.kind.reaches_everything() {
            everywhere.entry(rule.id).or_insert(at);
        }
        for &operator in finding.subject.operator.iter().chain(&finding.reaches) {
            on_operator.entry((rule.id, operator)).or_insert(at);
        }
        // Two operators on one table are two stories.
        if finding.subject.operator.is_none() {
            on_object.entry((rule.id, object(&finding.subject))).or_insert(at);
        }
    }
    // Two rules may explain each other; then neither hangs on the other.
    let explained_by = |rule: &Rule| -> Vec<&str> {
        let one_way = |other: &&&Rule| other.explains.contains(&rule.id) && !rule.explains.contains(&other.id);
        rules.values().filter(one_way).map(|other| other.id).collect()
    };
    let causes_of: HashMap<&str, Vec<&str>> = rules.values().map(|rule| (rule.id, explained_by(rule))).collect();
    let cause: Vec<Option<usize>> = found
        .iter()
        .map(|(rule, finding)| {
            let causes = causes_of.get(rule.id).into_iter().flatten();
            let here = |cause: &&str| {
                let same_object = on_object.get(&(*cause, object(&finding.subject)));
                let same_operator = finding.subject.operator.and_then(|operator| on_operator.get(&(*cause, operator)));
                [everywhere.get(*cause), same_object, same_operator].into_iter().flatten().min().copied()
            };
            causes.filter_map(here).min()
        })
        .collect();
    (0..found.len())
        .map(|at| {
            let mut path = vec![at];
            let mut end = at;
            while let Some(next) = cause[end] {
                // Around a circle of rules, the finding that stands first is the cause.
                if let Some(circle) = path.iter().position(|&before| before == next) {
                    return path[circle..].iter().min().copied().unwrap_or(next);
                }
                path.push(next);
                end = next;
            }
            end
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::{CommentIgnore, ObjectName};
    use dbwright_model::{Area, Catalog, Checked, Engine, Harm, NotEvaluated, Severity};

    use super::*;
    use crate::Ignore;
    use crate::example::postgres;

    const fn rule(id: &'static str, explains: &'static [&'static str], check: fn(&Case) -> Checked) -> Rule {
        Rule {
            id,
            title: "",
            engines: &[Engine::Postgres],
            versions: "",
            area: Area::Locks,
            harm: Harm::Slowdown,
            limits: &[],
            explains,
            wrong_when: "the rule's words",
            do_not: "",
            lesson: "",
            check,
        }
    }

    fn on(table: &str, severity: Severity, weight: f64) -> Finding {
        Finding::new(severity, Subject::table(&ObjectName::new("public", table)), "it is so").weight(weight)
    }

    fn session(severity: Severity) -> Finding {
        Finding::new(severity, Subject::session(7), "it is so")
    }

    /// `rule subject` of each finding, with `< rule subject` of its cause.
    fn shown(rules: &[Rule]) -> Vec<String> {
        shown_of(&diagnose(&postgres(&Catalog::default()), rules, Ignores::default()))
    }

    fn shown_of(diagnosis: &Diagnosis) -> Vec<String> {
        let show = |finding: &Finding| {
            let because = finding.because.as_ref();
            let because = because.map_or(String::new(), |why| format!(" < {} {}", why.rule, why.subject));
            format!("{} {}{because}", finding.rule, finding.subject)
        };
        diagnosis.findings.iter().map(show).collect()
    }

    #[test]
    fn worst_first_then_heaviest_then_by_name() {
        let rules = [
            rule("b", &[], |_| Ok(vec![on("z", Severity::Warn, 1.0), on("y", Severity::Warn, 1.0)])),
            rule("a", &[], |_| Ok(vec![on("x", Severity::Warn, 1.0), on("w", Severity::Warn, 2.0)])),
            rule("c", &[], |_| Ok(vec![on("v", Severity::Error, f64::NAN), on("u", Severity::Error, 0.0)])),
        ];
        let expected = ["c public.v", "c public.u", "a public.w", "a public.x", "b public.y", "b public.z"];
        assert_eq!(shown(&rules), expected);
    }

    #[test]
    fn harm_ranks_findings_of_equal_severity() {
        let worse = Rule { harm: Harm::DataLoss, ..rule("z", &[], |_| Ok(vec![session(Severity::Warn)])) };
        assert_eq!(shown(&[rule("a", &[], |_| Ok(vec![session(Severity::Warn)])), worse]), ["z 7", "a 7"]);
    }

    #[test]
    fn a_symptom_stands_behind_its_cause_wherever_that_ranks() {
        let rules = [
            rule("cause", &["symptom"], |_| Ok(vec![session(Severity::Info)])),
            rule("other", &[], |_| Ok(vec![on("t", Severity::Warn, 0.0)])),
            rule("symptom", &[], |_| Ok(vec![on("t", Severity::Error, 0.0)])),
        ];
        assert_eq!(shown(&rules), ["cause 7", "symptom public.t < cause 7", "other public.t"]);
    }

    #[test]
    fn a_table_explains_only_what_is_on_it() {
        let rules = [
            rule("cause", &["symptom"], |_| Ok(vec![on("t", Severity::Warn, 0.0)])),
            rule("symptom", &[], |_| Ok(vec![on("t", Severity::Warn, 0.0), on("u", Severity::Warn, 0.0)])),
        ];
        assert_eq!(shown(&rules), ["cause public.t", "symptom public.t < cause public.t", "symptom public.u"]);
    }

    #[test]
    fn a_query_explains_what_is_said_about_itself() {
        fn query(name: &str) -> Finding {
            Finding::new(Severity::Warn, Subject::new(SubjectKind::Query, name), "it is so")
        }
        let rules = [
            rule("cause", &["symptom"], |_| Ok(vec![query("1")])),
            rule("symptom", &[], |_| Ok(vec![query("1"), query("2")])),
        ];
        assert_eq!(shown(&rules), ["cause 1", "symptom 1 < cause 1", "symptom 2"]);
    }

    #[test]
    fn chains_hang_on_their_first_cause() {
        let rules = [
            rule("a", &["b"], |_| Ok(vec![session(Severity::Warn)])),
            rule("b", &["c"], |_| Ok(vec![on("t", Severity::Warn, 0.0)])),
            rule("c", &[], |_| Ok(vec![on("t", Severity::Warn, 0.0)])),
        ];
        assert_eq!(shown(&rules), ["a 7", "b public.t < a 7", "c public.t < a 7"]);
    }

    #[test]
    fn two_rules_that_explain_each_other_stand_side_by_side() {
        let rules = [
            rule("a", &["b"], |_| Ok(vec![session(Severity::Warn)])),
            rule("b", &["a", "b"], |_| Ok(vec![session(Severity::Warn)])),
        ];
        assert_eq!(shown(&rules), ["a 7", "b 7"]);
    }

    #[test]
    fn a_circle_of_rules_has_one_cause_and_loses_nothing() {
        let rules = [
            rule("a", &["b"], |_| Ok(vec![session(Severity::Warn)])),
            rule("b", &["c", "d"], |_| Ok(vec![session(Severity::Warn)])),
            rule("c", &["a"], |_| Ok(vec![session(Severity::Warn)])),
            rule("d", &[], |_| Ok(vec![session(Severity::Error)])),
        ];
        assert_eq!(shown(&rules), ["a 7", "d 7 < a 7", "b 7 < a 7", "c 7 < a 7"]);
    }

    #[test]
    fn silenced_findings_are_kept_aside_and_explain_nothing() {
        let rules = [
            rule("cause", &["symptom"], |_| Ok(vec![on("t", Severity::Warn, 0.0)])),
            rule("symptom", &[], |_| Ok(vec![on("t", Severity::Warn, 0.0)])),
        ];
        let mut ignores = Ignores::default();
        let decision = Ignore { rule: "cause".into(), subject: Some("public.*".into()), reason: "known".into() };
        ignores.from_file(vec![decision], "dbwright.toml");
        let diagnosis = diagnose(&postgres(&Catalog::default()), &rules, ignores);
        assert_eq!(shown_of(&diagnosis), ["symptom public.t"]);
        let silenced = &diagnosis.suppressed[0];
        let told = (silenced.finding.rule.as_str(), silenced.reason.as_str(), silenced.by.as_str());
        assert_eq!(told, ("cause", "known", "dbwright.toml"));
    }

    #[test]
    fn a_comment_on_a_table_silences_one_rule_on_its_parts() {
        let on_index = |_: &Case| {
            Ok(vec![Finding::new(Severity::Warn, Subject::index(&ObjectName::new("public", "t"), "t_idx"), "it is so")])
        };
        let rules = [rule("one", &[], on_index), rule("two", &[], on_index)];
        let comment = CommentIgnore { subject: "public.t".into(), rule: "one".into(), reason: "yearly job".into() };
        let case = postgres(&Catalog { ignores: vec![comment], ..Catalog::default() });
        let diagnosis = diagnose(&case, &rules, Ignores::default());
        assert_eq!(shown_of(&diagnosis), ["two public.t_idx"]);
        assert_eq!(diagnosis.suppressed[0].by, "comment on public.t");
    }

    #[test]
    fn what_could_not_be_looked_at_is_said_unless_it_does_not_arise() {
        let mysql = Rule { engines: &[Engine::MySql], ..rule("mysql", &[], |_| Ok(vec![session(Severity::Warn)])) };
        let rules = [
            mysql,
            rule("na", &[], |_| Err(NotEvaluated::not_applicable("a standby"))),
            rule("young", &[], |_| Err(NotEvaluated::new(Why::Window, "2 h"))),
        ];
        let diagnosis = diagnose(&postgres(&Catalog::default()), &rules, Ignores::default());
        assert!(diagnosis.findings.is_empty());
        assert_eq!(diagnosis.rules, 2);
        assert_eq!(diagnosis.not_evaluated.iter().map(|unseen| unseen.rule.as_str()).collect::<Vec<_>>(), ["young"]);
    }

    #[test]
    fn the_rules_words_are_used_where_the_finding_has_none() {
        let rules = [
            rule("a", &[], |_| Ok(vec![session(Severity::Warn)])),
            rule("b", &[], |_| Ok(vec![session(Severity::Warn).wrong_when("my own")])),
        ];
        let diagnosis = diagnose(&postgres(&Catalog::default()), &rules, Ignores::default());
        assert_eq!(diagnosis.findings[0].wrong_when, "the rule's words");
        assert_eq!(diagnosis.findings[1].wrong_when, "my own");
    }

    #[test]
    fn the_order_of_rules_does_not_show() {
        let mut rules = [
            rule("a", &["c"], |_| Ok(vec![on("t", Severity::Info, 0.0), session(Severity::Info)])),
            rule("b", &["c"], |_| Ok(vec![session(Severity::Warn), on("u", Severity::Warn, 0.0)])),
            rule("c", &[], |_| Ok(vec![on("u", Severity::Error, 0.0), on("t", Severity::Error, 0.0)])),
        ];
        let forward = shown(&rules);
        rules.reverse();
        assert_eq!(shown(&rules), forward);
    }

    /// Forty thousand findings with causes; quadratic work would take minutes.
    #[test]
    fn many_findings_take_no_time() {
        fn part(n: usize) -> Finding {
            let table = ObjectName::new("public", format!("t{n}"));
            Finding::new(Severity::Warn, Subject::part(SubjectKind::Column, &table, "c"), "it is so")
        }
        let rules = [
            rule("cause", &["symptom"], |_| {
                Ok((0..20_000).map(|n| on(&format!("t{n}"), Severity::Warn, n as f64)).collect())
            }),
            rule("symptom", &[], |_| Ok((0..20_000).map(part).collect())),
        ];
        let case = postgres(&Catalog::default());
        let start = std::time::Instant::now();
        let diagnosis = diagnose(&case, &rules, Ignores::default());
        let took = start.elapsed();
        assert_eq!(diagnosis.findings.len(), 40_000);
        assert!(diagnosis.findings.chunks(2).all(|pair| pair[0].because.is_none() && pair[1].because.is_some()));
        assert!(took.as_secs() < 20, "{took:?}");
    }
}
