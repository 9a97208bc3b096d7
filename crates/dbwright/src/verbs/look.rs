//! `look` and `report`: the consultation of a target, on a screen or in full.

use std::collections::BTreeSet;
use std::path::Path;

use dbwright_model::diagnosis::Suppressed;
use dbwright_model::room::{Room, StatementInfo};
use dbwright_model::{Diagnosis, Target};
use dbwright_report::{View, render};
use serde::Deserialize;

use crate::cli::{Look, Show};
use crate::consult::{self, Consulted};
use crate::exit::{Exit, Failure};
use crate::{config, output, rooms};

/// How much a report shows unless `--all` says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// What fits a screen.
    Screen,
    /// Everything.
    Everything,
}

pub(super) fn run(args: &Look, detail: Detail) -> Result<Exit, Failure> {
    if args.gather.show_statements {
        return show_statements(args.target.as_deref());
    }
    let consulted = consult::case(args.target.as_deref(), &args.gather)?;
    present(&consulted, &args.show, detail)
}

/// Diagnoses, prints, and says by the exit code how it went.
pub(super) fn present(consulted: &Consulted, show: &Show, detail: Detail) -> Result<Exit, Failure> {
    let mut diagnosis = consulted.diagnose(config::ignores(show.config.as_deref())?);
    if let Some(baseline) = &show.baseline {
        silence_known(&mut diagnosis, baseline)?;
    }
    let format = output::format(show.format, show.output.as_deref());
    let rules = consulted.rules();
    let view = View {
        diagnosis: &diagnosis,
        rules: &rules,
        all: show.all || detail == Detail::Everything,
        width: output::width(),
        color: show.output.is_none() && output::colored(),
        target: &consulted.shown,
        case: Some(&consulted.case),
        min: None,
        files: consulted.files.as_ref(),
        ascii: output::ascii(),
    };
    output::write(show.output.as_deref(), |mut out| render(format, &view, &mut out))?;
    if consulted.cut_short() {
        return Ok(Exit::Deadline);
    }
    Ok(verdict(&diagnosis, show))
}

fn verdict(diagnosis: &Diagnosis, show: &Show) -> Exit {
    if diagnosis.findings.iter().any(|finding| show.fail_on.counts(finding.severity)) {
        return Exit::Findings;
    }
    // Silence means something only when most rules could look.
    match diagnosis.not_evaluated.len() * 2 > diagnosis.rules {
        true => Exit::Insufficient,
        false => Exit::Clean,
    }
}

/// Moves findings that the baseline has too to the silenced ones.
fn silence_known(diagnosis: &mut Diagnosis, baseline: &Path) -> Result<(), Failure> {
    let shown = baseline.display().to_string();
    let known = known(baseline)?;
    let (old, new): (Vec<_>, Vec<_>) = std::mem::take(&mut diagnosis.findings)
        .into_iter()
        .partition(|finding| known.contains(&(finding.rule.clone(), finding.subject.name.clone())));
    diagnosis.findings = new;
    diagnosis.suppressed.extend(old.into_iter().map(|finding| Suppressed {
        finding,
        reason: "known before".into(),
        by: shown.clone(),
    }));
    Ok(())
}

/// Rule and object of every finding of an earlier report (json) or bundle.
fn known(baseline: &Path) -> Result<BTreeSet<(String, String)>, Failure> {
    #[derive(Deserialize)]
    struct Report {
        findings: Vec<Known>,
    }
    #[derive(Deserialize)]
    struct Known {
        rule: String,
        subject: Subject,
    }
    #[derive(Deserialize)]
    struct Subject {
        name: String,
    }
    let shown = baseline.display();
    let text =
        std::fs::read_to_string(baseline).map_err(|error| Failure::usage(format!("--baseline {shown}: {error}")))?;
    if dbwright_model::bundle::looks_like(text.as_bytes()) {
        let before = consult::bundle(text.as_bytes(), &shown.to_string())?.diagnose(Default::default());
        return Ok(before.findings.into_iter().map(|finding| (finding.rule, finding.subject.name)).collect());
    }
    let report: Report = serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!("--baseline {shown} is neither a json report nor a bundle: {error}"))
            .hint("dbwright look TARGET --format json -o baseline.json makes one")
    })?;
    Ok(report.findings.into_iter().map(|finding| (finding.rule, finding.subject.name)).collect())
}

/// Every statement the collector of the target's engine may run; of all engines without a target.
pub(super) fn show_statements(typed: Option<&str>) -> Result<Exit, Failure> {
    list_statements(typed, |room| room.statements())
}

/// Those statements of the target's engine; of all engines without a target.
pub(super) fn list_statements(
    typed: Option<&str>,
    of: impl Fn(&dyn Room) -> Vec<StatementInfo>,
) -> Result<Exit, Failure> {
    let only = match typed.map(|typed| consult::target(Some(typed))).transpose()? {
        Some(Target::Server(server)) => Some(server.engine),
        Some(_) => return Err(Failure::usage("a bundle is read without running any statement")),
        None => None,
    };
    output::write(None, |out| {
        for room in rooms::ROOMS.iter().filter(|room| only.is_none_or(|engine| engine == room.engine())) {
            writeln!(out, "-- {}", room.engine())?;
            for statement in of(*room) {
                writeln!(out, "\n-- {} ({})\n{}", statement.section, statement.versions, statement.text.trim())?;
            }
            writeln!(out)?;
        }
        Ok(())
    })?;
    Ok(Exit::Clean)
}
