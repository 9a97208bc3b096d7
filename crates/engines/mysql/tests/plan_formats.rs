//! Every format of every product, on real servers: all plans are read, formats agree, nothing is lost, no input panics.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite stops where something is not as it must be")]

use std::collections::BTreeMap;

use dbwright_lab::{Lab, Options, Product as Binary};
use dbwright_model::artefact::{Artefact, Input};
use dbwright_model::plan::Plan;
use dbwright_model::room::Room;
use dbwright_model::{Area, Case, Plans, Product, Redaction, Server, Severity, Version};
use dbwright_mysql::MySql;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row};

const SCHEMA: &str = include_str!("plan_formats/schema.sql");
const STATEMENTS: &str = include_str!("plan_formats/statements.sql");

/// A result as a client has it.
struct Output {
    header: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

impl Output {
    fn of(rows: Vec<Row>) -> Output {
        let header = rows
            .first()
            .map_or(Vec::new(), |row| row.columns_ref().iter().map(|column| column.name_str().into_owned()).collect());
        let cell = |value: &mysql_async::Value| match value {
            mysql_async::Value::NULL => None,
            mysql_async::Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            other => Some(other.as_sql(true).trim_matches('\'').to_owned()),
        };
        let rows = rows.iter().map(|row| (0..row.len()).map(|at| cell(row.as_ref(at).unwrap())).collect()).collect();
        Output { header, rows }
    }

    fn cells(&self) -> Vec<Vec<String>> {
        self.rows.iter().map(|row| row.iter().map(|c| c.clone().unwrap_or("NULL".into())).collect()).collect()
    }

    /// As `mysql --table` prints it.
    fn bordered(&self) -> String {
        let rows = self.cells();
        let width = |at: usize| {
            let longest = rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
            longest.max(self.header[at].chars().count())
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let border: String = widths.iter().map(|w| format!("+{}", "-".repeat(w + 2))).collect::<String>() + "+\n";
        let line = |cells: &[String]| -> String {
            let cells: String = cells.iter().zip(&widths).map(|(cell, w)| format!("| {cell:w$} ")).collect();
            cells + "|\n"
        };
        format!(
            "{border}{}{border}{}{border}",
            line(&self.header),
            rows.iter().map(|row| line(row)).collect::<String>()
        )
    }

    /// As `mysql --batch` prints it.
    fn batch(&self) -> String {
        let escape = |cell: &String| cell.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t");
        let line = |cells: &Vec<String>| cells.iter().map(escape).collect::<Vec<_>>().join("\t") + "\n";
        line(&self.header) + &self.cells().iter().map(line).collect::<String>()
    }

    /// As `\G` prints it.
    fn vertical(&self) -> String {
        let widest = self.header.iter().map(|name| name.len()).max().unwrap_or(0);
        let mut text = String::new();
        for (number, row) in self.cells().iter().enumerate() {
            text += &format!("{0} {1}. row {0}\n", "*".repeat(27), number + 1);
            for (name, cell) in self.header.iter().zip(row) {
                text += &format!("{name:>widest$}: {cell}\n");
            }
        }
        text
    }
}

fn plans(text: &str) -> Vec<Plan> {
    let recognisers: Vec<_> = MySql.recognisers().iter().collect();
    let reading = dbwright_reading::read(&[Input::new("-", text)], &recognisers);
    assert!(reading.unreadable.is_empty(), "{:?}\n{text}", reading.unreadable);
    assert!(reading.unclaimed.iter().all(|rest| rest.lines.len() <= 1), "{:?}\n{text}", reading.unclaimed);
    let plan = |found: dbwright_reading::Found| match found.artefact {
        Artefact::Plan(plan) => *plan,
        other => panic!("{other:?}"),
    };
    reading.found.into_iter().map(plan).collect()
}

fn one(text: &str) -> Plan {
    let mut all = plans(text);
    assert_eq!(all.len(), 1, "{text}");
    let plan = all.remove(0);
    assert!(plan.missing.is_empty(), "{:?}\n{text}", plan.missing);
    plan
}

/// What is wrong, so that one run shows all of it.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(what());
        }
    }
    fn none(self) {
        let shown: Vec<&String> = self.0.iter().take(8).collect();
        assert!(
            self.0.is_empty(),
            "{} problems:\n{}",
            self.0.len(),
            shown.iter().map(|p| p.as_str()).collect::<Vec<_>>().join("\n=====\n")
        );
    }
}

/// The base tables a plan reads, by the names the query gives them.
fn tables(plan: &Plan) -> Vec<String> {
    let reads = plan.nodes.iter().filter(|node| node.operator.is_scan() && node.relation.is_some());
    let mut names: Vec<String> = reads.map(|node| node.alias.as_ref().unwrap().to_string()).collect();
    names.sort();
    names
}

/// Whether the times of all nodes by themselves add up to the execution, and what had to be bent for it.
fn adds_up(plan: &Plan) -> Result<usize, String> {
    let mut plan = plan.clone();
    dbwright_plan::account(&mut plan);
    let Some(account) = &plan.account else { return Ok(0) };
    let own: f64 = plan.nodes.iter().filter_map(|node| node.own.as_ref()?.time).map(|time| time.value).sum();
    let entries: f64 = account.entries.iter().map(|entry| entry.time.value).sum();
    let total = account.execution.0;
    let close = |sum: f64| (sum - total).abs() <= 0.01 * total + 2e-6;
    match close(entries) && (close(own) || account.entries.len() > 1) {
        true => Ok(account.notes.len()),
        false => Err(format!("own {own} entries {entries} of {total}: {account:?}")),
    }
}

/// What the rules over plans say louder than info: these statements read at most ten thousand rows of a table.
fn loud(plan: Plan) -> Vec<String> {
    let mut plan = plan;
    dbwright_plan::account(&mut plan);
    let case = Case::new(Server::new(plan.product, Version::new(0, 0, 0)), Redaction::Literals)
        .with(&Plans { plans: vec![plan] });
    let rules = MySql.rules().iter().filter(|rule| rule.area == Area::Plans);
    let found = rules.flat_map(|rule| {
        let found = (rule.check)(&case).unwrap_or_default();
        found.into_iter().map(|finding| (finding.severity, format!("{}: {}", rule.id, finding.cause)))
    });
    found.filter(|(severity, _)| *severity > Severity::Info).map(|(_, cause)| cause).collect()
}

/// Every number and text somewhere in a value.
fn leaves(value: &serde_json::Value, found: &mut BTreeMap<String, usize>) {
    match value {
        serde_json::Value::Object(map) => map.values().for_each(|value| leaves(value, found)),
        serde_json::Value::Array(items) => items.iter().for_each(|value| leaves(value, found)),
        serde_json::Value::Null => {}
        other => {
            let text = other.as_str().map_or(other.to_string(), str::to_owned);
            let text = text.parse::<f64>().map_or(text, |number| format!("{number:.4e}"));
            *found.entry(text).or_default() += 1;
        }
    }
}

/// What a document says and its plan does not.
fn lost(source: &str, plan: &Plan) -> Vec<String> {
    let Some(read) = dbwright_reading::json::read(source) else { return vec!["everything".into()] };
    let (mut said, mut kept) = (BTreeMap::new(), BTreeMap::new());
    leaves(&serde_json::to_value(&read.value).unwrap(), &mut said);
    leaves(&serde_json::to_value(plan).unwrap(), &mut kept);
    let whole = serde_json::to_string(plan).unwrap();
    said.into_keys()
        .filter(|leaf| !kept.contains_key(leaf))
        .filter(|leaf| {
            let ms = leaf.parse::<f64>().map(|ms| format!("{:.4e}", ms / 1000.0));
            !ms.is_ok_and(|seconds| kept.contains_key(&seconds))
        })
        .filter(|leaf| {
            !leaf
                .split(", ")
                .all(|part| whole.contains(&serde_json::to_string(part).unwrap()[1..]) || whole.contains(part))
        })
        .collect()
}

async fn start(server: Binary) -> Option<(Lab, Conn)> {
    let binaries = dbwright_lab::for_test(server, None).unwrap()?;
    let lab = Lab::start(&binaries, &Options::new().setting("innodb_buffer_pool_size", "32M")).unwrap();
    let mut conn = Conn::from_url(lab.url()).await.unwrap();
    conn.query_drop("create database lab").await.unwrap();
    conn.query_drop("use lab").await.unwrap();
    for statement in SCHEMA.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        if let Err(error) = conn.query_drop(statement.trim_end_matches(';')).await {
            panic!("{statement}: {error}");
        }
    }
    Some((lab, conn))
}

async fn run(conn: &mut Conn, statement: &str) -> Option<Output> {
    match conn.query::<Row, _>(statement).await {
        Ok(rows) => Some(Output::of(rows)),
        // not every product knows every statement
        Err(_) => None,
    }
}

fn statements() -> impl Iterator<Item = String> {
    STATEMENTS.lines().filter(|line| !line.starts_with("--") && !line.is_empty()).map(str::to_owned)
}

fn changes_data(statement: &str) -> bool {
    ["insert", "update", "delete", "replace"].iter().any(|verb| statement.starts_with(verb))
}

/// What the table's rows say must be in the plan.
fn keeps_cells(output: &Output, plan: &Plan) {
    let whole = serde_json::to_string(plan).unwrap();
    for row in &output.rows {
        for (name, cell) in output.header.iter().zip(row) {
            let Some(cell) = cell else { continue };
            let number = cell.parse::<f64>().is_ok();
            let kept = number
                || cell.split([',', ';', '|']).all(|part| {
                    let quoted = serde_json::to_string(part.trim()).unwrap();
                    whole.contains(&quoted[1..quoted.len() - 1])
                });
            // the name of a union is what its members say
            assert!(kept || cell.starts_with("<union") || name == "type", "{name}={cell} is lost in {whole}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_in_every_format() {
    let Some((lab, mut conn)) = start(Binary::MySql).await else { return };
    let mut problems = Problems::default();
    let (mut read, mut same_tree, mut trees, mut nodes, mut bent) = (0, 0, 0, 0, 0);
    let mut warned: Vec<String> = Vec::new();
    for statement in statements() {
        let Some(classic) = run(&mut conn, &format!("explain format=traditional {statement}")).await else { continue };
        let first = one(&classic.bordered());
        assert_eq!(first.product, Product::MySQL, "{}", classic.bordered());
        keeps_cells(&classic, &first);
        for other in [one(&classic.batch()), one(&classic.vertical())] {
            assert_eq!(tables(&other), tables(&first), "{statement}");
            assert_eq!(other.nodes.len(), first.nodes.len());
        }
        read += 3;
        conn.query_drop("set explain_json_format_version = 1").await.unwrap();
        for markers in [0, 1] {
            conn.query_drop(format!("set end_markers_in_json = {markers}")).await.unwrap();
            let Some(output) = run(&mut conn, &format!("explain format=json {statement}")).await else { continue };
            let source = output.rows[0][0].clone().unwrap();
            for text in [output.bordered(), output.vertical(), output.batch(), source.clone()] {
                let plan = one(&text);
                problems.expect((plan.product, tables(&plan)) == (Product::MySQL, tables(&first)), || {
                    format!("{statement}\n{source}\n{}\n{:?} {:?}", classic.bordered(), tables(&plan), tables(&first))
                });
                let gone = lost(&source, &plan);
                problems.expect(gone.is_empty(), || format!("{statement}: lost {gone:?}\n{source}"));
                read += 1;
            }
        }
        conn.query_drop("set end_markers_in_json = 0").await.unwrap();
        conn.query_drop("set explain_json_format_version = 2").await.unwrap();
        let analyze = !changes_data(&statement);
        let mut shapes: Vec<(String, Vec<String>, usize)> = Vec::new();
        for form in
            ["explain format=tree", "explain format=json", "explain analyze format=tree", "explain analyze format=json"]
        {
            if form.contains("analyze") && !analyze {
                continue;
            }
            let Some(output) = run(&mut conn, &format!("{form} {statement}")).await else { continue };
            let source = output.rows[0][0].clone().unwrap();
            if source.contains("not executable by iterator executor") {
                continue;
            }
            for text in [output.bordered(), output.vertical(), output.batch()] {
                let plan = one(&text);
                assert_eq!(plan.product, Product::MySQL);
                if form.contains("json") {
                    let gone = lost(&source, &plan);
                    problems.expect(gone.is_empty(), || format!("{statement}: lost {gone:?}\n{source}"));
                } else {
                    let arrows = source.lines().filter(|line| line.trim_start().starts_with("-> ")).count();
                    assert_eq!(plan.nodes.len(), arrows, "{source}");
                }
                assert_eq!(plan.analyzed(), form.contains("analyze"), "{source}");
                match adds_up(&plan) {
                    Ok(0) => {}
                    Ok(_) => bent += 1,
                    Err(why) => problems.expect(false, || format!("{why}\n{statement}\n{source}")),
                }
                shapes.push((form.to_owned(), tables(&plan), plan.nodes.len()));
                nodes += plan.nodes.len();
                warned.extend(loud(plan).into_iter().map(|cause| format!("{cause} [{statement}]")));
                read += 1;
            }
        }
        let Some((_, names, count)) = shapes.first().cloned() else { continue };
        for (form, other, size) in &shapes {
            problems.expect((other, size) == (&names, &count), || format!("{form} {statement}\n{shapes:?}"));
        }
        trees += 1;
        same_tree += usize::from(names == tables(&first));
    }
    println!("{} of {read} plans have warnings:\n{}", warned.len(), warned.join("\n"));
    println!(
        "MySQL: {read} texts, {nodes} nodes of trees; {same_tree} of {trees} trees read the same tables as the table; times bent in {bent}"
    );
    assert!(warned.len() * 100 <= read, "healthy plans are not left in peace");
    assert!(read > 2500 && same_tree * 100 >= trees * 75, "{read} {same_tree} {trees}");
    drop(lab);
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_in_every_format() {
    let Some((lab, mut conn)) = start(Binary::MariaDb).await else { return };
    let mut problems = Problems::default();
    let (mut read, mut nodes, mut bent) = (0, 0, 0);
    let mut warned: Vec<String> = Vec::new();
    for statement in statements() {
        let analyze = !changes_data(&statement);
        let mut known: Option<Vec<String>> = None;
        for form in ["explain", "explain extended", "explain partitions", "analyze"] {
            if form == "analyze" && !analyze {
                continue;
            }
            let Some(output) = run(&mut conn, &format!("{form} {statement}")).await else { continue };
            for text in [output.bordered(), output.batch(), output.vertical()] {
                let plan = one(&text);
                keeps_cells(&output, &plan);
                let executed = plan.analyzed();
                let wanted = form == "analyze";
                let fits = (wanted || !executed) && (!wanted || executed || tables(&plan).is_empty());
                problems.expect(fits, || format!("executed? {form} {text}"));
                let names = tables(&plan);
                let same = known.get_or_insert(names.clone()) == &names;
                problems.expect(same, || format!("{form} {statement}\n{text}\n{known:?} {names:?}"));
                read += 1;
            }
        }
        for form in ["explain format=json", "analyze format=json"] {
            if form.starts_with("analyze") && !analyze {
                continue;
            }
            let Some(output) = run(&mut conn, &format!("{form} {statement}")).await else { continue };
            let source = output.rows[0][0].clone().unwrap();
            for text in [output.bordered(), output.batch(), output.vertical(), source.clone()] {
                let plan = one(&text);
                assert_eq!(plan.product, Product::MariaDB, "{source}");
                let names = tables(&plan);
                problems.expect(Some(&names) == known.as_ref(), || {
                    format!("{form} {statement}\n{source}\n{names:?} instead of {known:?}")
                });
                let gone = lost(&source, &plan);
                problems.expect(gone.is_empty(), || format!("{statement}: lost {gone:?}\n{source}"));
                match adds_up(&plan) {
                    Ok(0) => {}
                    Ok(_) => bent += 1,
                    Err(why) => problems.expect(false, || format!("{why}\n{statement}\n{source}")),
                }
                nodes += plan.nodes.len();
                warned.extend(loud(plan).into_iter().map(|cause| format!("{cause} [{statement}]")));
                read += 1;
            }
        }
    }
    problems.none();
    println!("{} of {read} plans have warnings:\n{}", warned.len(), warned.join("\n"));
    println!("MariaDB: {read} texts, {nodes} nodes of JSON; times bent to fit in {bent}");
    assert!(read > 2500, "{read}");
    assert!(warned.len() * 100 <= read, "healthy plans are not left in peace");
    drop(lab);
}
