//! `teach`: the lesson of a rule or a topic, to read or to try.

use std::io::{self, Write};

use dbwright_demo::Gym;
use dbwright_model::{Engine, Redaction, Rule, lesson};
use dbwright_report::{lesson as rule_lesson, lesson_markdown, markdown, rules_text};

use crate::artefacts::{self, Given};
use crate::cli::{Show, Teach};
use crate::consult::Consulted;
use crate::exit::{Exit, Failure};
use crate::texts::Text;
use crate::verbs::look;
use crate::{output, rooms};

/// What can be taught.
enum Lesson {
    Rule(&'static Rule),
    Topic(&'static lesson::Topic),
}

impl Lesson {
    fn text(&self) -> &'static str {
        match self {
            Lesson::Rule(rule) => rule.lesson,
            Lesson::Topic(topic) => topic.text,
        }
    }
}

pub(super) fn run(args: &Teach) -> Result<Exit, Failure> {
    let Some(wanted) = &args.lesson else {
        output::write(None, list)?;
        return Ok(Exit::Clean);
    };
    let lesson = find(wanted)?;
    if args.lab {
        return lab(wanted, &lesson);
    }
    output::write(None, |mut out| match (&lesson, args.format.as_str()) {
        (Lesson::Rule(rule), "markdown") => lesson_markdown(rule, &mut out),
        (Lesson::Topic(topic), "markdown") => out.write_all(topic.text.as_bytes()),
        (Lesson::Rule(rule), _) => rule_lesson(rule, output::width(), output::colored(), &mut out),
        (Lesson::Topic(topic), _) => markdown(topic.text, output::width(), output::colored(), &mut out),
    })?;
    Ok(Exit::Clean)
}

fn list(mut out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "topics")?;
    for topic in rooms::topics() {
        let engine = topic.engine.map_or(String::new(), |engine| format!(" ({engine})"));
        writeln!(out, "  {:<20} {}{engine}", topic.id, topic.title())?;
    }
    writeln!(out)?;
    rules_text(&rooms::rules(), output::width(), output::colored(), &mut out)
}

fn find(wanted: &str) -> Result<Lesson, Failure> {
    let rules = rooms::rules();
    if let Some(rule) = rules.iter().find(|rule| rule.id == wanted) {
        return Ok(Lesson::Rule(rule));
    }
    let topics = rooms::topics();
    if let Some(topic) = topics.iter().find(|topic| topic.id == wanted) {
        return Ok(Lesson::Topic(topic));
    }
    let failure = Failure::usage(format!("there is no rule or topic `{wanted}`"));
    let words: Vec<&str> = wanted.split('-').filter(|word| word.len() > 2).collect();
    // Alike at the beginning first, as with a slip of the finger; then by words in common.
    let alike = |id: &str| {
        let beginning = id.bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count();
        let words = words.iter().filter(|word| id.contains(**word)).count();
        (if beginning > 4 { beginning } else { 0 }, words)
    };
    let ids = rules.iter().map(|rule| rule.id).chain(topics.iter().map(|topic| topic.id));
    let mut near: Vec<((usize, usize), &str)> =
        ids.map(|id| (alike(id), id)).filter(|(hits, _)| *hits > (0, 0)).collect();
    near.sort_by_key(|(hits, id)| (std::cmp::Reverse(*hits), *id));
    let near: Vec<&str> = near.into_iter().take(5).map(|(_, id)| id).collect();
    Err(match near.is_empty() {
        true => failure.hint("dbwright teach lists all of them"),
        false => failure.hint(format!("did you mean {}?", near.join(", "))),
    })
}

/// Runs the lesson's lab on the newest server found and shows each of its plans as `read` does.
fn lab(id: &str, lesson: &Lesson) -> Result<Exit, Failure> {
    let lab = lesson::lab(lesson.text());
    if lab.cases.is_empty() {
        return Err(Failure::usage(format!("the lesson {id} has no lab"))
            .hint(format!("dbwright teach {id} shows it; its statements can be run on a server of yours")));
    }
    let engine = match lesson {
        Lesson::Rule(rule) => rule.engines.first().copied(),
        Lesson::Topic(topic) => topic.engine,
    };
    let engine = engine.unwrap_or(Engine::Postgres);
    let failed = |error: &dyn std::fmt::Display| Failure::new(Exit::Unreachable, format!("the lab failed: {error}"));
    anstream::eprintln!("starting a throw-away {engine} server");
    let runtime = tokio::runtime::Runtime::new().map_err(|error| failed(&error))?;
    let plans: Vec<(lesson::LabCase<'_>, String)> = runtime.block_on(async {
        let run = async {
            let gym = Gym::newest(engine).map_err(|error| failed(&error))?;
            let mut exercise = gym.exercise("lesson").await.map_err(|error| failed(&error))?;
            exercise.prepare(&lab).await.map_err(|error| failed(&error))?;
            let mut plans = Vec::new();
            for case in lab.cases.iter().filter(|case| gym.takes(case)) {
                plans.push((case.clone(), exercise.plan(case).await.map_err(|error| failed(&error))?));
            }
            Ok(plans)
        };
        tokio::select! {
            plans = run => plans,
            _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Interrupted, "interrupted; the throw-away server is gone")),
        }
    })?;
    for (case, plan) in &plans {
        let expected = if case.fires { "shows it" } else { "looks like it and is healthy" };
        output::write(None, |out| writeln!(out, "{} ({expected})\n\n{}\n", case.title, case.sql))?;
        let text = Text { name: "lab".to_owned(), text: plan.clone() };
        let given = Given { version: None, redaction: Redaction::Off };
        let (read, files) = artefacts::case(std::slice::from_ref(&text), &given)?;
        look::present(&Consulted::of_files(read, String::new(), files), &Show::default(), look::Detail::Screen)?;
    }
    Ok(Exit::Clean)
}
