//! Times in seconds, as they are written behind an option.

use std::time::Duration;

/// Reads `10` or `0.5`, up to an hour.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let seconds = text.parse::<f64>().ok().filter(|_| text.bytes().all(is_plain));
    seconds
        .filter(|seconds| (0.001..=3600.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "expected seconds such as 10 or 0.5, an hour at most".into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::parse;

    #[test]
    fn seconds_are_plain_numbers_of_an_hour_at_most() {
        for (text, expected) in [
            ("10", Some(Duration::from_secs(10))),
            ("0.5", Some(Duration::from_millis(500))),
            ("3600", Some(Duration::from_hours(1))),
            ("3601", None),
            ("0", None),
            ("", None),
            (".", None),
            ("-1", None),
            ("1e3", None),
            ("inf", None),
            ("1s", None),
        ] {
            assert_eq!(parse(text).ok(), expected, "{text}");
        }
    }
}
