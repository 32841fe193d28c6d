//! Times in seconds, as they are written behind an option.

use std::time::Duration;

/// Eleven days: more is a slip, and clocks can still count it.
const MOST: f64 = 1_000_000.0;

/// Reads `20` or `0.5`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let seconds = text.parse::<f64>().ok().filter(|_| text.bytes().all(is_plain));
    seconds
        .filter(|seconds| (0.001..=MOST).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "expected seconds such as 20 or 0.5".into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::parse;

    #[test]
    fn times_are_seconds_and_never_none() {
        for (text, milliseconds) in [
            ("20", Some(20_000)),
            ("0.5", Some(500)),
            ("0.001", Some(1)),
            ("1000000", Some(1_000_000_000)),
            ("0", None),
            ("-1", None),
            ("", None),
            ("5s", None),
            ("inf", None),
            ("NaN", None),
            ("1e3", None),
            (".", None),
        ] {
            assert_eq!(parse(text).ok(), milliseconds.map(Duration::from_millis), "{text}");
        }
    }
}
