//! A screen for a person: the top findings in full, the rest in a line each, and what was not seen.

use dbwright_model::finding::{Fix, FixKind, Undo};
use dbwright_model::{Finding, units::Quantity};

use crate::clean;
use crate::group::{Group, groups};
use crate::paint::{Paint, columns, flow, pad, wrap};
use crate::view::{View, counts, named, plural};
use crate::{access, plan, profile};

/// Groups told in full on one screen.
const FULL: usize = 3;
/// Lines after which no further group is told in full.
const BUDGET: usize = 26;
/// Plans drawn on one screen.
const PLANS: usize = 4;
/// Parts of files named that were not read.
const UNREAD: usize = 5;
/// Groups told in a line on one screen.
const LINES: usize = 8;

pub(crate) fn page(view: &View<'_>) -> String {
    let mut page =
        Page { view, width: view.width.clamp(30, 140), paint: Paint { color: view.color }, out: String::new() };
    page.header();
    page.out.push_str(&profile::profile(view));
    if profile::about_logs(view) {
        page.out.push_str(&access::text(view));
    }
    page.plans();
    let groups = groups(view);
    if groups.is_empty() {
        page.calm();
    } else if view.all {
        page.everything(&groups);
    } else {
        page.screen(&groups);
    }
    page.foot(&groups);
    page.out
}

struct Page<'v, 'a> {
    view: &'v View<'a>,
    width: usize,
    paint: Paint,
    out: String,
}

impl Page<'_, '_> {
    fn narrow(&self) -> bool {
        self.width < 60
    }

    fn header(&mut self) {
        let clean = |parts: Vec<String>| parts.iter().map(|part| clean::line(part)).collect::<Vec<_>>();
        let facts = flow(&clean(self.view.facts()), " · ", self.width, "", "  ");
        for line in facts.lines() {
            self.out.push_str(&self.paint.bold(line));
            self.out.push('\n');
        }
        let effort = clean(self.view.effort());
        let effort = if effort.is_empty() { String::new() } else { flow(&effort, " · ", self.width, "", "  ") };
        for line in effort.lines() {
            self.out.push_str(&self.paint.dim(line));
            self.out.push('\n');
        }
        self.out.push('\n');
    }

    /// The plans, each with where its time went, and what would tell more.
    fn plans(&mut self) {
        let mut drawn = plan::drawn(self.view);
        let several = drawn.len() > 1;
        let most = if self.view.all { usize::MAX } else { PLANS };
        if drawn.len() > most {
            // Those with the worst findings come first where not all are shown.
            drawn.sort_by_key(|drawn| std::cmp::Reverse(drawn.worst()));
        }
        for drawn in drawn.iter().take(most) {
            if several {
                let title = format!("plan {} of {}", drawn.number + 1, drawn.plans.plans.len());
                let facts: Vec<String> =
                    std::iter::once(title).chain(drawn.plan.found_at.clone()).chain(drawn.facts()).collect();
                let facts: Vec<String> = facts.iter().map(|fact| clean::line(fact)).collect();
                let facts = flow(&facts, " · ", self.width, "", "  ");
                self.out.push_str(&self.paint.bold(facts.trim_end()));
                self.out.push('\n');
            }
            self.out.push_str(&plan::tree(self.view, drawn));
            self.out.push('\n');
        }
        if drawn.len() > most {
            let text = format!("… and {} (--all)\n\n", plural(drawn.len() - most, "more plan"));
            self.out.push_str(&self.paint.dim(&text));
        }
        let advice = self.view.files.map_or(&[][..], |files| &files.advice);
        for advice in advice {
            self.out.push_str(&wrap(&format!("{}.", clean::line(advice)), self.width, "", "  "));
        }
        if !advice.is_empty() {
            self.out.push('\n');
        }
    }

    fn calm(&mut self) {
        self.out.push_str(&wrap(&self.view.calm(), self.width, "", ""));
    }

    fn screen(&mut self, groups: &[Group<'_>]) {
        let mut told = 0;
        for group in groups.iter().take(FULL) {
            if told > 0 && self.out.lines().count() > BUDGET {
                break;
            }
            told += 1;
            self.finding(group.lead, true);
            self.behind(group);
            self.out.push('\n');
        }
        let rest = groups.get(told..).unwrap_or_default();
        for group in rest.iter().take(LINES) {
            self.one_line(group);
        }
        let left = rest.get(LINES..).unwrap_or_default();
        if !left.is_empty() {
            let findings: usize = left.iter().map(Group::len).sum();
            let kinds = counts(left.iter().flat_map(|group| group.own().chain(group.explained())));
            let text =
                format!("… and {} of {} ({kinds})", plural(findings, "more finding"), plural(left.len(), "rule"));
            self.out.push_str(&wrap(&text, self.width, "", "  "));
        }
    }

    fn everything(&mut self, groups: &[Group<'_>]) {
        for group in groups {
            for (at, finding) in group.own().enumerate() {
                let same = |a: &Finding| a.wrong_when == group.lead.wrong_when && a.do_not == group.lead.do_not;
                self.finding(finding, at == 0 || !same(finding));
                self.out.push('\n');
            }
            for (_, findings) in &group.symptoms {
                for (at, finding) in findings.iter().enumerate() {
                    self.finding(finding, at == 0);
                    self.out.push('\n');
                }
            }
        }
    }

    /// `error  rule  subject   grade: measured`, over several lines where it does not fit.
    fn headline(&mut self, finding: &Finding) {
        let word = format!("{:<5}", finding.severity.to_string());
        let rule = clean::line(&finding.rule);
        let subject = clean::line(&named(&finding.subject));
        let grade = format!("grade: {}", finding.grade);
        let start = format!("{}  {}", self.paint.severity(finding.severity, &word), self.paint.bold(&rule));
        let plain = columns(&start);
        let grade = self.paint.dim(&grade);
        let with_subject = plain + 2 + columns(&subject);
        let room = with_subject + 2 + columns(&grade);
        if room <= self.width {
            let gap = " ".repeat(self.width.min(80).max(room) - with_subject - columns(&grade));
            self.out.push_str(&format!("{start}  {subject}{gap}{grade}\n"));
        } else if with_subject <= self.width {
            self.out.push_str(&format!("{start}  {subject}\n       {grade}\n"));
        } else {
            self.out.push_str(&format!("{start}\n       {subject}\n       {grade}\n"));
        }
    }

    fn finding(&mut self, finding: &Finding, caveats: bool) {
        self.headline(finding);
        let cause = format!("{}.", clean::line(&finding.cause));
        self.out.push_str(&wrap(&cause, self.width, "  ", "  "));
        if let Some(because) = &finding.because {
            self.labelled(
                "because",
                &[format!("{} on {}", clean::line(&because.rule), clean::line(&named(&because.subject)))],
            );
        }
        self.saving(finding);
        self.evidence(finding);
        let fixes = if self.view.all { finding.fixes.len() } else { 1 };
        for fix in finding.fixes.iter().take(fixes) {
            self.fix(fix);
        }
        if finding.fixes.len() > fixes {
            self.labelled("or", &[format!("{} (--all)", plural(finding.fixes.len() - fixes, "other way"))]);
        }
        if caveats && !finding.do_not.is_empty() {
            self.labelled("not", &[clean::line(&finding.do_not)]);
        }
        if caveats && !finding.wrong_when.is_empty() {
            self.labelled("wrong when", &[clean::line(&finding.wrong_when)]);
        }
    }

    fn saving(&mut self, finding: &Finding) {
        if let Some(saving) = plan::saving_of(self.view, finding) {
            self.labelled("saves", &[saving]);
        }
    }

    fn evidence(&mut self, finding: &Finding) {
        if finding.evidence.is_empty() {
            return;
        }
        let most = if self.view.all { usize::MAX } else { 3 };
        let mut parts: Vec<String> = finding
            .evidence
            .iter()
            .take(most)
            .map(|e| {
                let value = match &e.value {
                    Quantity::Text(text) => clean::line(text),
                    value => value.to_string(),
                };
                format!("{} {value} ({})", clean::line(&e.what), clean::line(&e.source))
            })
            .collect();
        if finding.evidence.len() > most {
            parts.push(format!("{} more", finding.evidence.len() - most));
        }
        self.labelled("evidence", &parts);
    }

    fn fix(&mut self, fix: &Fix) {
        let label = match fix.kind {
            FixKind::Sql => "fix",
            FixKind::Command => "command",
            FixKind::Shell => "shell",
            FixKind::Config => "config",
            FixKind::Code => "code",
        };
        if fix.kind == FixKind::Code && !fix.statement.contains('\n') {
            self.labelled(label, &[clean::line(&fix.statement)]);
        } else {
            self.statement(label, &fix.statement);
        }
        let mut price = Vec::new();
        if !fix.risk.lock.is_empty() {
            price.push(if fix.risk.lock == "none" {
                "no lock".into()
            } else {
                format!("lock {}", clean::line(&fix.risk.lock))
            });
        }
        price.extend(fix.risk.duration.map(|d| format!("≈ {d}")));
        price.extend(fix.risk.disk.map(|d| format!("{d} of disk")));
        price.extend(fix.risk.cost.as_deref().map(clean::line));
        if !price.is_empty() {
            self.labelled("price", &price);
        }
        match &fix.undo {
            Undo::Statement(undo) => self.statement("undo", undo),
            Undo::NotNeeded(why) => self.labelled("undo", &[format!("not needed: {}", clean::line(why))]),
            Undo::Impossible(why) => self.labelled("undo", &[format!("impossible: {}", clean::line(why))]),
        }
        if let (true, Some(verify)) = (self.view.all, &fix.verify) {
            self.statement("verify", verify);
        }
    }

    fn label(&self, label: &str) -> String {
        match self.narrow() {
            true => format!("  {label}: "),
            false => format!("  {label:<10} "),
        }
    }

    fn labelled(&mut self, label: &str, parts: &[String]) {
        let first = self.label(label);
        let rest = if self.narrow() { "    ".to_owned() } else { " ".repeat(13) };
        let text = match parts {
            [one] => wrap(one, self.width, &first, &rest),
            parts => flow(parts, " · ", self.width, &rest, &rest),
        };
        // The label is set afterwards, so that breaking between parts does not see it.
        if parts.len() == 1 {
            self.out.push_str(&text);
        } else if self.narrow() {
            self.out.push_str(&format!("{}\n{text}", first.trim_end()));
        } else {
            self.out.push_str(&format!("{first}{}", text.get(rest.len()..).unwrap_or_default()));
        }
    }

    /// A statement is never broken: in its line if it fits, else on lines of its own.
    fn statement(&mut self, label: &str, statement: &str) {
        let statement = clean::block(statement.trim_end());
        let label = self.label(label);
        if !statement.contains('\n') && columns(&label) + columns(&statement) <= self.width {
            self.out.push_str(&format!("{label}{}\n", self.paint.code(&statement)));
            return;
        }
        self.out.push_str(label.trim_end());
        self.out.push('\n');
        for line in statement.lines() {
            self.out.push_str(&format!("    {}\n", self.paint.code(line)));
        }
    }

    /// The others of the rule, and what it explains.
    fn behind(&mut self, group: &Group<'_>) {
        if !group.more.is_empty() {
            let text = format!("and {} more: {}", group.more.len(), some(group.more.iter().copied(), 4));
            self.out.push_str(&wrap(&text, self.width, "  ", "    "));
        }
        if !group.symptoms.is_empty() {
            let parts: Vec<String> = group
                .symptoms
                .iter()
                .map(|(rule, findings)| format!("{} × {}", findings.len(), clean::line(rule)))
                .collect();
            self.labelled("explains", &[parts.join(", ")]);
        }
    }

    fn one_line(&mut self, group: &Group<'_>) {
        let lead = group.lead;
        let word = self.paint.severity(lead.severity, &format!("{:<5}", lead.severity.to_string()));
        let rule = clean::line(&lead.rule);
        let subject = clean::line(&named(&lead.subject));
        let mut rest = Vec::new();
        if !group.more.is_empty() {
            rest.push(format!("and {} more", group.more.len()));
        }
        let explained = group.explained().count();
        if explained > 0 {
            rest.push(format!("explains {explained}"));
        }
        let rest = if rest.is_empty() { String::new() } else { format!("  ({})", rest.join(", ")) };
        let column = if self.narrow() { String::new() } else { pad(&rule, 26) };
        let line = format!("{word}  {rule}{column}  {subject}{rest}");
        if columns(&line) <= self.width {
            self.out.push_str(&format!("{line}\n"));
        } else {
            self.out.push_str(&format!("{word}  {rule}{rest}\n       {subject}\n"));
        }
    }

    fn foot(&mut self, groups: &[Group<'_>]) {
        let view = self.view;
        let target = clean::shell(view.target);
        if !groups.is_empty() {
            if !self.out.ends_with("\n\n") {
                self.out.push('\n');
            }
            let mut parts = vec![format!("{} ({})", plural(view.shown().count(), "finding"), counts(view.shown()))];
            if view.hidden() > 0 {
                parts.push(format!("{} below the asked severity", view.hidden()));
            }
            parts.push(format!("{} of {} evaluated", view.evaluated(), plural(view.diagnosis.rules, "rule")));
            self.out.push_str(&flow(&parts, " · ", self.width, "", "  "));
        }
        let suppressed = &view.diagnosis.suppressed;
        if !suppressed.is_empty() {
            self.out.push_str(&wrap(
                &format!("{} suppressed", plural(suppressed.len(), "finding")),
                self.width,
                "",
                "  ",
            ));
            for entry in suppressed.iter().filter(|_| view.all) {
                let text = format!(
                    "{} on {}: {} ({})",
                    clean::line(&entry.finding.rule),
                    clean::line(&named(&entry.finding.subject)),
                    clean::line(&entry.reason),
                    clean::line(&entry.by)
                );
                self.out.push_str(&wrap(&text, self.width, "  ", "    "));
            }
        }
        self.not_read();
        let unseen = view.diagnosis.not_evaluated.len();
        if unseen > 0 {
            self.out.push_str(&wrap(
                &format!("{} not evaluated, for want of evidence:", plural(unseen, "rule")),
                self.width,
                "",
                "  ",
            ));
            if view.all {
                for entry in &view.diagnosis.not_evaluated {
                    let text = format!(
                        "{}: {} ({})",
                        clean::line(&entry.rule),
                        clean::line(&entry.reason.detail),
                        entry.reason.why
                    );
                    self.out.push_str(&wrap(&text, self.width, "  ", "    "));
                }
            }
            if !view.target.is_empty() && view.files.is_none() && !profile::about_logs(view) {
                self.command(&format!("dbwright doctor {target}"), "what would allow it");
            }
        }
        if let Some(group) = groups.first() {
            self.command(&format!("dbwright teach {}", clean::shell(&group.lead.rule)), "why the first one happens");
            if !view.all && view.rerun().is_some() && (groups.len() > 1 || group.len() > 1) {
                self.command(&format!("{} --all", view.rerun().unwrap_or_default()), "everything");
            }
        }
    }

    /// Parts of the files that were not read.
    fn not_read(&mut self) {
        let parts = self.view.files.map_or(&[][..], |files| &files.not_read);
        let most = if self.view.all { usize::MAX } else { UNREAD };
        let mut told: Vec<String> = parts.iter().take(most).map(|part| clean::line(&part.to_string())).collect();
        if parts.len() > most {
            told.push(format!("{} more", parts.len() - most));
        }
        if !told.is_empty() {
            told.iter_mut().take(1).for_each(|first| first.insert_str(0, "not read: "));
            self.out.push_str(&flow(&told, " · ", self.width, "", "  "));
        }
    }

    fn command(&mut self, command: &str, purpose: &str) {
        let line = format!("  {}", self.paint.code(command));
        let aligned = format!("{line}{}  {}", pad(command, 44), self.paint.dim(purpose));
        match columns(&aligned) <= self.width {
            true => self.out.push_str(&format!("{aligned}\n")),
            false => self.out.push_str(&format!("{line}\n")),
        }
    }
}

/// The first names and how many are left.
pub(crate) fn some<'f>(findings: impl ExactSizeIterator<Item = &'f Finding>, most: usize) -> String {
    let left = findings.len().saturating_sub(most);
    let mut names: Vec<String> = findings.take(most).map(|finding| clean::line(&named(&finding.subject))).collect();
    if left > 0 {
        names.push(format!("… {left} not named"));
    }
    names.join(", ")
}
