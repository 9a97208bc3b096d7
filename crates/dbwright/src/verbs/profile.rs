//! `profile`: what a database does, as its logs tell.

use dbwright_model::bundle;
use dbwright_workload::{Digest, Digesting};

use crate::cli::Profile;
use crate::consult::Consulted;
use crate::exit::{Exit, Failure};
use crate::verbs::look;
use crate::{logs, output};

pub(super) fn run(args: &Profile) -> Result<Exit, Failure> {
    let mut digest = Digest::default();
    let listener = |dialect| Digesting { dialect };
    let read = logs::read(&args.logs.files, logs::threads(args.logs.threads), listener, |part| digest.absorb(part))?;
    let until = digest.span.map(|(_, last)| last);
    let source = read.files.files.first().map_or("", |file| file.format.as_str());
    let mut case = read.case_with(until, args.logs.redact, &digest);
    case.store(&digest.workload(source));
    if let Some(path) = &args.bundle {
        output::write(Some(path), |mut out| bundle::write(&case, &mut out))?;
    }
    let exit = look::present(&Consulted::of_logs(case, args.logs.shown()), &args.show, look::Detail::Screen)?;
    Ok(if read.complain() { Exit::Insufficient } else { exit })
}
