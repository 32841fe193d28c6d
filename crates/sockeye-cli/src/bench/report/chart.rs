//! A chart in characters: one column a second, or for several.

use std::{fmt::Write, time::Duration};

use super::number::short;
use crate::bench::timeline::Moment;

const ROWS: usize = 5;
const COLUMNS: usize = 60;

/// Eighths of a row, from nothing to all.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What was counted second by second, as columns from zero to the largest of them.
pub(super) fn chart(moments: &[Moment]) -> String {
    let rates = rates(moments);
    let most = rates.iter().copied().fold(0.0, f64::max);
    let heights: Vec<usize> = rates
        .iter()
        .map(|rate| (rate / most.max(f64::MIN_POSITIVE) * (ROWS * 8) as f64).round() as usize)
        .collect();
    let mut chart = String::new();
    for row in (0..ROWS).rev() {
        let label = if row + 1 == ROWS { short(most) } else { String::new() };
        let cell = |height: &usize| {
            EIGHTHS.get(height.saturating_sub(row * 8).min(8)).copied().unwrap_or_default()
        };
        let cells: String = heights.iter().map(cell).collect();
        // A `String` takes whatever is written.
        let _ = writeln!(chart, "{label:>8} │{}", cells.trim_end());
    }
    let seconds: f64 = moments.iter().map(|moment| moment.span.as_secs_f64()).sum();
    let axis = "─".repeat(heights.len());
    let _ = writeln!(chart, "{:>8} └{axis} {seconds:.0} s", 0);
    chart
}

/// Counts a second; of several seconds together where there are more than fit.
fn rates(moments: &[Moment]) -> Vec<f64> {
    let together = moments.len().div_ceil(COLUMNS).max(1);
    let rate = |moments: &[Moment]| {
        let span: Duration = moments.iter().map(|moment| moment.span).sum();
        let done: u64 = moments.iter().map(|moment| moment.done).sum();
        done as f64 / span.as_secs_f64().max(f64::MIN_POSITIVE)
    };
    moments.chunks(together).map(rate).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::chart;
    use crate::bench::timeline::Moment;

    fn moments(counts: impl IntoIterator<Item = u64>) -> Vec<Moment> {
        let moment = |done| Moment {
            span: Duration::from_secs(1),
            done,
            p50: None,
            p99: None,
            max: None,
            server: None,
        };
        counts.into_iter().map(moment).collect()
    }

    #[test]
    fn a_column_is_as_high_as_its_second() {
        let expected = [
            "      1k │  █",
            "         │  █",
            "         │ ▄█",
            "         │ ██",
            "         │ ██",
            "       0 └─── 3 s",
        ];
        assert_eq!(chart(&moments([0, 500, 1000])).lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_long_run_fits_on_a_line() {
        let chart = chart(&moments((0..3600).map(|second| second % 60)));
        assert!(chart.lines().all(|line| line.chars().count() < 80), "{chart}");
        assert!(chart.ends_with("─ 3600 s\n"), "{chart}");
    }

    #[test]
    fn nothing_at_all_is_a_flat_chart() {
        for counts in [vec![], vec![0], vec![0, 0]] {
            assert_eq!(chart(&moments(counts)).lines().count(), 6);
        }
    }
}
