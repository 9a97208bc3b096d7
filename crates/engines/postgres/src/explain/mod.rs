//! The plan of a query from the server itself, with what is known of the tables in it.

mod calls;
mod form;

use std::collections::BTreeSet;
use std::time::Duration;

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{Operator, Plan, Plans};
use dbwright_model::room::{
    Execution, ExplainOptions, GatherError, GatherErrorKind, GatherOptions, Progress, StatementInfo,
};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Case, Count, Redaction, Seconds, SqlText};
use dbwright_sql::{Dialect, Question};
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::session::{Session, Unanswered};
use crate::{plan, sections, storage};
use calls::{Doubt, Names};
use form::Form;

/// Everything [`explain`] may send about the query; what it collects besides is the collector's.
pub(crate) fn statements() -> Vec<StatementInfo> {
    form::statements().into_iter().chain([calls::CALLED.info()]).collect()
}

const STEPS: usize = 5;
/// Where names are taken out, also that of the function in question.
const UNNAMED: &str = "nothing is known of what a function in it does";

pub(crate) async fn explain(
    target: &ServerTarget,
    query: &str,
    options: &ExplainOptions,
    progress: &dyn Progress,
) -> Result<Case, GatherError> {
    let question = Question::read(query, Dialect::Postgres).map_err(|refused| GatherError {
        kind: GatherErrorKind::Query,
        at: "the query".into(),
        message: refused.to_string(),
        hint: "dbwright why 'SELECT …' postgres://host/db, or a file, or - for standard input".into(),
    })?;
    progress.step("connecting", 0, STEPS);
    // Planned and executed within their own limit, whatever the collecting takes.
    let gather = GatherOptions {
        deadline: options.gather.deadline + options.timeout * 2,
        sample: None,
        ..options.gather.clone()
    };
    let mut session = Session::connect(target, &gather).await?;
    let mut server = sections::server::facts(&mut session).await;
    server.address = session.at.clone().into();
    server.host = options.gather.host.clone();
    let mut case = Case::new(server, options.gather.redaction);

    progress.step("planning", 1, STEPS);
    let plan = ask(&mut session, &question, options, progress).await?;
    let tables: BTreeSet<ObjectName> = plan.nodes.iter().filter_map(|node| node.relation.clone()).collect();
    store(&mut case, plan, &question);

    progress.step("tables and indexes", 3, STEPS);
    sections::settings::collect(&mut session, &mut case).await;
    storage::collect_of(&mut session, &mut case, &tables).await;
    progress.step("sessions", 4, STEPS);
    sections::activity::collect(&mut session, &mut case).await;
    progress.step("done", STEPS, STEPS);
    case.server.statements = Count(session.ran);
    case.server.server_time = session.spent;
    session.close().await;
    Ok(case)
}

/// The plan with all that may be had of it: executed where that only reads.
async fn ask(
    session: &mut Session,
    question: &Question<'_>,
    options: &ExplainOptions,
    progress: &dyn Progress,
) -> Result<Plan, GatherError> {
    let parameters = form::parameters(question);
    let form = if parameters > 0 { Form::Generic } else { Form::Planned };
    let asked = form.ask(session.version.major, question.text, parameters);
    let text = match session.alone(&asked.alone(), options.timeout).await {
        Ok(rows) => rows.into_iter().next().unwrap_or_default(),
        Err(unanswered) => return Err(refused(session, &unanswered, question, asked.offset, options.timeout)),
    };
    let mut planned = plan::of_json(&text).ok_or_else(|| GatherError {
        kind: GatherErrorKind::Query,
        at: session.at.clone(),
        message: "the server gave no plan that can be read".into(),
        hint: "run EXPLAIN (FORMAT JSON) yourself, and give its output to dbwright read".into(),
    })?;
    let why_not = match parameters {
        0 => why_not(session, question, &planned, &text, options.execution).await,
        _ => Some("values for its parameters are not known; write typical ones in their place".to_owned()),
    };
    let why_not = match why_not {
        Some(why_not) => why_not,
        None => {
            progress.step("executing", 2, STEPS);
            let asked = Form::Executed.ask(session.version.major, question.text, 0);
            match session.alone(&asked.alone(), options.timeout).await {
                Ok(rows) => match rows.first().and_then(|text| plan::of_json(text)) {
                    Some(executed) => return Ok(executed),
                    None => "the server gave no plan that can be read".to_owned(),
                },
                Err(Unanswered::Timeout(why)) => {
                    let limit = Seconds(options.timeout.as_secs_f64());
                    format!("it was stopped ({why}; --statement-timeout is {limit}), so nothing is measured")
                }
                Err(Unanswered::Refused(db)) if *db.code() == SqlState::LOCK_NOT_AVAILABLE => {
                    "a table in it is locked by someone else".to_owned()
                }
                Err(Unanswered::Refused(db)) if session.redaction == Redaction::Names => {
                    format!("it fails when executed (SQLSTATE {})", db.code().code())
                }
                Err(Unanswered::Refused(db)) => format!("it fails when executed: {}", db.message()),
                Err(Unanswered::Lost(why)) => format!("the connection was lost: {why}"),
            }
        }
    };
    planned.missing.push(format!("its execution: {why_not}"));
    Ok(planned)
}

/// What speaks against executing the query; the server's own plan of it is the witness.
async fn why_not(
    session: &mut Session,
    question: &Question<'_>,
    planned: &Plan,
    text: &str,
    execution: Execution,
) -> Option<String> {
    if execution == Execution::Never {
        return Some("it was not wanted (--no-analyze)".into());
    }
    if let Some(writes) = &question.writes {
        return Some(format!("{writes}, and is only planned here"));
    }
    if question.into {
        return Some("SELECT INTO makes a table, and is only planned here".into());
    }
    let witness = |operator: Operator| planned.nodes.iter().any(|node| node.operator == operator);
    if witness(Operator::Modify) || planned.nodes.iter().any(|node| &*node.name == "LockRows") {
        return Some("it writes or locks rows, and is only planned here".into());
    }
    let mut names = Names::default();
    names.add(question.text);
    names.add_plan(text);
    match names.doubt(session).await? {
        Doubt::Certain(why) => Some(why),
        Doubt::Unknown(_) if execution == Execution::Always => None,
        Doubt::Unknown(why) => {
            let why = if session.redaction == Redaction::Names { UNNAMED } else { &why };
            Some(format!("{why}; --analyze executes it all the same"))
        }
    }
}

/// Stores the plan as it may be shown.
fn store(case: &mut Case, mut plan: Plan, question: &Question<'_>) {
    plan.query = Some(SqlText::from(question.text));
    dbwright_plan::account(&mut plan);
    dbwright_plan::redact(&mut plan, Dialect::Postgres, case.redaction);
    case.keep(Plans { plans: vec![plan] });
}

/// Why the server does not plan the query, for a person.
fn refused(
    session: &Session,
    unanswered: &Unanswered,
    question: &Question<'_>,
    offset: usize,
    limit: Duration,
) -> GatherError {
    let at = session.at.clone();
    match unanswered {
        Unanswered::Refused(db) => GatherError {
            kind: match *db.code() {
                SqlState::INSUFFICIENT_PRIVILEGE => GatherErrorKind::Refused,
                SqlState::LOCK_NOT_AVAILABLE => GatherErrorKind::Timeout,
                _ => GatherErrorKind::Query,
            },
            message: format!("{}{}", db.message(), place(db, question.text, offset)),
            hint: hint(db, question),
            at,
        },
        Unanswered::Timeout(_) => GatherError {
            kind: GatherErrorKind::Timeout,
            at,
            message: format!("the query was not even planned within {}", Seconds(limit.as_secs_f64())),
            hint: "many joined tables or partitions take long to plan: raise --statement-timeout".into(),
        },
        Unanswered::Lost(why) => GatherError {
            kind: GatherErrorKind::Lost,
            at,
            message: why.clone(),
            hint: "look at the server's log, then try again".into(),
        },
    }
}

/// `, line 2, column 7`: where in the query the server saw it.
fn place(db: &DbError, query: &str, offset: usize) -> String {
    let Some(ErrorPosition::Original(position)) = db.position() else { return String::new() };
    let Some(at) = (*position as usize).checked_sub(offset + 1) else { return String::new() };
    let before: String = query.chars().take(at).collect();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(", line {}, column {column}", before.matches('\n').count() + 1)
}

fn hint(db: &DbError, question: &Question<'_>) -> String {
    // What a driver would say of a parameter is not known here.
    let types = [SqlState::INDETERMINATE_DATATYPE, SqlState::AMBIGUOUS_FUNCTION, SqlState::UNDEFINED_FUNCTION];
    if !question.parameters.is_empty() && types.contains(db.code()) {
        return "give the parameters the types that your driver gives them: $1::bigint, $2::interval".into();
    }
    if let Some(hint) = db.hint() {
        return hint.to_owned();
    }
    match *db.code() {
        SqlState::INSUFFICIENT_PRIVILEGE => {
            "planning a query takes the same privileges as executing it: GRANT SELECT".into()
        }
        SqlState::LOCK_NOT_AVAILABLE => "a table in it is locked by someone else: dbwright look shows by whom".into(),
        SqlState::UNDEFINED_TABLE => {
            "name its schema, or set the URL's search_path (?options=-csearch_path%3Dapp)".into()
        }
        _ => "the query is sent as it is; try it in psql".into(),
    }
}
