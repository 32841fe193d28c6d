//! What a run came to: an object of JSON on standard output.

use std::io::{self, Write};

use crate::{gauge::Spent, latencies::Latencies};

/// Names and figures, in the order in which they are told.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<(&'static str, f64)>);

impl Report {
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, figure: f64) -> Self {
        self.0.push((name, figure));
        self
    }

    /// What was done within a window, and what it took.
    pub(crate) fn of(count: u64, spent: Spent, latencies: Latencies) -> Self {
        let [p50, p99, p999] = latencies.quantiles().map(f64::from);
        let Spent { seconds, server_nanos, client_nanos, foreign_cores } = spent;
        Self::default()
            .with("count", count as f64)
            .with("seconds", seconds)
            .with("server_cores", server_nanos as f64 / 1e9 / seconds)
            .with("client_cores", client_nanos as f64 / 1e9 / seconds)
            .with("foreign_cores", foreign_cores)
            .with("cpu_ns", server_nanos as f64 / count as f64)
            .with("per_second", count as f64 / seconds)
            .with("p50_ns", p50)
            .with("p99_ns", p99)
            .with("p999_ns", p999)
    }

    pub(crate) fn print(&self) -> Result<(), String> {
        let fields: Vec<String> =
            self.0.iter().map(|(name, figure)| format!("\"{name}\": {}", plain(*figure))).collect();
        writeln!(io::stdout(), "{{{}}}", fields.join(", "))
            .map_err(|error| format!("expected to print what was measured, got {error}"))
    }
}

/// JSON has no number for what was divided by nothing.
fn plain(figure: f64) -> String {
    if figure.is_finite() { format!("{figure:.4}") } else { "null".into() }
}

/// Tells on standard error why there is no report.
pub(crate) fn complain(trouble: &str) {
    // Nobody is left to tell when that fails.
    let _ = writeln!(io::stderr(), "{trouble}");
}
