use dbwright_model::plan::{NodeId, Operator};
use dbwright_model::{
    Area, Bytes, Case, Checked, Count, Engine, Finding, Fix, Harm, Limit, Rule, Severity, Share, Undo,
};
use dbwright_plan::{At, places};

use super::{change, made_under};

pub(super) const RULE: Rule = Rule {
    id: "page-images-in-change",
    title: "A change writes whole pages to the log",
    engines: &[Engine::Postgres],
    versions: "13–19; needs WAL",
    area: Area::Plans,
    harm: Harm::Slowdown,
    limits: &[&WRITTEN, &IMAGES],
    explains: &[],
    wrong_when: "a checkpoint happened to begin just before: run a second time the same change logs less",
    do_not: "switch full_page_writes off: a page half written in a crash is then lost",
    lesson: include_str!("page_images_in_change.md"),
    check,
};

static WRITTEN: Limit<Bytes> = Limit {
    what: "log written by the change",
    value: Bytes::mib(16),
    source: "ours: one segment of the log; less is no load",
};

static IMAGES: Limit<Share> = Limit {
    what: "log that is images of pages",
    value: Share(0.5),
    source: "ours: from half on, checkpoints decide how much is logged, not the change",
};

fn check(case: &Case) -> Checked {
    let roots = places(case)?.filter(|at| at.place.node == NodeId::ROOT);
    Ok(roots.filter_map(|root| finding(case, root)).collect())
}

fn finding(case: &Case, root: At<'_>) -> Option<Finding> {
    let node = root.node();
    let (images, written) = (node.extra.number("WAL FPI")?, node.extra.number("WAL Bytes")?);
    // Without the hole in its middle an image takes less than a page.
    let share = Share(Share::of(images * 8192.0, written)?.0.min(1.0));
    let changes = root.subtree().any(|at| at.node().operator == Operator::Modify);
    if !changes || written < WRITTEN.value.0 as f64 || share.0 < IMAGES.value.0 {
        return None;
    }
    let (written, images) = (Bytes(written as u64), Count(images as u64));
    let compressed = made_under::setting(case, root.plan, "wal_compression")
        .is_some_and(|setting| setting.text("wal_compression").is_some_and(|value| value != "off"));
    let finding = root
        .finding(
            Severity::Info,
            format!("the change wrote {written} of log, most of it images of {images} pages: after a checkpoint the first change of a page logs all of it"),
        )
        .measured("log written", written, "WAL Bytes")
        .measured("pages logged as a whole", images, "WAL FPI")
        .fix(checkpoints(case).also_costs("disk for the log, and a longer recovery after a crash; checkpoints then come by checkpoint_timeout (let that be 15 to 30 min), and a page is logged as a whole less often"));
    Some(match compressed {
        true => finding,
        false => finding.fix(
            Fix::sql("SET wal_compression = on;", Undo::Statement("RESET wal_compression;".into()))
                .cost("for this session, as a superuser (for all: in the configuration); some processor time, and images take a half to a fifth of the room"),
        ),
    })
}

/// Room for checkpoints to be further apart.
fn checkpoints(case: &Case) -> Fix {
    match case.server.managed {
        Some(_) => change::setting(case, "max_wal_size", "'8GB'"),
        None => Fix::sql(
            "ALTER SYSTEM SET max_wal_size = '8GB';",
            Undo::Statement("ALTER SYSTEM RESET max_wal_size;".into()),
        )
        .cost("takes effect with SELECT pg_reload_conf();")
        .verify("SHOW max_wal_size;"),
    }
}
