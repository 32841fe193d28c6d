//! Headers of a request, as they are written behind an option.

use http::{HeaderName, HeaderValue};

/// Reads `name: value`.
pub(crate) fn parse(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, text) = text.split_once(':').ok_or("expected a header such as `Name: value`")?;
    let name = name.trim().parse().map_err(|_| "expected a header's name before the colon")?;
    Ok((name, value(text.trim())?))
}

pub(crate) fn value(text: &str) -> Result<HeaderValue, String> {
    text.parse().map_err(|_| "expected visible characters of ASCII for a header".into())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_header_is_a_name_and_a_value() {
        let (name, value) = parse("X-Token:  a:b ").expect("a header");
        assert_eq!((name.as_str(), value.as_bytes()), ("x-token", b"a:b".as_slice()));
        for text in ["X-Token", "X Token: a", ": a", "X: a\r\nY: b"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
