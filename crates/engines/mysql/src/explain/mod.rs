//! The plan of a query from the server itself, with what is known of the tables in it.

mod calls;
mod values;

use std::time::Duration;

use dbwright_model::catalog::ObjectName;
use dbwright_model::plan::{Operator, Plan, Plans};
use dbwright_model::room::{
    Execution, ExplainOptions, GatherError, GatherErrorKind, GatherOptions, Progress, StatementInfo,
};
use dbwright_model::target::ServerTarget;
use dbwright_model::{Case, Count, Product, Redaction, Seconds, SqlText, Version};
use dbwright_sql::{Dialect, Question};

use crate::session::{Answer, PLANS_WRITES, Session, Unanswered};
use crate::{plan, sections};
use calls::{Doubt, Names};

const PLANNED: &str = "EXPLAIN FORMAT=JSON ";
/// The tabular form notes how the server understood the query: views opened, names completed.
const NOTED_MYSQL: &str = "EXPLAIN FORMAT=TRADITIONAL ";
const NOTED_MARIADB: &str = "EXPLAIN EXTENDED ";
const ANALYZED_MYSQL: &str = "EXPLAIN ANALYZE ";
const ANALYZED_MARIADB: &str = "ANALYZE FORMAT=JSON ";
/// The first version of MySQL with `EXPLAIN ANALYZE`.
const ANALYZES: Version = Version::new(8, 0, 18);

/// Everything [`explain`] may send about the query; what it collects besides is the collector's.
pub(crate) fn statements() -> Vec<StatementInfo> {
    let asked = [
        ("MySQL 8.0+", PLANNED, "max_execution_time"),
        ("MySQL 8.0+", NOTED_MYSQL, "max_execution_time"),
        ("MariaDB 10.5+", PLANNED, "max_statement_time"),
        ("MariaDB 10.5+", NOTED_MARIADB, "max_statement_time"),
        ("MySQL 8.0.18+", ANALYZED_MYSQL, "max_execution_time"),
        ("MariaDB 10.5+", ANALYZED_MARIADB, "max_statement_time"),
    ];
    let asked = asked.map(|(versions, explain, limit)| StatementInfo {
        section: "plans",
        versions,
        text: format!(
            "SET SESSION sql_mode = @@GLOBAL.sql_mode;\nSET SESSION {limit} = …;\nSTART TRANSACTION READ ONLY;\n{explain}…;\n\
             SHOW WARNINGS;\nROLLBACK;"
        ),
    });
    let of_a_write = StatementInfo {
        section: "plans",
        versions: "MySQL 8.0+, MariaDB 10.5+",
        text: format!("{PLANS_WRITES};\n{PLANNED}…; -- of a statement that writes: planned, never executed\nROLLBACK;"),
    };
    let with_parameters = StatementInfo {
        section: "plans",
        versions: "MySQL 8.0+, MariaDB 10.5+",
        text: format!(
            "{}; -- of a query with parameters: before its EXPLAIN, which is then prepared\nSET @dbwright_query = ?;\n\
             PREPARE dbwright_why FROM @dbwright_query;\nEXECUTE dbwright_why USING @dbwright_1, …;",
            values::TAKEN
        ),
    };
    let called = [values::COLUMNS, calls::VIEWS, calls::STORED, calls::LOADED_MYSQL, calls::LOADED_MARIADB];
    asked.into_iter().chain([of_a_write, with_parameters]).chain(called.map(|statement| statement.info())).collect()
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
    let usage = |message: String, hint: &str| GatherError {
        kind: GatherErrorKind::Query,
        at: "the query".into(),
        message,
        hint: hint.into(),
    };
    let question = Question::read(query, Dialect::MySql).map_err(|refused| {
        usage(refused.to_string(), "dbwright why 'SELECT …' mysql://host/db, or a file, or - for standard input")
    })?;
    if question.into && question.writes.is_none() {
        return Err(usage("its rows go elsewhere (INTO)".into(), "leave the INTO out: the plan is the same"));
    }
    progress.step("connecting", 0, STEPS);
    // Planned and executed within their own limit, whatever the collecting takes.
    let gather = GatherOptions {
        deadline: options.gather.deadline + options.timeout * 2,
        sample: None,
        ..options.gather.clone()
    };
    let (mut session, address) = Session::connect(target, &gather).await?;
    let mut server = sections::server::facts(&mut session).await;
    server.address = address.clone().into();
    server.host = options.gather.host.clone();
    let mut case = Case::new(server, options.gather.redaction);

    progress.step("planning", 1, STEPS);
    let mut plan = ask(&mut session, &question, options, &address, progress).await?;
    let tables: Vec<ObjectName> = plan.nodes.iter().filter_map(|node| node.relation.clone()).collect();
    plan.query = Some(SqlText::from(question.text));
    dbwright_plan::account(&mut plan);
    dbwright_plan::redact(&mut plan, Dialect::MySql, case.redaction);
    case.keep(Plans { plans: vec![plan] });

    progress.step("tables and indexes", 3, STEPS);
    sections::settings::collect(&mut session, &mut case).await;
    sections::status::collect(&mut session, &mut case).await;
    let wanted = |name: &ObjectName| {
        tables.iter().any(|table| table.name == name.name && (table.schema.is_empty() || table.schema == name.schema))
    };
    sections::catalog::collect_of(&mut session, &mut case, wanted).await;
    progress.step("sessions", 4, STEPS);
    sections::activity::collect(&mut session, &mut case).await;
    progress.step("done", STEPS, STEPS);
    case.server.statements = Count(session.ran);
    case.server.server_time = session.spent;
    Ok(case)
}

/// The plan with all that may be had of it: executed where that only reads.
async fn ask(
    session: &mut Session,
    question: &Question<'_>,
    options: &ExplainOptions,
    at: &str,
    progress: &dyn Progress,
) -> Result<Plan, GatherError> {
    let writes = question.writes.is_some();
    if writes {
        // Planning may compute what is constant: no call in it may be more than it seems.
        let mut names = Names::default();
        names.add(question.text);
        if let Some(Doubt::Certain(why) | Doubt::Unknown(why)) = names.doubt(session).await {
            return Err(GatherError {
                kind: GatherErrorKind::Query,
                at: "the query".into(),
                message: format!("it writes, so that it is only planned, and planning may execute functions: {why}"),
                hint: "write a value in place of the call".into(),
            });
        }
    }
    let maria = session.product == Product::MariaDB;
    let valued = match question.parameters.is_empty() {
        true => None,
        false => Some(values::values(session, question.text).await),
    };
    let text = valued.as_ref().map_or(question.text, |valued| &valued.text);
    let bindings = valued.as_ref().map(|valued| &valued.bindings);
    let answer = session
        .alone(&format!("{PLANNED}{text}"), bindings, writes, options.timeout)
        .await
        .map_err(|unanswered| refused(unanswered, at, options.timeout))?;
    let noted = format!("{}{text}", if maria { NOTED_MARIADB } else { NOTED_MYSQL });
    let noted = session.alone(&noted, bindings, writes, options.timeout).await.unwrap_or_default();
    let understood = noted.notes.iter().map(String::as_str).find(|note| note.contains("select "));
    let mut planned = read(&answer, understood).ok_or_else(|| GatherError {
        kind: GatherErrorKind::Query,
        at: at.to_owned(),
        message: "the server gave no plan that can be read".into(),
        hint: "run EXPLAIN FORMAT=JSON yourself, and give its output to dbwright read".into(),
    })?;
    let why_not = match why_not(session, question, &planned, understood, options.execution).await {
        _ if valued.is_some() => {
            "typical values for its parameters are not known; write them in their place".to_owned()
        }
        Some(why_not) => why_not,
        None => {
            progress.step("executing", 2, STEPS);
            let explain = if maria { ANALYZED_MARIADB } else { ANALYZED_MYSQL };
            let executed = session.alone(&format!("{explain}{text}"), None, false, options.timeout).await;
            match executed.and_then(whole) {
                Ok(executed) => match read(&executed, understood) {
                    Some(executed) => return Ok(executed),
                    None => "the server gave no plan that can be read".to_owned(),
                },
                Err(Unanswered::Timeout(why)) => {
                    let limit = Seconds(options.timeout.as_secs_f64());
                    format!("it was stopped ({why}; --statement-timeout is {limit}), so nothing is measured")
                }
                Err(Unanswered::Refused { code, .. }) if session.redaction == Redaction::Names => {
                    format!("it fails when executed (error {code})")
                }
                Err(Unanswered::Refused { message, .. }) => format!("it fails when executed: {message}"),
                Err(Unanswered::Lost(why)) => format!("the connection was lost: {why}"),
            }
        }
    };
    planned.missing.push(format!("its execution: {why_not}"));
    if let Some(valued) = &valued {
        planned.missing.push(format!("the values of its parameters: planned with {}", valued.assumed));
    }
    Ok(planned)
}

fn read(answer: &Answer, understood: Option<&str>) -> Option<Plan> {
    plan::of_answer(&answer.rows.join("\n"), understood)
}

/// MySQL prints what it measured until it was stopped: half an execution, which would be judged as a whole one.
fn whole(answer: Answer) -> Result<Answer, Unanswered> {
    match answer.notes.iter().find(|note| note.contains("interrupted")) {
        Some(note) => Err(Unanswered::Timeout(note.clone())),
        None => Ok(answer),
    }
}

/// What speaks against executing the query; the server's own reading of it is the witness.
async fn why_not(
    session: &mut Session,
    question: &Question<'_>,
    planned: &Plan,
    understood: Option<&str>,
    execution: Execution,
) -> Option<String> {
    if execution == Execution::Never {
        return Some("it was not wanted (--no-analyze)".into());
    }
    if let Some(writes) = &question.writes {
        return Some(format!("{writes}, and is only planned here"));
    }
    if planned.nodes.iter().any(|node| node.operator == Operator::Modify) {
        return Some("it writes, and is only planned here".into());
    }
    if session.product == Product::MySQL && session.version < ANALYZES {
        return Some(format!("MySQL {} has no EXPLAIN ANALYZE; 8.0.18 has", session.version));
    }
    let mut names = Names::default();
    names.add(question.text);
    understood.into_iter().for_each(|text| names.add(text));
    let hidden = || Doubt::Unknown("how the server understands it is not known".into());
    match names.doubt(session).await.or_else(|| understood.is_none().then(hidden))? {
        Doubt::Certain(why) => Some(why),
        Doubt::Unknown(_) if execution == Execution::Always => None,
        Doubt::Unknown(why) => {
            let why = if session.redaction == Redaction::Names { UNNAMED } else { &why };
            Some(format!("{why}; --analyze executes it all the same"))
        }
    }
}

/// Why the server does not plan the query, for a person.
fn refused(unanswered: Unanswered, at: &str, limit: Duration) -> GatherError {
    let (kind, message, hint) = match unanswered {
        Unanswered::Refused { code, message } => {
            let (kind, hint) = match code {
                1044 | 1142 | 1143 | 1227 | 1345 | 1370 => (
                    GatherErrorKind::Refused,
                    "explaining a query takes the same privileges as executing it, and SHOW VIEW on its views",
                ),
                1205 => {
                    (GatherErrorKind::Timeout, "a table in it is locked by someone else: dbwright look shows by whom")
                }
                1046 => (GatherErrorKind::Query, "name the database in the URL: mysql://host/database"),
                _ => (GatherErrorKind::Query, "the query is sent as it is; try it in the server's own client"),
            };
            (kind, message, hint)
        }
        Unanswered::Timeout(_) => (
            GatherErrorKind::Timeout,
            format!("the query was not even planned within {}", Seconds(limit.as_secs_f64())),
            "derived tables may be computed when planning: raise --statement-timeout",
        ),
        Unanswered::Lost(why) => (GatherErrorKind::Lost, why, "look at the server's log, then try again"),
    };
    GatherError { kind, at: at.to_owned(), message, hint: hint.to_owned() }
}
