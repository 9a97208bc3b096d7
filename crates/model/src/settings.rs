//! What the server is configured to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::Section;
use crate::units::{Bytes, Seconds};

/// One setting as the server reports it, in its own base unit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The value as text. Free-text settings that may carry secrets arrive as `(set)` or ``.
    pub value: String,
    /// Base unit of the value as the server names it (`8kB`, `ms`, `B`), if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The compiled-in default, where the server tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Where the value came from: `default`, `configuration file`, `command line`, `database`…
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Changed in a file but waiting for a restart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pending_restart: bool,
}

/// The server's settings by name (lower case).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(pub BTreeMap<String, Setting>);

impl Section for Settings {
    const ID: &'static str = "settings";
    const VERSION: u32 = 1;
    const TITLE: &'static str = "server settings";
}

impl Settings {
    /// The setting called `name`, if this server has it.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.0.get(name)
    }

    /// Its value as text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|setting| setting.value.as_str())
    }

    /// Its value as a number in the server's base unit.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.text(name)?.trim().parse().ok()
    }

    /// Whether it is switched on (`on`, `ON`, `yes`, `true`, `1`); `None` if unknown or not a switch.
    pub fn is_on(&self, name: &str) -> Option<bool> {
        match self.text(name)?.to_ascii_lowercase().as_str() {
            "on" | "yes" | "true" | "1" => Some(true),
            "off" | "no" | "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// Its value as a size, by its unit (`8kB`, `kB`, `MB`, `B`; bytes when it has none).
    pub fn bytes(&self, name: &str) -> Option<Bytes> {
        let value = self.number(name)?;
        let unit = match self.get(name)?.unit.as_deref() {
            Some("8kB") => 8192.0,
            Some("16kB") => 16384.0,
            Some("kB") => 1024.0,
            Some("MB") => 1024.0 * 1024.0,
            Some("GB") => 1024.0 * 1024.0 * 1024.0,
            Some("B") | None => 1.0,
            Some(_) => return None,
        };
        (value >= 0.0).then_some(Bytes((value * unit) as u64))
    }

    /// Its value as a span of time, by its unit (`ms`, `s`, `min`, `us`; seconds when it has none).
    pub fn seconds(&self, name: &str) -> Option<Seconds> {
        let value = self.number(name)?;
        let unit = match self.get(name)?.unit.as_deref() {
            Some("us") => 1e-6,
            Some("ms") => 1e-3,
            Some("min") => 60.0,
            Some("h") => 3600.0,
            Some("d") => 86_400.0,
            Some("s") | None => 1.0,
            Some(_) => return None,
        };
        Some(Seconds(value * unit))
    }

    /// Adds a setting; for collectors and tests.
    pub fn with(mut self, name: &str, value: &str) -> Settings {
        self.0.insert(name.to_owned(), Setting { value: value.to_owned(), ..Setting::default() });
        self
    }

    /// Adds a setting with its unit; for collectors and tests.
    pub fn with_unit(mut self, name: &str, value: &str, unit: &str) -> Settings {
        let setting = Setting { value: value.to_owned(), unit: Some(unit.to_owned()), ..Setting::default() };
        self.0.insert(name.to_owned(), setting);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_their_units() {
        let settings = Settings::default()
            .with_unit("shared_buffers", "16384", "8kB")
            .with_unit("checkpoint_timeout", "300", "s")
            .with_unit("odd", "3", "furlongs")
            .with("fsync", "off")
            .with_unit("temp_file_limit", "-1", "kB");
        assert_eq!(settings.bytes("shared_buffers"), Some(Bytes::mib(128)));
        assert_eq!(settings.seconds("checkpoint_timeout"), Some(Seconds(300.0)));
        assert_eq!(settings.bytes("odd"), None);
        assert_eq!(settings.is_on("fsync"), Some(false));
        assert_eq!(settings.is_on("absent"), None);
        assert_eq!(settings.bytes("temp_file_limit"), None, "-1 is no size");
    }
}
