//! Sizes in bytes, as they are written behind an option.

/// Reads `4096`, `64K` or `16M`.
pub(crate) fn parse(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.strip_suffix(['K', 'k']) {
        Some(digits) => (digits, 1 << 10),
        None => match text.strip_suffix(['M', 'm']) {
            Some(digits) => (digits, 1 << 20),
            None => (text, 1),
        },
    };
    let bytes = digits.parse::<usize>().ok().and_then(|digits| digits.checked_mul(unit));
    bytes
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "expected a size such as 4096, 64K or 16M".into())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_are_bytes_or_multiples_of_1024() {
        for (text, expected) in [
            ("1", Some(1)),
            ("4096", Some(4096)),
            ("64K", Some(64 << 10)),
            ("64k", Some(64 << 10)),
            ("16M", Some(16 << 20)),
            ("0", None),
            ("", None),
            ("K", None),
            ("-1", None),
            ("1G", None),
            ("18446744073709551615M", None),
        ] {
            assert_eq!(parse(text).ok(), expected, "{text}");
        }
    }
}
