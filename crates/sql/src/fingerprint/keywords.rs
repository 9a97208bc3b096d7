//! The keywords of MySQL and MariaDB that are not reserved.

pub(super) const KEYWORDS: &[&str] = &[];
