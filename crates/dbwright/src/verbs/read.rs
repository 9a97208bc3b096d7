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
    // What was piped in cannot be read again.
    let shown = match args.files.as_slice() {
        [only] if only.as_os_str() != "-" => only.display().to_string(),
        _ => String::new(),
    };
    look::present(&Consulted::of_files(case, shown, files), &args.show, look::Detail::Screen)
}
