//! `profile`: what a database does, as its logs tell; `merge`: the profiles of several logs or servers as one.

use std::path::{Path, PathBuf};

use dbwright_model::{AccessPatterns, Case, Catalog, bundle};
use dbwright_sql::Dialect;
use dbwright_workload::{Digest, LogFiles, access};

use crate::cli::{Merge, Profile};
use crate::consult::Consulted;
use crate::exit::{Exit, Failure};
use crate::verbs::look;
use crate::{logs, output};

pub(super) fn run(args: &Profile) -> Result<Exit, Failure> {
    if let Some(case) = stored(&args.logs.files)? {
        return show(args, case);
    }
    let (read, digest) = logs::digest(&args.logs.files, logs::threads(args.logs.threads), &logs::filter(&args.logs))?;
    let mut case = read.case(digest.span.map(|(_, last)| last), args.logs.redact);
    store(&mut case, digest, read.files.files.first().map_or("", |file| file.format.as_str()));
    let exit = show(args, case)?;
    Ok(if read.complain() { Exit::Insufficient } else { exit })
}

/// Writes the digests of several bundles as one.
pub(super) fn merge(args: &Merge) -> Result<Exit, Failure> {
    let case = stored(&args.bundles)?.ok_or_else(|| {
        Failure::usage("merge takes bundles").hint("dbwright profile LOG --bundle FILE.dbw makes one of a log")
    })?;
    output::write(args.output.as_deref(), |mut out| bundle::write(&case, &mut out))?;
    Ok(Exit::Clean)
}

fn show(args: &Profile, case: Case) -> Result<Exit, Failure> {
    if let Some(path) = &args.bundle {
        output::write(Some(path), |mut out| bundle::write(&case, &mut out))?;
    }
    if let Some(path) = &args.access {
        let patterns = case.get::<AccessPatterns>().map_err(|reason| Failure::usage(reason.detail))?;
        let text = access::to_toml(patterns).map_err(Failure::usage)?;
        output::write(Some(path), |out| out.write_all(text.as_bytes()))?;
    }
    look::present(&Consulted::of_logs(case, args.logs.shown()), &args.show, look::Detail::Screen)
}

fn store(case: &mut Case, mut digest: Digest, source: &str) {
    let workload = digest.workload(source);
    digest.redact(case.redaction);
    case.keep(digest);
    case.store(&access::patterns(&workload, case.get::<Catalog>().ok(), Dialect::of(case.engine())));
    case.store(&workload);
}

/// The digests of bundles, in that order, as one case; `None` when none of the files is a bundle.
fn stored(paths: &[PathBuf]) -> Result<Option<Case>, Failure> {
    let mut all: Option<(Case, Digest, LogFiles)> = None;
    let mut foreign: Option<&Path> = None;
    for path in paths {
        let Some((case, digest)) = logs::stored(path)? else {
            foreign = Some(path);
            continue;
        };
        let files = case.get::<LogFiles>().cloned().unwrap_or_default();
        match &mut all {
            None => all = Some((case, digest, files)),
            Some((first, sum, read)) => {
                if first.server.product != case.server.product {
                    let message = format!(
                        "{} is of {}, the others of {}",
                        path.display(),
                        case.server.product,
                        first.server.product
                    );
                    return Err(Failure::usage(message).hint("merge digests of one product"));
                }
                first.server.now = first.server.now.max(case.server.now);
                sum.merge(digest);
                read.files.extend(files.files);
            }
        }
    }
    match (all, foreign) {
        (None, _) => Ok(None),
        (Some(_), Some(foreign)) => {
            Err(Failure::usage(format!("{} is no bundle, the others are", foreign.display()))
                .hint("give logs, or bundles"))
        }
        (Some((mut case, digest, files)), None) => {
            let source = files.files.first().map_or(String::new(), |file| file.format.clone());
            case.store(&files);
            store(&mut case, digest, &source);
            Ok(Some(case))
        }
    }
}
