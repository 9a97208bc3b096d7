//! `orm`: programs that talk too much, as their sessions in logs and traces tell.

use dbwright_workload::chatter::{Following, Limits, Steps};

use crate::cli::Orm;
use crate::consult::Consulted;
use crate::exit::{Exit, Failure};
use crate::logs;
use crate::verbs::look;

pub(super) fn run(args: &Orm) -> Result<Exit, Failure> {
    let mut steps = Steps::new(Limits::default());
    let listener = |dialect| Following { dialect };
    let read =
        logs::read(&args.logs.files, logs::threads(args.logs.threads), &logs::filter(&args.logs), listener, |part| {
            steps.absorb(part)
        })?;
    let until = steps.until();
    let case = read.case(until, args.logs.redact).with(&steps.finish());
    let exit = look::present(&Consulted::of_logs(case, args.logs.shown()), &args.show, look::Detail::Screen)?;
    Ok(if read.complain() { Exit::Insufficient } else { exit })
}
