//! `diff`: what changed between two consultations.

use dbwright_report::{Change, difference};

use crate::cli::Diff;
use crate::exit::{Exit, Failure};
use crate::{config, consult, output};

pub(super) fn run(args: &Diff) -> Result<Exit, Failure> {
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
    output::write(args.output.as_deref(), |mut out| match args.format.as_str() {
        "json" => changes.json(&mut out),
        _ => changes.text(output::width(), args.output.is_none() && output::colored(), &mut out),
    })?;
    let worse = [Change::New, Change::Worse]
        .into_iter()
        .flat_map(|change| changes.of(change))
        .any(|finding| args.fail_on.counts(finding.severity));
    Ok(if worse { Exit::Findings } else { Exit::Clean })
}
