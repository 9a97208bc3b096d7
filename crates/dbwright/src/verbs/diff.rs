//! `diff`: what changed between two consultations, or between two plans.

use std::path::Path;

use dbwright_model::bundle;
use dbwright_model::plan::{Plan, Plans};
use dbwright_report::{Change, PlanDifference, ProfileDifference, difference, plan_difference, profile_difference};
use dbwright_workload::Digest;

use crate::cli::Diff;
use crate::exit::{Exit, Failure};
use crate::{artefacts, config, consult, logs, output, texts};

pub(super) fn run(args: &Diff) -> Result<Exit, Failure> {
    if let Some((before, after)) = digests(args)? {
        return profiles_differ(args, &profile_difference(&before, &after));
    }
    if let Some(plans) = plans(args)? {
        return plans_differ(args, &plans);
    }
    let format = format(args);
    if format == "html" {
        return Err(
            Failure::usage("the html format of diff is for plans").hint("use text or json for bundles and servers")
        );
    }
    let diagnose = |target: &str| -> Result<_, Failure> {
        let consulted = consult::case(Some(target), &args.gather)?;
        Ok(consulted.diagnose(config::ignores(args.config.as_deref())?))
    };
    let (before, after) = (diagnose(&args.before)?, diagnose(&args.after)?);
    if before.server.product != after.server.product {
        let message =
            format!("{} is {}, {} is {}", args.before, before.server.product, args.after, after.server.product);
        return Err(Failure::usage(message).hint("compare two cases of the same product"));
    }
    let changes = difference(&before, &after);
    output::write(args.output.as_deref(), |mut out| match format {
        "json" => changes.json(&mut out),
        _ => changes.text(output::width(), args.output.is_none() && output::colored(), &mut out),
    })?;
    let worse = [Change::New, Change::Worse]
        .into_iter()
        .flat_map(|change| changes.of(change))
        .any(|finding| args.fail_on.counts(finding.severity));
    Ok(if worse { Exit::Findings } else { Exit::Clean })
}

/// The format asked for, or the one the file name says.
fn format(args: &Diff) -> &str {
    let by_name = || match args.output.as_ref()?.extension()?.to_str()? {
        "html" | "htm" => Some("html"),
        "json" => Some("json"),
        _ => None,
    };
    args.format.as_deref().or_else(by_name).unwrap_or("text")
}

/// The digests before and after, when both arguments are logs, or bundles with digests.
fn digests(args: &Diff) -> Result<Option<(Digest, Digest)>, Failure> {
    let Some(before) = logs::digest_of(Path::new(&args.before))? else { return Ok(None) };
    Ok(logs::digest_of(Path::new(&args.after))?.map(|after| (before, after)))
}

fn profiles_differ(args: &Diff, difference: &ProfileDifference) -> Result<Exit, Failure> {
    output::write(args.output.as_deref(), |mut out| match format(args) {
        "json" => difference.json(&mut out),
        _ => difference.text(output::width(), args.output.is_none() && output::colored(), &mut out),
    })?;
    let worse = difference.severity().is_some_and(|severity| args.fail_on.counts(severity));
    Ok(if worse { Exit::Findings } else { Exit::Clean })
}

/// The plans before and after, when both arguments are files that are no bundles.
fn plans(args: &Diff) -> Result<Option<(Plans, Plans)>, Failure> {
    let file = |name: &str| Path::new(name).is_file();
    if !file(&args.before) || !file(&args.after) {
        return Ok(None);
    }
    let texts = texts::read(&[(&args.before).into(), (&args.after).into()])?;
    let bundles = texts.iter().filter(|text| bundle::looks_like(text.text.as_bytes())).count();
    match bundles {
        0 => {}
        2 => return Ok(None),
        _ => {
            let message = format!("of {} and {}, one is a bundle and one is not", args.before, args.after);
            return Err(Failure::usage(message).hint("compare two bundles, or two files with plans"));
        }
    }
    let of = |text: &texts::Text| -> Result<Plans, Failure> {
        let given = artefacts::Given { version: None, redaction: args.gather.redact };
        let (case, _) = artefacts::case(std::slice::from_ref(text), &given)?;
        let plans = case.get::<Plans>().map_err(|reason| Failure::usage(reason.detail))?;
        Ok(plans.clone())
    };
    match texts.as_slice() {
        [before, after] => Ok(Some((of(before)?, of(after)?))),
        _ => Ok(None),
    }
}

/// Compares the plans one by one, in their order.
fn plans_differ(args: &Diff, (before, after): &(Plans, Plans)) -> Result<Exit, Failure> {
    let count = (before.plans.len(), after.plans.len());
    let plans = |n: usize| format!("{n} plan{}", if n == 1 { "" } else { "s" });
    if count.0 != count.1 {
        let message = format!("{} holds {}, {} holds {}", args.before, plans(count.0), args.after, plans(count.1));
        return Err(Failure::usage(message).hint("give the plans of the same queries in the same order"));
    }
    let other = |(one, other): &(&Plan, &Plan)| one.product != other.product;
    if let Some((one, other)) = before.plans.iter().zip(&after.plans).find(other) {
        let message = format!("{} is {}, {} is {}", args.before, one.product, args.after, other.product);
        return Err(Failure::usage(message).hint("compare two plans of the same product"));
    }
    let differences: Vec<PlanDifference<'_>> =
        before.plans.iter().zip(&after.plans).map(|(before, after)| plan_difference(before, after)).collect();
    let color = args.output.is_none() && output::colored();
    output::write(args.output.as_deref(), |mut out| match format(args) {
        "json" => PlanDifference::json(&differences, &mut out),
        "html" => PlanDifference::html(&differences, &mut out),
        _ => {
            for (at, difference) in differences.iter().enumerate() {
                if at > 0 {
                    writeln!(out)?;
                }
                difference.text(output::width(), color, output::ascii(), args.all, &mut out)?;
            }
            Ok(())
        }
    })?;
    let worse = differences.iter().filter_map(PlanDifference::severity).any(|severity| args.fail_on.counts(severity));
    Ok(if worse { Exit::Findings } else { Exit::Clean })
}
