use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Share, Subject, Undo,
};

use super::excess::excess;

static SHARE: Limit<Share> =
    Limit { what: "share of temporary tables on disk", value: Share(0.25), source: "MySQLTuner, tuning-primer: 25 %" };
static A_DAY: Limit<Count> = Limit { what: "of them in a day", value: Count(8640), source: "ours: one in ten seconds" };
static WINDOW: Limit<Seconds> = Limit {
    what: "the counters are at least so old",
    value: Seconds::days(1.0),
    source: "load differs by the hour of the day",
};

pub(super) const RULE: Rule = Rule {
    id: "temp-tables-on-disk",
    title: "Temporary tables go to disk",
    engines: &[Engine::MySql],
    versions: "MySQL 8.0+, MariaDB 10.5+",
    area: Area::Memory,
    harm: Harm::Slowdown,
    limits: &[&SHARE, &A_DAY, &WINDOW],
    explains: &[],
    wrong_when: "they hold TEXT or BLOB columns, which old versions always put on disk",
    do_not: "raise tmp_table_size for everybody to gigabytes",
    lesson: include_str!("temp_tables_on_disk.md"),
    check,
};

fn check(case: &Case) -> Checked {
    let counters = ["created_tmp_disk_tables", "created_tmp_tables"];
    let Some(excess) = excess(case, counters, SHARE.value, A_DAY.value, WINDOW.value)? else { return Ok(vec![]) };
    let (share, a_day) = (excess.share, excess.a_day);
    Ok(vec![excess.evidence(
        Finding::new(Severity::Warn, Subject::setting("tmp_table_size"), format!("{share} of temporary tables are made on disk, {a_day} a day"))
            .fix(Fix::sql("SELECT digest_text, count_star, sum_created_tmp_disk_tables FROM performance_schema.events_statements_summary_by_digest ORDER BY sum_created_tmp_disk_tables DESC LIMIT 10;", Undo::NotNeeded("it only reads".into())).cost("names the statements: fewer columns, an index in the order of GROUP BY, no TEXT in it")),
    )])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, on_mysql, week};
    use super::*;
    use crate::sections::status::Status;
    use dbwright_model::Settings;

    #[test]
    fn fires_when_the_share_is_high() {
        assert_eq!(
            on_mysql(check, &[], &[("created_tmp_disk_tables", 1209600.0), ("created_tmp_tables", 1512000.0)]).len(),
            1
        );
    }

    #[test]
    fn fires_just_above_the_limits() {
        assert_eq!(
            check(&mysql(
                Settings::default(),
                week().with("created_tmp_disk_tables", 60487.0).with("created_tmp_tables", (60480.0 / 0.25) * 0.9)
            ))
            .unwrap()
            .len(),
            1
        );
    }

    #[test]
    fn silent_when_the_share_is_low() {
        assert!(
            check(&mysql(
                Settings::default(),
                week().with("created_tmp_disk_tables", 120960.0).with("created_tmp_tables", (120960.0 / 0.25) * 1.2)
            ))
            .unwrap()
            .is_empty()
        );
    }

    #[test]
    fn silent_when_it_is_rare() {
        assert!(
            on_mysql(check, &[], &[("created_tmp_disk_tables", 8639.0), ("created_tmp_tables", 8639.0)]).is_empty()
        );
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
