//! `doctor`: what we may and may not see, and what would help.

use dbwright_report::doctor;

use super::look;
use crate::cli::Doctor;
use crate::exit::{Exit, Failure};
use crate::{consult, output};

pub(super) fn run(args: &Doctor) -> Result<Exit, Failure> {
    if args.gather.show_statements {
        return look::show_statements(args.target.as_deref());
    }
    let consulted = consult::case(args.target.as_deref(), &args.gather)?;
    let diagnosis = consulted.diagnose(Default::default());
    output::write(None, |mut out| match args.format.as_str() {
        "json" => doctor::json(&consulted.case, &diagnosis, &mut out),
        _ => doctor::text(&consulted.case, &diagnosis, output::width(), output::colored(), &mut out),
    })?;
    Ok(if consulted.cut_short() { Exit::Deadline } else { Exit::Clean })
}
