//! Progress on standard error: a bar on a terminal, nothing in a pipe.

use std::time::Duration;

use dbwright_model::room::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// A bar that is gone when the work is done.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new() -> Bar {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{spinner} [{bar:20}] {pos}/{len} {msg} ({elapsed})") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Bar(bar)
    }
}

impl Progress for Bar {
    fn step(&self, what: &str, done: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
        self.0.set_message(what.to_owned());
    }
}

/// A bar over bytes, with the rate.
pub(crate) struct Bytewise(ProgressBar);

impl Bytewise {
    /// Over so many bytes; 0 when nobody knows how many.
    pub(crate) fn new(total: u64) -> Bytewise {
        let bar = if total > 0 { ProgressBar::new(total) } else { ProgressBar::no_length() };
        let template = "{spinner} [{bar:20}] {bytes}/{total_bytes} {binary_bytes_per_sec} ({eta})";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Bytewise(bar)
    }

    /// So many are done.
    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }
}

impl Drop for Bytewise {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
