//! `profile`: what a database does, as its logs tell.

use std::thread;

use dbwright_model::bundle;

use crate::cli::Profile;
use crate::consult::Consulted;
use crate::exit::{Exit, Failure};
use crate::logs::{self, Digested, UNDERSTOOD};
use crate::output;
use crate::verbs::look;

pub(super) fn run(args: &Profile) -> Result<Exit, Failure> {
    let threads = args.threads.or_else(|| thread::available_parallelism().map(usize::from).ok()).unwrap_or(1);
    let digested = logs::digest(&args.logs, threads)?;
    let case = digested.case(args.redact);
    if let Some(path) = &args.bundle {
        output::write(Some(path), |mut out| bundle::write(&case, &mut out))?;
    }
    let shown = match args.logs.as_slice() {
        [only] if only.as_os_str() != "-" => only.display().to_string(),
        _ => String::new(),
    };
    let exit = look::present(&Consulted::of_logs(case, shown), &args.show, look::Detail::Screen)?;
    Ok(match complain(&digested) {
        true => Exit::Insufficient,
        false => exit,
    })
}

/// Says loudly what was not read or not understood; `true` when the answer cannot be relied on.
fn complain(digested: &Digested) -> bool {
    let mut bad = false;
    for file in &digested.files.files {
        if let Some(error) = &file.broken {
            bad = true;
            Failure::usage(format!("{} ends in the middle, after {}: {error}", file.name, file.bytes)).warn();
        }
    }
    let understood = digested.files.understood().map_or(1.0, |share| share.0);
    if understood < UNDERSTOOD {
        bad = true;
        let mut message = format!(
            "only {:.1} % of the lines were understood: the figures above cover no more than that",
            understood * 100.0
        );
        for (name, lines) in &digested.missed {
            lines.iter().for_each(|line| message.push_str(&format!("\n  {name}: {}", line.escape_debug())));
        }
        Failure::usage(message).warn();
    }
    bad
}
