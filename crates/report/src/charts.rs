//! Horizontal bars as inline SVG; every bar says its number, so that colour is never the only carrier.

use maud::{Markup, html};

/// One bar: a label, its parts (share of the longest bar's value, class) and the value in words.
pub(crate) struct Bar {
    /// What it is.
    pub label: String,
    /// Values of the stacked parts, each with the name of its series.
    pub parts: Vec<(f64, &'static str)>,
    /// The whole as shown at its end.
    pub value: String,
}

/// Bars under a title, longest as wide as the page. Nothing when there is nothing to show.
pub(crate) fn bars(title: &str, bars: &[Bar], legend: &[(&str, &str)]) -> Markup {
    let most = bars.iter().map(|bar| bar.parts.iter().map(|(v, _)| v).sum::<f64>()).fold(0.0, f64::max);
    if most <= 0.0 {
        return html! {};
    }
    html! {
        figure class=(if bars.iter().any(|bar| bar.label.len() > 40) { "chart wide" } else { "chart" }) {
            figcaption { (title)
                @if !legend.is_empty() {
                    span class="legend" {
                        @for (class, name) in legend { span { i class={ "key " (class) } {} (name) } }
                    }
                }
            }
            @for bar in bars {
                @let placed = place(&bar.parts, most);
                div class="bar" {
                    span class="bar-label" title=(bar.label) { (bar.label) }
                    svg viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label={ (bar.label) ": " (bar.value) } {
                        @for (x, width, class) in placed {
                            rect x=(format!("{x:.1}")) y="0" width=(format!("{width:.1}")) height="10" class=(class) {}
                        }
                    }
                    span class="bar-value" { (bar.value) }
                }
            }
        }
    }
}

fn place(parts: &[(f64, &'static str)], most: f64) -> Vec<(f64, f64, &'static str)> {
    let mut x = 0.0;
    parts
        .iter()
        .filter(|(value, _)| value.is_finite() && *value > 0.0)
        .map(|(value, class)| {
            let width = (value / most * 1000.0).max(1.0);
            let at = (x, width, *class);
            x += width;
            at
        })
        .collect()
}
