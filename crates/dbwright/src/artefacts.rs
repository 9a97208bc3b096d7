//! From texts to a case: what was recognised becomes its sections, what was not is named.

use dbwright_model::artefact::{Artefact, Input};
use dbwright_model::catalog::Table;
use dbwright_model::plan::{Plan, Plans};
use dbwright_model::settings::Settings;
use dbwright_model::{Case, Catalog, Engine, Name, Product, Redaction, Server, SqlText, Version, bundle};
use dbwright_reading::{Found, Reading};
use dbwright_report::{Files, NotRead};
use dbwright_sql::Dialect;
use jiff::Timestamp;

use crate::exit::{Exit, Failure};
use crate::texts::Text;
use crate::{explain, rooms};

/// What to take for granted and what to take out.
pub(crate) struct Given {
    pub(crate) version: Option<Version>,
    pub(crate) redaction: Redaction,
}

/// Reads the texts into a case about their plans, and tells what could not be read.
pub(crate) fn case(texts: &[Text], given: &Given) -> Result<(Case, Files), Failure> {
    if let Some(text) = texts.iter().find(|text| bundle::looks_like(text.text.as_bytes())) {
        return Err(Failure::usage(format!("{} is a bundle", text.name))
            .hint(format!("dbwright report {} shows what it holds", text.name)));
    }
    let inputs: Vec<Input<'_>> = texts.iter().map(|text| Input::new(&text.name, &text.text)).collect();
    let reading = read(&inputs);
    let not_read = not_read(&reading);
    let beside = reading.found.iter().find(|found| !matches!(found.artefact, Artefact::Query(_)));
    let beside = beside.map(|found| format!("{}:{}", found.file, found.lines.start + 1));
    let mut parts = Parts::default();
    for found in reading.found {
        parts.add(found, given.redaction)?;
    }
    if parts.plans.is_empty() {
        return Err(nothing(&not_read, beside));
    }
    let advice = parts.advice(given.version);
    let version_known = given.version.or(parts.version()).is_some();
    Ok((parts.case(texts, given), Files { not_read, advice, version_known }))
}

/// Recognises what is in the texts. Statements that several engines understand are read as those of the plans' engine.
fn read(inputs: &[Input<'_>]) -> Reading {
    let reading = dbwright_reading::read(inputs, &rooms::recognisers());
    let engine = reading.found.iter().find_map(|found| match &found.artefact {
        Artefact::Plan(plan) => Some(plan.product.engine()),
        _ => None,
    });
    let Some(engine) = engine else { return reading };
    let own = rooms::recognisers_of(engine);
    let foreign = |found: &Found| own.iter().all(|recogniser| recogniser.id != found.by);
    let plan = |found: &Found| matches!(found.artefact, Artefact::Plan(_));
    // plans of two products are told as such
    let mixed = reading.found.iter().any(|found| plan(found) && foreign(found));
    match !mixed && reading.found.iter().any(foreign) {
        true => dbwright_reading::read(inputs, &own),
        false => reading,
    }
}

/// The artefacts by kind.
#[derive(Default)]
struct Parts {
    plans: Vec<Plan>,
    queries: Vec<SqlText>,
    catalogs: Vec<Catalog>,
    settings: Option<Settings>,
    /// The query that was found last, the file, and the line behind it: a plan right below is its own.
    above: Option<(String, usize)>,
}

/// Between a query and its plan there is at most the frame of the plan.
const BETWEEN: usize = 8;

impl Parts {
    fn add(&mut self, found: Found, redaction: Redaction) -> Result<(), Failure> {
        let at = format!("{}:{}", found.file, found.lines.start + 1);
        let above = self.above.take();
        match found.artefact {
            Artefact::Plan(mut plan) => {
                let mixed = |first: &&Plan| first.product.engine() != plan.product.engine();
                if let Some(first) = self.plans.first().filter(mixed) {
                    let first = (first.found_at.as_deref().unwrap_or("-"), first.product);
                    let message = format!("{} is a plan of {}, {at} of {}", first.0, first.1, plan.product);
                    return Err(Failure::usage(message).hint("read the plans of one product at a time"));
                }
                plan.found_at.get_or_insert(at);
                let below = |(file, end): &(String, usize)| *file == found.file && found.lines.start <= end + BETWEEN;
                if plan.query.is_none() && above.is_some_and(|above| below(&above)) {
                    plan.query = self.queries.pop();
                    name_tables(&mut plan);
                }
                dbwright_plan::account(&mut plan);
                redact(&mut plan, redaction);
                self.plans.push(*plan);
            }
            Artefact::Query(query) => {
                self.queries.push(query);
                self.above = Some((found.file, found.lines.end));
            }
            Artefact::Catalog(catalog) => self.catalogs.push(*catalog),
            Artefact::Settings(settings) => self.settings.get_or_insert_default().0.extend(settings.0),
        }
        Ok(())
    }

    /// One line for each thing that the plans do not tell, however many plans lack it.
    fn advice(&self, version: Option<Version>) -> Vec<String> {
        let mut advice: Vec<String> = self.plans.iter().filter_map(|plan| explain::advice(plan, version)).collect();
        advice.sort();
        advice.dedup();
        advice
    }

    /// The version that the settings given name.
    fn version(&self) -> Option<Version> {
        let settings = self.settings.as_ref()?;
        settings.text("server_version").or(settings.text("version"))?.parse().ok()
    }

    fn case(mut self, texts: &[Text], given: &Given) -> Case {
        let product = self.plans.first().map_or(Product::PostgreSQL, |plan| plan.product);
        let shown = self.plans.iter().filter_map(|plan| plan.since).max();
        let version = given.version.or(self.version()).or(shown).unwrap_or_default();
        // A single query beside a single plan is the plan's.
        if let ([plan], [_]) = (self.plans.as_mut_slice(), self.queries.as_slice())
            && plan.query.is_none()
        {
            plan.query = self.queries.pop();
            name_tables(plan);
            redact(plan, given.redaction);
        }
        let mut server = Server::new(product, version);
        server.address = address(texts);
        server.now = Timestamp::now();
        let mut case = Case::new(server, given.redaction);
        case.keep(Plans { plans: self.plans });
        if !self.catalogs.is_empty() {
            let mut catalog = Catalog::joined(self.catalogs);
            let dialect = dialect(product.engine());
            catalog.tables.iter_mut().for_each(|table| without_literals(table, dialect, given.redaction));
            case.store(&catalog);
        }
        if let Some(settings) = self.settings {
            case.store(&settings);
        }
        case
    }
}

/// Takes the literals out, in the plan's own dialect.
fn redact(plan: &mut Plan, redaction: Redaction) {
    dbwright_plan::redact(plan, dialect(plan.product.engine()), redaction);
}

/// Plans of some engines name tables as the query does; the query tells what stands behind the names.
fn name_tables(plan: &mut Plan) {
    if let Some(room) = rooms::room(plan.product.engine()) {
        room.name_tables(plan);
    }
}

fn dialect(engine: Engine) -> Dialect {
    match engine {
        Engine::Postgres => Dialect::Postgres,
        // Texts of documents, searches and traces are quoted as MySQL quotes, with backslashes.
        _ => Dialect::MySql,
    }
}

/// Takes the literals out of conditions and expressions of indexes.
fn without_literals(table: &mut Table, dialect: Dialect, redaction: Redaction) {
    for index in &mut table.indexes {
        let expressions = index.parts.iter_mut().filter_map(|part| part.expression.as_mut());
        for text in expressions.chain(index.predicate.as_mut()).chain(index.definition.as_mut()) {
            *text = dbwright_sql::redact(text.as_str(), dialect, redaction);
        }
    }
}

/// The file, or the first of them.
fn address(texts: &[Text]) -> Name {
    match texts {
        [] => Name::default(),
        [only] => only.name.clone().into(),
        [first, rest @ ..] => format!("{} and {} more", first.name, rest.len()).into(),
    }
}

fn not_read(reading: &Reading) -> Vec<NotRead> {
    let unreadable = reading.unreadable.iter().map(|(file, error)| NotRead {
        file: file.clone(),
        first: error.line + 1,
        last: error.line + 1,
        why: Some(error.message.clone()),
        hint: Some(error.hint.clone()),
    });
    let unclaimed = reading.unclaimed.iter().map(|part| NotRead {
        file: part.file.clone(),
        first: part.lines.start + 1,
        last: part.lines.end,
        why: None,
        hint: None,
    });
    let mut parts: Vec<NotRead> = unreadable.chain(unclaimed).collect();
    parts.sort_by(|a, b| (&a.file, a.first).cmp(&(&b.file, b.first)));
    parts
}

/// Why there is no case: the first part that could not be read, or what is expected.
fn nothing(not_read: &[NotRead], beside: Option<String>) -> Failure {
    if let Some(part) = not_read.iter().find(|part| part.why.is_some()) {
        let message = format!("{}:{}: {}", part.file, part.first, part.why.as_deref().unwrap_or_default());
        let failure = Failure::new(Exit::Insufficient, message);
        return match &part.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        };
    }
    let what = match (beside, not_read) {
        (Some(at), _) => format!("{at} is read, but there is no plan that it belongs to"),
        (None, []) => "there is nothing to read".to_owned(),
        (None, [first, ..]) => format!("nothing was recognised, from {}:{} on", first.file, first.first),
    };
    // what stands beside plans says nothing alone
    let mut reads: Vec<&str> = rooms::recognisers().iter().map(|recogniser| recogniser.reads).collect();
    reads.retain(|reads| !reads.contains("beside"));
    let best = explain::best(Product::PostgreSQL, Some(Version::new(12, 0, 0)));
    Failure::new(Exit::Insufficient, format!("{what}; expected {}", reads.join(", or "))).hint(format!(
        "run {best} on PostgreSQL (EXPLAIN ANALYZE on MySQL, ANALYZE FORMAT=JSON on MariaDB) and give its output"
    ))
}

#[cfg(test)]
mod tests {
    use dbwright_model::catalog::ObjectName;
    use dbwright_model::plan::{Condition, ConditionKind, Node, Operator};

    use super::*;

    fn found(file: &str, artefact: Artefact) -> Found {
        Found { file: file.into(), lines: 4..9, by: "test", artefact }
    }

    fn plan(product: Product) -> Artefact {
        let filter = Condition { kind: ConditionKind::Filter, text: "(name = 'Ada')".into(), removed: None };
        let node = Node { conditions: vec![filter], ..Node::new(Operator::FullScan, "Seq Scan") };
        Artefact::Plan(Box::new(Plan::new(product, "text", node)))
    }

    fn tables(names: &[&str]) -> Artefact {
        let table = |name: &&str| Table { name: ObjectName::new("public", *name), ..Table::default() };
        Artefact::Catalog(Box::new(Catalog { tables: names.iter().map(table).collect(), ..Catalog::default() }))
    }

    fn parts(artefacts: Vec<Artefact>) -> Parts {
        let mut parts = Parts::default();
        for artefact in artefacts {
            parts.add(found("a.txt", artefact), Redaction::Literals).unwrap();
        }
        parts
    }

    const GIVEN: Given = Given { version: None, redaction: Redaction::Literals };

    #[test]
    fn artefacts_become_one_case() {
        let settings = Settings::default().with("server_version", "16.4");
        let case = parts(vec![
            tables(&["b"]),
            plan(Product::PostgreSQL),
            Artefact::Query("select 'Ada'".into()),
            Artefact::Settings(settings),
            tables(&["c", "a", "b"]),
        ])
        .case(&[], &GIVEN);
        assert_eq!(case.server.version, Version::new(16, 4, 0));
        let catalog = case.get::<Catalog>().unwrap();
        assert_eq!(catalog.tables.iter().map(|table| table.name.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        let plan = &case.get::<Plans>().unwrap().plans[0];
        assert_eq!(plan.found_at.as_deref(), Some("a.txt:5"));
        let query = plan.query.as_ref().unwrap().as_str();
        let filter = plan.nodes[0].conditions[0].text.as_str();
        assert!(!query.contains("Ada") && !filter.contains("Ada"), "{query} {filter}");
    }

    #[test]
    fn a_query_among_several_plans_is_nobodys() {
        let case =
            parts(vec![plan(Product::PostgreSQL), plan(Product::PostgreSQL), Artefact::Query("select 1".into())])
                .case(&[], &GIVEN);
        assert!(case.get::<Plans>().unwrap().plans.iter().all(|plan| plan.query.is_none()));
    }

    #[test]
    fn products_are_not_mixed_but_relatives_are() {
        let mut parts = parts(vec![plan(Product::MySQL), plan(Product::MariaDB)]);
        assert!(parts.add(found("b.txt", plan(Product::PostgreSQL)), Redaction::Off).is_err());
    }

    #[test]
    fn a_version_that_is_given_wins() {
        let given = Given { version: Some(Version::new(14, 2, 0)), ..GIVEN };
        assert_eq!(parts(vec![plan(Product::PostgreSQL)]).case(&[], &given).server.version, Version::new(14, 2, 0));
    }
}
