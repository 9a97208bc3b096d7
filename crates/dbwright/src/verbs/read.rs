//! `read`: plans that someone has, read and judged.

use crate::artefacts::{self, Given};
use crate::cli::Read;
use crate::consult::Consulted;
use crate::exit::{Exit, Failure};
use crate::texts;
use crate::verbs::look;

pub(super) fn run(args: &Read) -> Result<Exit, Failure> {
    let texts = texts::read(&args.files)?;
    let (case, files) = artefacts::case(&texts, &Given { version: args.server_version, redaction: args.redact })?;
    let shown = case.server.address.to_string();
    look::present(&Consulted::of_files(case, shown, files), &args.show, look::Detail::Screen)
}
