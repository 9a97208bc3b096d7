//! What every page begins with: nothing is asked for outside, light and dark as the reader likes it.

use maud::{Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");
const PLAN_STYLE: &str = include_str!("plan.css");

/// The head of a page.
pub(crate) fn head(title: &str, plans: bool) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
            title { (title) }
            style { (PreEscaped(STYLE)) @if plans { (PreEscaped(PLAN_STYLE)) } }
        }
    }
}
