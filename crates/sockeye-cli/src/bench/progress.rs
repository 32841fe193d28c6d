//! `Progress`: the bar on the terminal, while there is one to look at it.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::{span, timeline::Moment};

/// A bar on standard error; nothing where that is no terminal.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    noun: &'static str,
    began: Option<Instant>,
}

impl Progress {
    pub(super) fn new(noun: &'static str) -> Self {
        let bar = ProgressBar::new(0);
        bar.set_style(style("{spinner} {msg}"));
        Self { bar, noun, began: None }
    }

    pub(super) fn open(&self, connections: usize) {
        self.bar.set_length(connections as u64);
        self.bar.set_style(style("{spinner} opening connections [{bar:30}] {pos}/{len}"));
    }

    pub(super) fn opened(&self, connections: usize) {
        self.bar.set_position(connections as u64);
    }

    pub(super) fn stage(&self, what: &'static str) {
        self.bar.set_style(style("{spinner} {msg}"));
        self.bar.set_message(what);
    }

    /// From now on the bar shows time, and each second what was counted in it.
    pub(super) fn measure(&mut self, duration: Duration) {
        self.began = Some(Instant::now());
        self.bar.set_length(millis(duration));
        self.bar.set_position(0);
        self.bar.set_message("");
        self.bar.set_style(style("{spinner} measuring [{bar:30}] {percent}% {msg}"));
    }

    pub(super) fn moment(&self, moment: &Moment) {
        let rate = moment.done as f64 / moment.span.as_secs_f64();
        let p99 = moment.p99.map(|p99| format!(", p99 {}", span::show(p99))).unwrap_or_default();
        self.bar.set_position(self.began.map_or(0, |began| millis(began.elapsed())));
        self.bar.set_message(format!("{rate:.0} {}/s{p99}", self.noun));
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("a template of ours");
    style.progress_chars("=> ")
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
