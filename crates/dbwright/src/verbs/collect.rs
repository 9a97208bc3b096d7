//! `collect`: the evidence of a server as a bundle.

use std::path::PathBuf;

use dbwright_model::{Case, Target, bundle};

use super::look;
use crate::cli::Collect;
use crate::exit::{Exit, Failure};
use crate::{consult, output};

pub(super) fn run(args: &Collect) -> Result<Exit, Failure> {
    if args.gather.show_statements {
        return look::show_statements(args.target.as_deref());
    }
    if let Target::Path(_) | Target::Stdin = consult::target(args.target.as_deref())? {
        return Err(Failure::usage("collect asks a server; give its URL")
            .hint("dbwright collect postgres://host/db -o FILE.dbw"));
    }
    let consulted = consult::case(args.target.as_deref(), &args.gather)?;
    let file = args.output.clone().unwrap_or_else(|| name(&consulted.case));
    write(&consulted.case, &file)?;
    Ok(if consulted.cut_short() { Exit::Deadline } else { Exit::Clean })
}

/// Writes the bundle and says what is in it.
pub(super) fn write(case: &Case, file: &std::path::Path) -> Result<(), Failure> {
    output::write(Some(file), |mut out| bundle::write(case, &mut out))?;
    if file.as_os_str() != "-" {
        let size = std::fs::metadata(file).map(|data| dbwright_model::Bytes(data.len())).unwrap_or_default();
        let sections: Vec<&str> = case.section_ids().collect();
        anstream::eprintln!("{} ({size}): {}", file.display(), sections.join(", "));
        if !case.gaps.is_empty() {
            anstream::eprintln!(
                "{} pieces of evidence are missing: dbwright doctor {}",
                case.gaps.len(),
                file.display()
            );
        }
    }
    Ok(())
}

/// `postgresql-db1-2026-11-24.dbw`.
fn name(case: &Case) -> PathBuf {
    let server = &case.server;
    let address: String = server
        .address
        .as_str()
        .rsplit("//")
        .next()
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
        .collect();
    let day = server.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let product = server.product.to_string().to_lowercase();
    PathBuf::from(format!("{product}-{}-{day}.dbw", address.trim_matches('-')))
}
