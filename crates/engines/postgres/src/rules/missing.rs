//! Why a part of a section is missing, in the words of the gap that the collector left.

use dbwright_model::{Case, NotEvaluated, Why};

/// The gap of that part as a reason, with the remedy the collector knows; `detail` where there is none.
pub(super) fn part(case: &Case, section: &str, part: &str, detail: &str) -> NotEvaluated {
    let gap = case.gaps.iter().find(|gap| gap.section == section && gap.part.as_deref() == Some(part));
    match gap {
        Some(gap) => NotEvaluated { detail: format!("{detail}: {}", gap.detail), ..NotEvaluated::from(gap) },
        None => NotEvaluated::new(Why::NotCollected, detail),
    }
}

/// An error when that part could not be collected: an empty list then does not mean that there is nothing.
pub(super) fn unless_read(case: &Case, section: &str, part: &str) -> Result<(), NotEvaluated> {
    let gap = case.gaps.iter().find(|gap| gap.section == section && gap.part.as_deref() == Some(part));
    gap.map_or(Ok(()), |gap| Err(NotEvaluated::from(gap)))
}

#[cfg(test)]
mod tests {
    use dbwright_model::Gap;

    use super::super::bench::pg;
    use super::*;

    #[test]
    fn the_collectors_remedy_is_handed_on() {
        let mut case = pg(15);
        case.miss(Gap {
            section: "postgres.wal".into(),
            part: Some("log directory".into()),
            why: Why::Privilege,
            detail: "permission denied".into(),
            allow: Some("GRANT pg_monitor TO me;".into()),
        });
        let reason = part(&case, "postgres.wal", "log directory", "the size of pg_wal is not known");
        assert_eq!((reason.why, reason.allow.as_deref()), (Why::Privilege, Some("GRANT pg_monitor TO me;")));
        assert_eq!(part(&case, "postgres.wal", "archiver", "unknown").why, Why::NotCollected);
        assert!(unless_read(&case, "postgres.wal", "log directory").is_err());
        assert!(unless_read(&case, "postgres.wal", "archiver").is_ok());
    }
}
