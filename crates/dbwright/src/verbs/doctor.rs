//! `doctor`: what we may and may not see, and what would help.

use dbwright_report::{View, doctor_json, doctor_text};

use super::look;
use crate::cli::Doctor;
use crate::exit::{Exit, Failure};
use crate::{consult, output, rooms};

pub(super) fn run(args: &Doctor) -> Result<Exit, Failure> {
    if args.gather.show_statements {
        return look::show_statements(args.target.as_deref());
    }
    let consulted = consult::case(args.target.as_deref(), &args.gather)?;
    let diagnosis = consulted.diagnose(Default::default());
    let rules = rooms::rules();
    let view = View {
        diagnosis: &diagnosis,
        rules: &rules,
        all: true,
        width: output::width(),
        color: output::colored(),
        target: &consulted.shown,
        case: Some(&consulted.case),
        min: None,
        files: None,
        ascii: false,
    };
    output::write(None, |mut out| match args.format.as_str() {
        "json" => doctor_json(&view, &mut out),
        _ => doctor_text(&view, &mut out),
    })?;
    Ok(if consulted.cut_short() { Exit::Deadline } else { Exit::Clean })
}
