//! Strings as JSON has them.

use std::fmt::Write;

/// In quotes.
pub(super) fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            control if control.is_control() => {
                write!(quoted, "\\u{:04x}", u32::from(control)).expect("a String takes everything");
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn what_json_cannot_hold_is_escaped() {
        assert_eq!(string("a\"b\\c\nd\u{1b}é"), r#""a\"b\\c\u000ad\u001bé""#);
    }
}
