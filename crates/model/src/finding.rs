//! A finding is a promise: an object, a number with its source, an exact fix with its price, and when
//! all of this is wrong.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalog::ObjectName;
use crate::plan::{Interval, NodeId, Plans};
use crate::units::{Bytes, Quantity, Seconds};

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing breaks.
    Info,
    /// Costs something now, or will break later.
    Warn,
    /// Broken now, or loses data or stops in sight.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Info => "info",
            Severity::Warn => "warn",
            Severity::Error => "error",
        })
    }
}

/// How sure we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// The evidence hints at it.
    Suspected,
    /// Computed from the catalog or an estimate.
    Derived,
    /// Read off the running server.
    Measured,
    /// The fix was executed and helped.
    Proven,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

/// What happens to those who ignore a finding, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Harm {
    /// Committed data is lost or corrupt.
    DataLoss,
    /// The service stops.
    Outage,
    /// Someone gets in.
    Breach,
    /// It is slower than it need be.
    Slowdown,
    /// Space or work is wasted.
    Waste,
    /// The next problem will be harder to see or to fix.
    Hygiene,
}

/// Where a number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The server counted or timed it.
    Measured,
    /// The catalog or configuration says so.
    Catalog,
    /// Computed by a model of ours or the server's from statistics.
    Estimated,
    /// Taken for granted; said so.
    Assumed,
}

/// One number that supports a finding, and where it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is: `dead rows`.
    pub what: String,
    /// The number with its unit.
    pub value: Quantity,
    /// View and column, command and field: `pg_stat_user_tables.n_dead_tup`.
    pub source: String,
    /// How it is known.
    pub origin: Origin,
}

/// The object a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// What kind of object.
    pub kind: SubjectKind,
    /// Its full name as shown: `public.orders.customer_id`.
    pub name: String,
    /// The table it belongs to (itself, for a table); ties symptoms on one table together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The operator of a plan it is, or is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<PlanNode>,
}

/// An operator of one of the case's plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlanNode {
    /// Which of the case's plans, from 0.
    pub plan: u32,
    /// Which operator of it.
    pub node: NodeId,
}

/// The kinds of object findings are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// The server as a whole.
    Server,
    /// A setting.
    Setting,
    /// A database.
    Database,
    /// A schema.
    Schema,
    /// A table, partition, materialized view.
    Table,
    /// A column.
    Column,
    /// An index.
    Index,
    /// A constraint, foreign keys included.
    Constraint,
    /// A sequence.
    Sequence,
    /// A function, trigger or view.
    Routine,
    /// A session or transaction.
    Session,
    /// A role, user or account.
    Account,
    /// A query by fingerprint.
    Query,
    /// An operator of a plan.
    Operator,
    /// A replica, slot, publication or subscription.
    Replication,
    /// A key or key pattern.
    Key,
    /// An extension, plugin or module.
    Extension,
}

impl SubjectKind {
    /// Whether a finding about such an object can explain symptoms on any table.
    pub fn reaches_everything(self) -> bool {
        matches!(
            self,
            SubjectKind::Server
                | SubjectKind::Setting
                | SubjectKind::Session
                | SubjectKind::Replication
                | SubjectKind::Database
        )
    }
}

impl Subject {
    /// Any object by kind and name.
    pub fn new(kind: SubjectKind, name: impl fmt::Display) -> Subject {
        Subject { kind, name: name.to_string(), table: None, operator: None }
    }
    /// The server as a whole.
    pub fn server() -> Subject {
        Subject::new(SubjectKind::Server, "server")
    }
    /// A setting.
    pub fn setting(name: impl fmt::Display) -> Subject {
        Subject::new(SubjectKind::Setting, name)
    }
    /// A session by the id that the server's kill command takes.
    pub fn session(id: impl fmt::Display) -> Subject {
        Subject::new(SubjectKind::Session, id)
    }
    /// A table.
    pub fn table(table: &ObjectName) -> Subject {
        Subject { table: Some(table.to_string()), ..Subject::new(SubjectKind::Table, table) }
    }
    /// A part of a table, shown as `table.part`: a column, or a constraint.
    pub fn part(kind: SubjectKind, table: &ObjectName, part: impl fmt::Display) -> Subject {
        Subject { table: Some(table.to_string()), ..Subject::new(kind, format_args!("{table}.{part}")) }
    }
    /// An operator of a plan, shown as `#3 Seq Scan on public.orders`; with several plans, as `plan 2 #3 …`.
    pub fn operator(plans: &Plans, at: PlanNode) -> Subject {
        let Some(plan) = plans.plans.get(at.plan as usize) else {
            return Subject::new(SubjectKind::Operator, at.node);
        };
        let node = &plan[at.node];
        let which = if plans.plans.len() > 1 { format!("plan {} ", at.plan + 1) } else { String::new() };
        let table = node.relation.as_ref().map(ToString::to_string);
        let on = table.as_ref().map_or(String::new(), |table| format!(" on {table}"));
        Subject {
            kind: SubjectKind::Operator,
            name: format!("{which}{} {}{on}", at.node, node.name),
            table,
            operator: Some(at),
        }
    }
    /// An index, shown by its own schema-qualified name, tied to its table.
    pub fn index(table: &ObjectName, index: impl fmt::Display) -> Subject {
        let name = match table.schema.is_empty() {
            true => index.to_string(),
            false => format!("{}.{index}", table.schema),
        };
        Subject { table: Some(table.to_string()), ..Subject::new(SubjectKind::Index, name) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// How to take a fix back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Undo {
    /// Run this.
    Statement(String),
    /// Nothing to undo; why.
    NotNeeded(String),
    /// Cannot be undone; why.
    Impossible(String),
}

/// The price of a fix.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    /// The lock it takes and whom that stops: `SHARE UPDATE EXCLUSIVE (reads and writes go on)`. `none` if none.
    pub lock: String,
    /// About how long it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Seconds>,
    /// Disk it needs, for good or for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<Bytes>,
    /// What else it costs: a restart, write amplification, cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
}

/// What language a fix is written in, and so where it is run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FixKind {
    /// SQL, on the server.
    #[default]
    Sql,
    /// A command of the server's own protocol (`CONFIG SET …`).
    Command,
    /// A shell command on the server's host.
    Shell,
    /// A line in the server's configuration file; takes a restart.
    Config,
    /// A change in the application, described.
    Code,
}

/// An exact prescription: it runs as printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// Where it is run.
    #[serde(default)]
    pub kind: FixKind,
    /// The statement.
    pub statement: String,
    /// How to take it back.
    pub undo: Undo,
    /// Its price.
    pub risk: Risk,
    /// How to see that it worked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
}

impl Fix {
    /// A fix in SQL.
    pub fn sql(statement: impl Into<String>, undo: Undo) -> Fix {
        Fix {
            kind: FixKind::Sql,
            statement: statement.into(),
            undo,
            risk: Risk { lock: "none".into(), ..Risk::default() },
            verify: None,
        }
    }
    /// A fix in another language.
    pub fn of(kind: FixKind, statement: impl Into<String>, undo: Undo) -> Fix {
        Fix { kind, ..Fix::sql(statement, undo) }
    }
    /// The lock it takes.
    pub fn lock(mut self, lock: impl Into<String>) -> Fix {
        self.risk.lock = lock.into();
        self
    }
    /// About how long it takes.
    pub fn takes(mut self, duration: Seconds) -> Fix {
        self.risk.duration = Some(duration);
        self
    }
    /// Disk it needs.
    pub fn disk(mut self, disk: Bytes) -> Fix {
        self.risk.disk = Some(disk);
        self
    }
    /// What else it costs.
    pub fn cost(mut self, cost: impl Into<String>) -> Fix {
        self.risk.cost = Some(cost.into());
        self
    }
    /// Adds to what else it costs.
    pub fn also_costs(mut self, cost: impl fmt::Display) -> Fix {
        self.risk.cost = Some(match self.risk.cost {
            Some(before) => format!("{before}; {cost}"),
            None => cost.to_string(),
        });
        self
    }
    /// How to see that it worked.
    pub fn verify(mut self, verify: impl Into<String>) -> Fix {
        self.verify = Some(verify.into());
        self
    }
}

/// A promise with evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule that saw it; stamped by the diagnosis.
    #[serde(default)]
    pub rule: String,
    /// The object.
    pub subject: Subject,
    /// How much it matters.
    pub severity: Severity,
    /// How sure we are.
    pub grade: Grade,
    /// What is wrong and why, in one sentence with its number, without a final period.
    pub cause: String,
    /// The numbers.
    pub evidence: Vec<Evidence>,
    /// Exact prescriptions, best first.
    pub fixes: Vec<Fix>,
    /// When this is wrong; the rule's text unless the finding knows better.
    #[serde(default)]
    pub wrong_when: String,
    /// What not to do; the rule's text unless the finding knows better.
    #[serde(default)]
    pub do_not: String,
    /// Orders findings of one rule: bytes wasted, seconds lost, share used up. Larger first.
    #[serde(default)]
    pub weight: f64,
    /// Time of one execution that the fix would save, with its bounds, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saving: Option<Interval>,
    /// Other operators of the plan that suffer from this one: findings on them may be its symptoms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reaches: Vec<PlanNode>,
    /// The finding that explains this one; stamped by the diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Because>,
}

/// A pointer to the finding that is the cause of a symptom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    /// Its rule.
    pub rule: String,
    /// Its object.
    pub subject: Subject,
}

impl Finding {
    /// A finding, measured unless told otherwise. `cause` is one sentence without a final period.
    pub fn new(severity: Severity, subject: Subject, cause: impl Into<String>) -> Finding {
        Finding {
            rule: String::new(),
            subject,
            severity,
            grade: Grade::Measured,
            cause: cause.into(),
            evidence: Vec::new(),
            fixes: Vec::new(),
            wrong_when: String::new(),
            do_not: String::new(),
            weight: 0.0,
            saving: None,
            reaches: Vec::new(),
            because: None,
        }
    }
    /// How sure we are.
    pub fn grade(mut self, grade: Grade) -> Finding {
        self.grade = grade;
        self
    }
    /// A number the server measured.
    pub fn measured(self, what: &str, value: impl Into<Quantity>, source: &str) -> Finding {
        self.evidence(what, value, source, Origin::Measured)
    }
    /// A fact of the catalog or configuration.
    pub fn catalog(self, what: &str, value: impl Into<Quantity>, source: &str) -> Finding {
        self.evidence(what, value, source, Origin::Catalog)
    }
    /// A number that was estimated.
    pub fn estimated(self, what: &str, value: impl Into<Quantity>, source: &str) -> Finding {
        self.evidence(what, value, source, Origin::Estimated)
    }
    /// A number of any origin.
    pub fn evidence(mut self, what: &str, value: impl Into<Quantity>, source: &str, origin: Origin) -> Finding {
        self.evidence.push(Evidence { what: what.into(), value: value.into(), source: source.into(), origin });
        self
    }
    /// A prescription.
    pub fn fix(mut self, fix: Fix) -> Finding {
        self.fixes.push(fix);
        self
    }
    /// When this very finding is wrong.
    pub fn wrong_when(mut self, text: impl Into<String>) -> Finding {
        self.wrong_when = text.into();
        self
    }
    /// What not to do about this very finding.
    pub fn do_not(mut self, text: impl Into<String>) -> Finding {
        self.do_not = text.into();
        self
    }
    /// Time of one execution that the fix would save; the findings that save most come first.
    pub fn saves(mut self, saving: Interval) -> Finding {
        self.saving = Some(saving);
        self
    }
    /// Other operators of the plan that suffer from this one.
    pub fn reaches(mut self, operators: impl IntoIterator<Item = PlanNode>) -> Finding {
        self.reaches.extend(operators);
        self
    }
    /// Its place among findings of its rule.
    pub fn weight(mut self, weight: f64) -> Finding {
        self.weight = weight;
        self
    }
}
