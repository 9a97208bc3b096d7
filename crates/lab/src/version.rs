use std::{cmp::Ordering, fmt};

/// A server's version, as its `--version` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    numbers: Vec<u32>,
}

impl Version {
    /// Reads the leading dotted number: `10.11.19-MariaDB` is 10.11.19, `16beta1` is 16.
    pub(crate) fn leading(text: &str) -> Option<Version> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let numbers: Vec<u32> = text[..end].split('.').map_while(|number| number.parse().ok()).collect();
        (!numbers.is_empty()).then_some(Version { numbers })
    }

    /// The first number.
    pub fn major(&self) -> u32 {
        self.number(0)
    }

    /// The second number; 0 when there is none.
    pub fn minor(&self) -> u32 {
        self.number(1)
    }

    fn number(&self, place: usize) -> u32 {
        self.numbers.get(place).copied().unwrap_or(0)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<_> = self.numbers.iter().map(u32::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn reads_what_servers_print() {
        for (text, shown) in
            [("15.18 (Debian)", "15.18"), ("10.11.19-MariaDB", "10.11.19"), ("16beta1", "16"), ("9.7.4-2", "9.7.4")]
        {
            assert_eq!(Version::leading(text).unwrap().to_string(), shown);
        }
        assert_eq!(Version::leading("none"), None);
        assert_eq!(Version::leading(""), None);
    }

    #[test]
    fn orders_by_number_not_by_text() {
        let version = |text| Version::leading(text).unwrap();
        assert!(version("10.11.19") > version("10.9.1"));
        assert!(version("18.4") > version("9.6.24"));
    }
}
