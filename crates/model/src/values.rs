//! Values that columns have, from the planner's statistics. They are data of the target: kept in memory while advice is
//! made, never stored, and not printable.

use std::collections::BTreeMap;
use std::fmt;

use crate::catalog::ObjectName;
use crate::privacy::Name;
use crate::units::Share;

/// Values by table and column.
#[derive(Clone, Default)]
pub struct Values(pub BTreeMap<(ObjectName, Name), ColumnValues>);

/// Values of one column, as the server prints them, not quoted.
#[derive(Clone, Default)]
pub struct ColumnValues {
    /// Common ones with their shares, the most common first.
    pub common: Vec<(String, Share)>,
    /// Bounds of a histogram of the others, ascending.
    pub bounds: Vec<String>,
}

impl Values {
    /// Of one column.
    pub fn of(&self, table: &ObjectName, column: &Name) -> Option<&ColumnValues> {
        self.0.get(&(table.clone(), column.clone()))
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "values of {} columns", self.0.len())
    }
}

impl fmt::Debug for ColumnValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} common values, {} bounds", self.common.len(), self.bounds.len())
    }
}
