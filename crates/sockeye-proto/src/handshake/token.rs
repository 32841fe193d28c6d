//! Tokens and lists of them, as RFC 9110 5.6 writes headers.
//!
//! A list may stand on several lines of one header, in any mixture of commas and white space; empty elements count as
//! nothing (RFC 9110 5.6.1.2). Every walk is linear.

use http::HeaderValue;

/// Whether these bytes are a token: at least one character, none of them a separator (RFC 9110 5.6.2).
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && token_len(bytes) == bytes.len()
}

/// How many bytes from the front may stand in a token.
pub(crate) fn token_len(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_token_byte(**byte)).count()
}

pub(crate) fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES.get(usize::from(byte)).is_some_and(|belongs| *belongs)
}

/// A look-up for each byte of a header's name is cheaper than ranges and a list.
static TOKEN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let (mut rest, mut byte) = (table.as_mut_slice(), 0_u8);
    while let Some((belongs, others)) = rest.split_first_mut() {
        *belongs = byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`')
            || matches!(byte, b'|' | b'~');
        (rest, byte) = (others, byte.wrapping_add(1));
    }
    table
};

/// Optional white space (RFC 9110 5.6.3).
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The elements of a list without quoted strings, in order, over all lines of the header.
pub(crate) fn list<'a>(
    lines: impl IntoIterator<Item = &'a HeaderValue>,
) -> impl Iterator<Item = &'a [u8]> {
    lines
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(trim)
        .filter(|element| !element.is_empty())
}

/// Whether a list names this token in any case (`Connection` and `Upgrade` compare so: RFC 6455 4.2.1).
pub(crate) fn names<'a>(lines: impl IntoIterator<Item = &'a HeaderValue>, token: &str) -> bool {
    list(lines).any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_space(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_space(*last)
    {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::{is_token, list, names};

    fn lines(lines: &[&str]) -> Vec<HeaderValue> {
        lines.iter().map(|line| HeaderValue::from_bytes(line.as_bytes()).unwrap()).collect()
    }

    fn check(given: &[&str], expected: &[&str]) {
        let given = lines(given);
        let elements: Vec<_> = list(&given).collect();
        let expected: Vec<_> = expected.iter().map(|element| element.as_bytes()).collect();
        assert_eq!(elements, expected, "{given:?}");
    }

    #[test]
    fn a_list_may_stand_on_several_lines_with_empty_elements() {
        check(&["keep-alive, Upgrade"], &["keep-alive", "Upgrade"]);
        check(&["keep-alive", "Upgrade"], &["keep-alive", "Upgrade"]);
        check(&["a,b\t ,, ,c ", "", ",", "d"], &["a", "b", "c", "d"]);
        check(&["a b"], &["a b"]);
        check(&[], &[]);
    }

    #[test]
    fn a_token_in_a_list_compares_whole_and_in_any_case() {
        assert!(names(&lines(&["keep-alive, uPGRADE"]), "upgrade"));
        assert!(names(&lines(&["keep-alive", "upgrade"]), "upgrade"));
        for other in ["upgrades", "up grade", "\"upgrade\"", "", "keep-alive;upgrade"] {
            assert!(!names(&lines(&[other]), "upgrade"), "{other}");
        }
    }

    #[test]
    fn the_bytes_of_a_token_are_those_of_rfc_9110_5_6_2() {
        for byte in 0..=u8::MAX {
            let belongs = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(is_token(&[byte]), belongs, "{byte:#x}");
        }
    }

    #[test]
    fn a_token_has_no_separator_and_is_not_empty() {
        assert!(is_token(b"chat.v2"));
        assert!(is_token(b"__proto__"));
        for wrong in ["", "a b", "a,b", "a;b", "a=b", "a/b", "\"a\"", "a\\", "ü", "\u{7f}", "a\t"]
        {
            assert!(!is_token(wrong.as_bytes()), "{wrong}");
        }
    }
}
