//! A case: all evidence about one system at one time.
//!
//! Evidence lives in *sections*. A section is any serializable type with an id; neutral ones
//! ([`Catalog`](crate::Catalog), [`Settings`](crate::Settings)…) are defined here, an engine's own in its
//! room. A section is stored in its serialized form the moment it is collected and decoded from it on
//! first use, so a rule reads exactly the same from a live server as from a bundle. Plans, which may be
//! larger than everything else together, are kept as they came ([`Case::keep`]): their stored form says the same.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::engine::{Engine, Product, Version};
use crate::privacy::{self, Name, Redaction};
use crate::rule::NotEvaluated;
use crate::units::{Bytes, Count, Seconds};

/// A kind of evidence: a serializable type with a name and a version.
pub trait Section: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in bundles: `catalog`, `postgres.vacuum`. Never reused for another shape.
    const ID: &'static str;
    /// Raised when the stored shape changes in a way that older readers would misread.
    const VERSION: u32;
    /// What it is, in the words of a report: "server settings".
    const TITLE: &'static str;
}

/// Why a piece of evidence is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The role may not read it.
    Privilege,
    /// This version of the server does not have it.
    Version,
    /// An extension or plugin that provides it is not installed.
    Extension,
    /// It is switched off by a setting.
    Setting,
    /// The counters are too young for the question.
    Window,
    /// Time or size budget was used up before.
    Budget,
    /// The statement was cancelled by its own timeout, or waited for a lock.
    Timeout,
    /// The connection was lost.
    Connection,
    /// A managed service or a proxy does not offer it.
    Managed,
    /// The question does not arise here (a standby, a cluster, nothing of that kind exists).
    NotApplicable,
    /// It was not asked for (`--sample`, or an older bundle).
    NotCollected,
    /// The server answered with an error, or the stored form could not be read.
    Error,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Privilege => "no privilege",
            Why::Version => "not in this version",
            Why::Extension => "extension missing",
            Why::Setting => "switched off",
            Why::Window => "statistics too young",
            Why::Budget => "budget used up",
            Why::Timeout => "timed out",
            Why::Connection => "connection lost",
            Why::Managed => "not offered by this service",
            Why::NotApplicable => "not applicable",
            Why::NotCollected => "not collected",
            Why::Error => "error",
        })
    }
}

/// A piece of evidence that could not be collected, and what would allow it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// The section it belongs to.
    pub section: String,
    /// Which part, when the rest of the section is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The kind of reason.
    pub why: Why,
    /// The reason in words, without literals from the server's data.
    pub detail: String,
    /// The exact `GRANT`, setting or option that would help, if anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<String>,
}

/// The part a server plays in replication.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It takes writes.
    #[default]
    Primary,
    /// It follows another server.
    Replica,
}

/// The machine below the server, as far as anything knows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Main memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// Processor cores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<u32>,
    /// How it is known: `INFO total_system_memory`, `stated with --ram`.
    #[serde(default)]
    pub source: String,
}

/// Who answered, where, when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// The product.
    pub product: Product,
    /// Its version.
    pub version: Version,
    /// Host and port as the user gave them; never a password.
    pub address: Name,
    /// The database the per-database sections describe, where the engine has databases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Name>,
    /// The role or user we were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Name>,
    /// Part in replication.
    pub role: Role,
    /// A managed service, when recognised: `Amazon RDS`, `Cloud SQL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed: Option<String>,
    /// The server's clock when collection began. Every age in the case is relative to this.
    pub now: Timestamp,
    /// How long the server has been up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime: Option<Seconds>,
    /// Total size of the data, where one number exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Bytes>,
    /// The machine.
    #[serde(default)]
    pub host: Host,
    /// How many statements we ran, and how long the server took for them (measured by us, so an upper bound).
    #[serde(default)]
    pub statements: Count,
    /// Sum of the statements' durations.
    #[serde(default)]
    pub server_time: Seconds,
}

impl Server {
    /// A server with nothing known but product and version, at the epoch; for collectors to fill and for tests.
    pub fn new(product: Product, version: Version) -> Server {
        Server {
            product,
            version,
            address: Name::default(),
            database: None,
            user: None,
            role: Role::Primary,
            managed: None,
            now: Timestamp::UNIX_EPOCH,
            uptime: None,
            data: None,
            host: Host::default(),
            statements: Count(0),
            server_time: Seconds(0.0),
        }
    }
}

/// A section as a case holds it.
pub(crate) struct Stored {
    pub(crate) version: u32,
    form: Form,
}

enum Form {
    /// In its stored form, decoded at most once.
    Data { data: Box<RawValue>, decoded: OnceLock<Result<Box<dyn Any + Send + Sync>, String>> },
    /// As it came, with what makes the stored form of it.
    Kept { section: Box<dyn Any + Send + Sync>, encode: Encode },
}

type Encode = fn(&dyn Any) -> serde_json::Result<Box<RawValue>>;

impl Stored {
    pub(crate) fn new(version: u32, data: Box<RawValue>) -> Stored {
        Stored { version, form: Form::Data { data, decoded: OnceLock::new() } }
    }

    fn kept<S: Section>(section: S) -> Stored {
        let encode: Encode = |section| serde_json::value::to_raw_value(&section.downcast_ref::<S>());
        Stored { version: S::VERSION, form: Form::Kept { section: Box::new(section), encode } }
    }

    /// The stored form.
    pub(crate) fn data(&self) -> serde_json::Result<Cow<'_, RawValue>> {
        match &self.form {
            Form::Data { data, .. } => Ok(Cow::Borrowed(data)),
            Form::Kept { section, encode } => encode(section.as_ref()).map(Cow::Owned),
        }
    }

    fn decode<S: Section>(&self) -> Result<&S, &str> {
        let section = match &self.form {
            Form::Data { data, decoded } => {
                decoded.get_or_init(|| read::<S>(self.version, data)).as_ref().map_err(String::as_str)?
            }
            Form::Kept { section, .. } => section,
        };
        section.downcast_ref::<S>().ok_or("read as another type")
    }
}

fn read<S: Section>(version: u32, data: &RawValue) -> Result<Box<dyn Any + Send + Sync>, String> {
    if version > S::VERSION {
        return Err(format!("section version {version} is newer than this dbwright reads ({})", S::VERSION));
    }
    match serde_json::from_str::<S>(data.get()) {
        Ok(section) => Ok(Box::new(section)),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether the stored form says what the section says: nothing in it is for redaction, and reading it gives it back.
fn survives<S: Section>(section: &S, redaction: Redaction) -> bool {
    let plain = serde_json::to_string(section).ok();
    let stored = privacy::with_redaction(redaction, || serde_json::to_string(section)).ok();
    let again = stored.as_deref().and_then(|stored| serde_json::from_str::<S>(stored).ok());
    plain == stored && again.and_then(|again| serde_json::to_string(&again).ok()) == plain
}

/// All evidence about one system at one time.
pub struct Case {
    /// Who answered, where, when.
    pub server: Server,
    /// What was taken out before storing.
    pub redaction: Redaction,
    /// The dbwright that collected it.
    pub collected_by: String,
    pub(crate) sections: BTreeMap<String, Stored>,
    /// What could not be collected, sorted by section.
    pub gaps: Vec<Gap>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("server", &self.server)
            .field("sections", &self.sections.keys().collect::<Vec<_>>())
            .field("gaps", &self.gaps)
            .finish()
    }
}

impl Case {
    /// An empty case about `server`. Its identifiers are redacted here as sections are in [`Case::store`].
    pub fn new(server: Server, redaction: Redaction) -> Case {
        let stored = privacy::with_redaction(redaction, || serde_json::to_string(&server));
        let server = stored.ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(server);
        Case {
            server,
            redaction,
            collected_by: env!("CARGO_PKG_VERSION").to_owned(),
            sections: BTreeMap::new(),
            gaps: Vec::new(),
        }
    }

    /// The engine the case is about.
    pub fn engine(&self) -> Engine {
        self.server.product.engine()
    }

    /// Stores a section, redacted. A section that cannot be serialized (never, for ours) becomes a gap.
    pub fn store<S: Section>(&mut self, section: &S) {
        match privacy::with_redaction(self.redaction, || serde_json::value::to_raw_value(section)) {
            Ok(data) => drop(self.sections.insert(S::ID.to_owned(), Stored::new(S::VERSION, data))),
            Err(error) => self.miss(Gap {
                section: S::ID.to_owned(),
                part: None,
                why: Why::Error,
                detail: error.to_string(),
                allow: None,
            }),
        }
    }

    /// [`Case::store`] for large sections that may be given away: rules see the section itself, and the stored form is
    /// made when a bundle is written. Only for sections whose stored form is the same without redaction of names, which
    /// debug builds check; with it, they are stored as all others.
    pub fn keep<S: Section>(&mut self, section: S) {
        if self.redaction == Redaction::Names {
            return self.store(&section);
        }
        debug_assert!(survives(&section, self.redaction), "the stored form of {} is another", S::TITLE);
        self.sections.insert(S::ID.to_owned(), Stored::kept(section));
    }

    /// [`Case::store`] for building a case in one expression.
    pub fn with<S: Section>(mut self, section: &S) -> Case {
        self.store(section);
        self
    }

    /// Records what could not be collected.
    pub fn miss(&mut self, gap: Gap) {
        if let Err(at) = self.gaps.binary_search(&gap) {
            self.gaps.insert(at, gap);
        }
    }

    /// The section, or why a rule that needs it cannot be evaluated.
    ///
    /// # Errors
    /// [`NotEvaluated`] with the gap's reason and remedy, when the section is missing or unreadable.
    pub fn get<S: Section>(&self) -> Result<&S, NotEvaluated> {
        let Some(stored) = self.sections.get(S::ID) else {
            let gap = self.gaps.iter().find(|gap| gap.section == S::ID && gap.part.is_none());
            return Err(match gap {
                Some(gap) => NotEvaluated::from(gap),
                None => NotEvaluated::new(Why::NotCollected, format!("{} are not part of this case", S::TITLE)),
            });
        };
        stored.decode().map_err(|error| NotEvaluated::new(Why::Error, format!("{} cannot be read: {error}", S::TITLE)))
    }

    /// The ids of the sections that are there, sorted.
    pub fn section_ids(&self) -> impl Iterator<Item = &str> {
        self.sections.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn case() -> Case {
        Case::new(Server::new(Product::PostgreSQL, Version::new(15, 4, 0)), Redaction::Literals)
    }

    #[test]
    fn a_section_is_read_from_its_stored_form() {
        let case = case().with(&Settings::default().with("fsync", "off"));
        assert_eq!(case.get::<Settings>().unwrap().is_on("fsync"), Some(false));
    }

    #[test]
    fn a_missing_section_says_why_and_what_would_help() {
        let mut case = case();
        assert_eq!(case.get::<Settings>().unwrap_err().why, Why::NotCollected);
        case.miss(Gap {
            section: "settings".into(),
            part: None,
            why: Why::Privilege,
            detail: "permission denied".into(),
            allow: Some("GRANT pg_monitor TO me;".into()),
        });
        let missing = case.get::<Settings>().unwrap_err();
        assert_eq!((missing.why, missing.allow.as_deref()), (Why::Privilege, Some("GRANT pg_monitor TO me;")));
    }

    #[test]
    fn a_section_that_is_kept_is_stored_the_same() {
        let settings = Settings::default().with("fsync", "off").with("work_mem", "4MB");
        let mut kept = case();
        kept.keep(settings.clone());
        assert_eq!(kept.get::<Settings>().unwrap().is_on("fsync"), Some(false));
        let form = |case: &Case| case.sections["settings"].data().unwrap().get().to_owned();
        assert_eq!(form(&kept), form(&case().with(&settings)));
        let mut hidden = Case::new(kept.server.clone(), Redaction::Names);
        hidden.keep(settings);
        assert!(matches!(hidden.sections["settings"].form, Form::Data { .. }));
    }

    #[test]
    fn a_newer_section_is_refused_not_misread() {
        let mut case = case();
        let data = RawValue::from_string("{}".into()).unwrap();
        case.sections.insert("settings".into(), Stored::new(99, data));
        assert!(case.get::<Settings>().unwrap_err().detail.contains("newer"));
    }
}
