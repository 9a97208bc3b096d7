//! The settings a plan was made under: those it names itself (`SETTINGS`), else those collected or pasted beside it.

use dbwright_model::plan::Plan;
use dbwright_model::{Bytes, Case, Setting, Settings};

use super::plan::is_before;
use crate::artefacts::units;

/// A setting as the plan's session had it; `None` when nobody told.
pub(super) fn setting(case: &Case, plan: &Plan, name: &str) -> Option<Settings> {
    let of = |setting: Setting| Settings([(name.to_owned(), setting)].into());
    if let Some(text) = plan.settings.text(name) {
        let (value, unit) = units::in_base(name, text);
        return Some(of(Setting { value, unit, ..Setting::default() }));
    }
    // A session that others than ours ran in may have had it otherwise: then the plan would name it, if it names any.
    case.get::<Settings>().ok()?.get(name).cloned().map(of)
}

/// A number.
pub(super) fn number(case: &Case, plan: &Plan, name: &str) -> Option<f64> {
    setting(case, plan, name)?.number(name)
}

/// A size.
pub(super) fn bytes(case: &Case, plan: &Plan, name: &str) -> Option<Bytes> {
    setting(case, plan, name)?.bytes(name)
}

/// What a sort may use, or a hash.
pub(super) fn work_mem(case: &Case, plan: &Plan) -> Option<Bytes> {
    bytes(case, plan, "work_mem")
}

/// How many times `work_mem` a hash may use: 1 until version 14, 2 from then on.
pub(super) fn hash_times(case: &Case, plan: &Plan) -> f64 {
    if is_before(case, 13) {
        return 1.0;
    }
    let known = case.server.version.at_least(15, 0) || plan.since.is_some_and(|since| since.at_least(15, 0));
    let usual = if known { 2.0 } else { 1.0 };
    number(case, plan, "hash_mem_multiplier").filter(|times| *times >= 1.0).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use dbwright_model::Product;
    use dbwright_model::plan::{Node, Operator};

    use super::super::bench::pg;
    use super::*;

    #[test]
    fn the_plans_own_settings_come_first() {
        let mut plan = Plan::new(Product::PostgreSQL, "text", Node::new(Operator::Sort, "Sort"));
        let case = pg(16).with(&Settings::default().with_unit("work_mem", "4096", "kB"));
        assert_eq!(work_mem(&pg(16), &plan), None);
        assert_eq!(work_mem(&case, &plan), Some(Bytes::mib(4)));
        plan.settings.set("work_mem", "64MB");
        assert_eq!(work_mem(&case, &plan), Some(Bytes::mib(64)));
        assert_eq!((hash_times(&pg(14), &plan), hash_times(&pg(16), &plan)), (1.0, 2.0));
        plan.settings.set("hash_mem_multiplier", "4");
        assert_eq!((hash_times(&pg(12), &plan), hash_times(&pg(16), &plan)), (1.0, 4.0));
    }
}
