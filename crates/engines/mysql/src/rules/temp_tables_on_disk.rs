use dbwright_model::{
    Area, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Seconds, Severity, Share, Subject, Undo,
};

use crate::sections::status::Status;

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
    let status = case.get::<Status>()?;
    let window = status.at_least(WINDOW.value)?;
    let (Some(part), Some(whole)) = (status.get("created_tmp_disk_tables"), status.get("created_tmp_tables")) else {
        return Ok(vec![]);
    };
    let Some(share) = Share::of(part, whole).filter(|share| share.0 > SHARE.value.0) else { return Ok(vec![]) };
    let a_day = Count((part / (window.0 / 86_400.0)) as u64);
    if a_day.0 < A_DAY.value.0 {
        return Ok(vec![]);
    }
    Ok(vec![
        Finding::new(Severity::Warn, Subject::setting("tmp_table_size"), format!("{share} of temporary tables are made on disk, {a_day} a day"))
            .measured("created_tmp_disk_tables", Count(part as u64), "SHOW GLOBAL STATUS")
            .measured("created_tmp_tables", Count(whole as u64), "SHOW GLOBAL STATUS")
            .measured("counters cover", window, "Uptime_since_flush_status")
            .fix(Fix::sql("SELECT digest_text, count_star, sum_created_tmp_disk_tables FROM performance_schema.events_statements_summary_by_digest ORDER BY sum_created_tmp_disk_tables DESC LIMIT 10;", Undo::NotNeeded("it only reads".into())).cost("names the statements: fewer columns, an index in the order of GROUP BY, no TEXT in it"))
            .weight(a_day.0 as f64),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::bench::{mysql, week};
    use super::*;
    use dbwright_model::Settings;

    #[test]
    fn fires_when_the_share_is_high() {
        assert_eq!(
            check(&mysql(
                Settings::default(),
                week().with("created_tmp_disk_tables", 1209600.0).with("created_tmp_tables", 1512000.0)
            ))
            .unwrap()
            .len(),
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
            check(&mysql(
                Settings::default(),
                week().with("created_tmp_disk_tables", 8639.0).with("created_tmp_tables", 8639.0)
            ))
            .unwrap()
            .is_empty()
        );
    }

    #[test]
    fn silent_while_the_counters_are_young() {
        assert!(check(&mysql(Settings::default(), Status::default().with("uptime", 600.0))).is_err());
    }
}
