//! The profile on the page: load over time, by hour of the week, by who asked and what; the shapes and what else happened
//! as tables. Drawn here, so that it reads without scripts; every drawing has a table or a title that says the same.

use dbwright_model::Seconds;
use dbwright_workload::Series;
use dbwright_workload::digest::Happened;
use maud::{Markup, html};

use super::flame::heat;
use crate::access;
use crate::clean;
use crate::profile::{Profile, Row, Who, measure, minute, number, of, seconds};
use crate::view::View;

/// Shapes in the table.
const ROWS: usize = 200;
/// Shapes told apart in the chart over time.
const STACKED: usize = 5;
/// The class of what is not told apart.
const REST: usize = 9;
/// Frames narrower than this part of the whole cannot be seen.
const SEEN: f64 = 0.002;
/// Rows of the table of what else happened.
const HAPPENED: usize = 200;

/// The profile of the case; nothing when it has none.
pub(super) fn section(view: &View<'_>) -> Markup {
    let Some(profile) = of(view) else { return html! {} };
    let rows: Vec<Row<'_>> = profile.rows().into_iter().filter(|row| row.calls > 0).collect();
    html! {
        section aria-labelledby="profile" {
            h2 id="profile" { "What the database does" }
            (over_time(&profile, &rows))
            (week(&profile))
            (flame(&profile, &rows))
            (access::page(view))
            (shapes(&profile, &rows))
            (who(&profile))
            (happened(&profile, &rows))
        }
    }
}

/// What a series counts: time where it is told, calls where not.
fn load(profile: &Profile<'_>, calls: u64, time: u64) -> u64 {
    if profile.timed() { time } else { calls }
}

fn told(profile: &Profile<'_>, load: u64) -> String {
    if profile.timed() { seconds(load).to_string() } else { format!("{} calls", number(load)) }
}

/// Load over time, the shapes with most of it in colours of their own.
fn over_time(profile: &Profile<'_>, rows: &[Row<'_>]) -> Markup {
    let all = &profile.digest.series;
    let (Some(first), Some(last)) = (all.intervals.first(), all.intervals.last()) else { return html! {} };
    // The series of shapes are coarser than that of all: both are drawn as coarse as the coarsest.
    let top: Vec<&Row<'_>> = rows.iter().take(STACKED).collect();
    let width = top.iter().map(|row| row.shape.series.width).chain([all.width]).max().unwrap_or(1);
    let start = first.start - first.start.rem_euclid(i64::from(width));
    let count = ((last.start - start) / i64::from(width) + 1) as usize;
    if count < 2 {
        return html! {};
    }
    let sums = |series: &Series| -> Vec<u64> {
        let mut sums = vec![0; count];
        for interval in &series.intervals {
            let at = ((interval.start - start) / i64::from(width)) as usize;
            if let Some(sum) = sums.get_mut(at) {
                *sum += load(profile, interval.calls, interval.time);
            }
        }
        sums
    };
    let total = sums(all);
    let most = total.iter().copied().max().unwrap_or(0).max(1) as f64;
    let parts: Vec<Vec<u64>> = top.iter().map(|row| sums(&row.shape.series)).collect();
    let step = 1000.0 / count as f64;
    // Stacked from the ground: the shapes, then the rest, which carries the title.
    let mut bars: Vec<(f64, f64, f64, usize, Option<String>)> = Vec::new();
    for (at, whole) in total.iter().enumerate().filter(|(_, whole)| **whole > 0) {
        let listed: u64 = parts.iter().map(|loads| loads[at]).sum();
        let loads = parts.iter().map(|loads| loads[at]).enumerate();
        let mut ground = 200.0;
        for (class, load) in loads.chain([(REST, whole.saturating_sub(listed))]) {
            let height = load as f64 / most * 200.0;
            ground -= height;
            let when = || minute((start + at as i64 * i64::from(width)) * 1_000_000);
            let title = (class == REST).then(|| format!("{}: {}", when(), told(profile, *whole)));
            bars.push((at as f64 * step, ground, height, class, title));
        }
    }
    let what = if profile.timed() { "Time of statements" } else { "Statements" };
    let each = Seconds(f64::from(width));
    html! {
        figure class="chart load" {
            figcaption { (what) " each " (each)
                span class="legend" {
                    @for (at, row) in top.iter().enumerate() {
                        span { i class={ "key s" (at) } {} a href={ "#q" (format!("{:016x}", row.key)) } { (short(row.shape.text.as_str(), 32)) } }
                    }
                    span { i class="key s9" {} "the rest" }
                }
            }
            svg viewBox="0 0 1000 200" preserveAspectRatio="none" role="img" aria-label={ (what) " over time; the most in one interval is " (told(profile, most as u64)) } {
                @for (x, y, height, class, title) in &bars {
                    rect x=(format!("{x:.2}")) y=(format!("{y:.1}")) width=(format!("{:.2}", step.max(0.6))) height=(format!("{:.1}", height.max(0.0))) class={ "s" (class) } {
                        @if let Some(title) = title { title { (title) } }
                    }
                }
            }
            div class="axis" { span { (minute(first.start * 1_000_000)) } span { "most: " (told(profile, most as u64)) } span { (minute(last.start * 1_000_000)) } }
        }
    }
}

/// Load by hour of the week.
fn week(profile: &Profile<'_>) -> Markup {
    let week = &profile.digest.week;
    let loads: Vec<u64> = week.iter().map(|(calls, time)| load(profile, *calls, *time)).collect();
    let hours = loads.iter().filter(|load| **load > 0).count();
    if hours < 3 || loads.len() != 168 {
        return html! {};
    }
    let most = loads.iter().copied().max().unwrap_or(0).max(1);
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    html! {
        figure class="chart" {
            figcaption { "By hour of the week (UTC)" }
            div class="scroll" { table class="heat" {
                thead { tr { th { span class="sr" { "Day" } } @for hour in 0..24 { th scope="col" { (hour) } } } }
                tbody { @for (day, name) in DAYS.iter().enumerate() {
                    tr { th scope="row" { (name) } @for hour in 0..24 {
                        @let load = loads[day * 24 + hour];
                        td class=(warm(load as f64 / most as f64)) title={ (name) " " (hour) ":00 " (told(profile, load)) } {
                            span class="sr" { (told(profile, load)) }
                        }
                    } }
                } }
            } }
        }
    }
}

/// The class of a part of the most.
fn warm(part: f64) -> &'static str {
    match part {
        part if part <= 0.0 => "h0",
        part if part < 0.1 => "h1",
        part if part < 0.3 => "h2",
        part if part < 0.6 => "h3",
        part if part < 0.85 => "h4",
        _ => "h5",
    }
}

/// Everything as a flame: who asked, below that what they asked.
fn flame(profile: &Profile<'_>, rows: &[Row<'_>]) -> Markup {
    let digest = profile.digest;
    let whole = load(profile, digest.total().calls, digest.total().time) as f64;
    if whole <= 0.0 || rows.is_empty() || digest.only_plans() {
        return html! {};
    }
    let mut contexts: Vec<(u64, String, f64)> = digest
        .contexts
        .iter()
        .map(|(key, context)| {
            let names = [context.application.as_str(), context.user.as_str(), context.database.as_str()];
            let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
            let name = if names.is_empty() { "everybody".to_owned() } else { names.join(" · ") };
            (*key, name, load(profile, context.tally.calls, context.tally.time) as f64 / whole)
        })
        .collect();
    contexts.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.1.cmp(&b.1)));
    let mut frames = Vec::new();
    let mut start = 0.0;
    for (key, name, share) in contexts.iter().filter(|(_, _, share)| *share >= SEEN) {
        frames.push((0usize, start, *share, name.clone(), None));
        let mut x = start;
        for row in rows {
            let part = row.shape.contexts.0.iter().find(|(context, _, _)| context == key);
            let Some((_, calls, time)) = part else { continue };
            let share = load(profile, *calls, *time) as f64 / whole;
            if share >= SEEN {
                frames.push((1, x, share, row.shape.text.as_str().to_owned(), Some(row.key)));
            }
            x += share;
        }
        start += share;
    }
    let percent = |part: f64| format!("{:.3}%", part * 100.0);
    html! {
        figure class="flame" {
            figcaption { "Who asked, and below them what they asked: as wide as its part of all " (if profile.timed() { "time" } else { "calls" }) }
            svg width="100%" height="58" role="img" aria-label="Who asked and what; the tables below hold the same" {
                @for (depth, x, share, name, key) in &frames {
                    svg x=(percent(*x)) y=(depth * 29) width=(percent(*share)) height="28" data-shape=[key.map(|key| format!("q{key:016x}"))] {
                        title { (clean::line(name)) ": " (format!("{:.1} %", share * 100.0)) }
                        rect width="100%" height="100%" rx="2" class=(heat(*share)) {}
                        @if *share >= 0.03 { text x="5" y="19" { (short(name, (share * 130.0) as usize)) } }
                    }
                }
            }
        }
    }
}

fn shapes(profile: &Profile<'_>, rows: &[Row<'_>]) -> Markup {
    let rare = profile.digest.rare;
    let figure = |figure: Option<Seconds>| match figure {
        Some(seconds) => html! { td class="num" data-sort=(seconds.0) { (seconds) } },
        None => html! { td class="num dim" data-sort="-1" { "–" } },
    };
    html! {
        h3 { "Statements" }
        p class="dim" {
            (number(profile.digest.distinct())) " shapes" @if rows.len() > ROWS { ", the first " (ROWS) " of them" }
            @if rare.shapes > 0 { "; " (number(rare.shapes)) " were not kept apart: " (number(rare.tally.calls)) " calls, " (seconds(rare.tally.time)) ", so that a listed one may lack as much" }
        }
        div class="scroll" { table class="sortable" {
            thead { tr {
                th { "Statement" } th class="num" { "Share" } th class="num" { "Time" } th class="num" { "Calls" } th class="num" { "Mean" } th class="num" { "p50" } th class="num" { "p95" }
                th class="num" { "p99" } th class="num" { "Longest" } th class="num" { "Rows/call" } th class="num" { "Errors" }
            } }
            tbody { @for row in rows.iter().take(ROWS) {
                @let per_call = row.shape.sums.rows.or(row.shape.sums.changed).filter(|_| row.calls > 0).map(|rows| rows as f64 / row.calls as f64);
                tr id={ "q" (format!("{:016x}", row.key)) } {
                    td class="query" {
                        code { (clean::line(row.shape.text.as_str())) }
                        @if row.shape.plans.len() > 1 { details { summary { (row.shape.plans.len()) " plans" }
                            ul { @for plan in row.shape.plans.values() { li { (number(plan.tally.calls)) " × " (clean::line(&plan.outline)) } } }
                        } }
                        @if !row.shape.tags.0.is_empty() { p class="dim" {
                            @for (key, calls, _) in row.shape.tags.0.iter().take(6) {
                                @if let Some(tag) = profile.digest.tags.get(key) { (clean::line(&tag.key)) " " (clean::line(tag.value.as_str())) " (" (number(*calls)) ") " }
                            }
                        } }
                    }
                    td class="num" data-sort=(row.share) { (format!("{:.1} %", row.share * 100.0)) }
                    (figure(row.time))
                    td class="num" data-sort=(row.calls) { (number(row.calls)) }
                    (figure(row.mean))
                    (figure(row.shape.quantile(0.5).map(seconds)))
                    (figure(row.p95))
                    (figure(row.p99))
                    (figure(row.shape.slowest.map(|(longest, _)| seconds(longest))))
                    @match per_call {
                        Some(rows) => td class="num" data-sort=(rows) { (format!("{rows:.1}")) },
                        None => td class="num dim" data-sort="-1" { "–" },
                    }
                    td class="num" data-sort=(row.errors) { (number(row.errors)) }
                }
            } }
        } }
    }
}

fn who(profile: &Profile<'_>) -> Markup {
    let total = profile.digest.total();
    let whole = load(profile, total.calls, total.time).max(1) as f64;
    html! {
        @for (title, who) in [("Databases", Who::Database), ("Users", Who::User), ("Applications", Who::Application)] {
            @let names = profile.by(who);
            @if names.len() > 1 {
                h3 { (title) }
                div class="scroll" { table class="sortable narrow" {
                    thead { tr { th { "Name" } th class="num" { "Calls" } th class="num" { "Time" } th class="num" { "Share" } } }
                    tbody { @for (name, calls, time) in names.iter().take(50) { tr {
                        td { (clean::line(name)) }
                        td class="num" data-sort=(calls) { (number(*calls)) }
                        td class="num" data-sort=(time) { (seconds(*time)) }
                        td class="num" data-sort=(load(profile, *calls, *time)) { (format!("{:.1} %", load(profile, *calls, *time) as f64 / whole * 100.0)) }
                    } } }
                } }
            }
        }
    }
}

fn happened(profile: &Profile<'_>, rows: &[Row<'_>]) -> Markup {
    let mut all: Vec<&Happened> = profile.digest.happenings.iter().collect();
    all.sort_by_key(|happened| (std::cmp::Reverse(happened.count), &happened.class, &happened.code, &happened.object));
    html! {
        @if !all.is_empty() {
            h3 { "What else happened" }
            div class="scroll" { table class="sortable" {
                thead { tr { th { "What" } th { "Code" } th { "Where" } th class="num" { "How often" } th class="num" { "In all" } th { "Last" } th { "Statement" } } }
                tbody { @for happened in all.iter().take(HAPPENED) { tr {
                    td { (happened.title) @if let Some(alias) = &happened.alias { " " span class="dim" { (alias) } } }
                    td { (clean::line(&happened.code)) }
                    td { (clean::line(happened.object.as_str())) }
                    td class="num" data-sort=(happened.count) { (number(happened.count)) }
                    @match happened.measure {
                        Some((sum, _)) => td class="num" data-sort=(sum) { (measure(sum, &happened.unit)) },
                        None => td class="num dim" data-sort="-1" { "–" },
                    }
                    td data-sort=(happened.span.map_or(0, |span| span.1)) { @if let Some((_, last)) = happened.span { (minute(last)) } }
                    td { @if let Some(key) = happened.shape {
                        @match rows.iter().position(|row| row.key == key) {
                            Some(at) if at < ROWS => a href={ "#q" (format!("{key:016x}")) } { (short(rows[at].shape.text.as_str(), 48)) },
                            _ => span class="dim" { (profile.digest.shapes.get(&key).map_or_else(String::new, |shape| short(shape.text.as_str(), 48))) },
                        }
                    } }
                } } }
            } }
        }
    }
}

/// The beginning of a text.
fn short(text: &str, most: usize) -> String {
    let text = clean::line(text);
    match text.char_indices().nth(most.max(4)) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
