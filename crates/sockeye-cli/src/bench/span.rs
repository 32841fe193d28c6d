//! Spans of time: as they are written behind an option, and as they are told.

use std::time::Duration;

/// A year: more than anybody waits for, and small enough to be added to any time.
const LONGEST_SECONDS: f64 = 365.0 * 86_400.0;

/// Reads `500ms`, `10s`, `2m`, `1h` or a number of seconds.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let (number, unit_seconds) = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)]
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)))
        .unwrap_or((text, 1.0));
    number
        .parse::<f64>()
        .ok()
        .map(|number| number * unit_seconds)
        .filter(|seconds| (0.0..=LONGEST_SECONDS).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "expected a time such as 10s, 500ms or 2m".into())
}

/// Three digits and the unit that suits them.
pub(super) fn show(span: Duration) -> String {
    let nanos = span.as_secs_f64() * 1e9;
    let (number, unit) = match nanos {
        ..999.5 => return format!("{nanos:.0} ns"),
        ..999_500.0 => (nanos / 1e3, "µs"),
        ..999_500_000.0 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    format!("{} {unit}", three_digits(number))
}

fn three_digits(number: f64) -> String {
    let decimals = match number {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{parse, show};

    #[test]
    fn spans_are_read_with_their_unit() {
        for (text, millis) in [
            ("10s", Some(10_000)),
            ("10", Some(10_000)),
            ("500ms", Some(500)),
            ("1.5s", Some(1_500)),
            ("2m", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("0", Some(0)),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("inf", None),
            ("NaN", None),
            ("1e300h", None),
            ("10 parsecs", None),
        ] {
            assert_eq!(parse(text).ok(), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn spans_are_told_in_three_digits() {
        for (nanos, told) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (9_996, "10.0 µs"),
            (165_432, "165 µs"),
            (999_600, "1.00 ms"),
            (1_905_000, "1.91 ms"),
            (200_000_000, "200 ms"),
            (61_000_000_000, "61.0 s"),
            (3_600_000_000_000, "3600 s"),
        ] {
            assert_eq!(show(Duration::from_nanos(nanos)), told, "{nanos}");
        }
    }
}
