//! `why`: a query explained by the server that runs it.

use dbwright_model::Target;
use dbwright_model::room::{Execution, ExplainOptions, GatherOptions};

use super::look;
use crate::cli::Why;
use crate::consult::{self, Consulted};
use crate::exit::{Exit, Failure};
use crate::progress::Bar;
use crate::{rooms, texts};

pub(super) fn run(args: &Why) -> Result<Exit, Failure> {
    if args.show_statements {
        // With nothing but a target it stands in the query's place.
        let typed = args.target.as_deref().or(args.query.as_deref().filter(|typed| typed.contains("://")));
        return look::list_statements(typed, |room| {
            let explanations = room.explanations();
            let collects = if explanations.is_empty() { Vec::new() } else { room.statements() };
            explanations.into_iter().chain(collects).collect()
        });
    }
    let query = texts::query(args.query.as_deref().unwrap_or_default())?;
    let server = match consult::target(args.target.as_deref())? {
        Target::Server(server) => server,
        Target::Path(_) | Target::Stdin => {
            return Err(Failure::usage("why asks a server; give its URL")
                .hint("dbwright why QUERY postgres://host/db; a plan that you have: dbwright read FILE"));
        }
    };
    let room = rooms::room(server.engine)
        .ok_or_else(|| Failure::usage(format!("this build of dbwright has no {} room", server.engine)))?;
    let options = ExplainOptions {
        gather: GatherOptions {
            deadline: args.deadline,
            connect_timeout: args.connect_timeout,
            redaction: args.redact,
            ..GatherOptions::default()
        },
        timeout: args.statement_timeout,
        execution: match (args.analyze, args.no_analyze) {
            (_, true) => Execution::Never,
            (true, false) => Execution::Always,
            (false, false) => Execution::WhenSafe,
        },
    };
    let bar = Bar::new();
    let case = consult::wait(room.explain(&server, &query, &options, &bar))?;
    drop(bar);
    look::present(&Consulted::of_query(case), &args.show, look::Detail::Screen)
}
