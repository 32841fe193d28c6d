//! `Value`: JSON (RFC 8259) as every command writes it.

use std::{
    borrow::Cow,
    fmt::{self, Write},
    time::Duration,
};

use crate::escape;

/// A value, which prints itself on one line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'v> {
    Null,
    Bool(bool),
    Integer(u64),
    /// Without a fraction if it has none; what is not finite has no form in JSON and is null.
    Number(f64),
    Text(Cow<'v, str>),
    List(Vec<Self>),
    Object(Vec<(&'v str, Self)>),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Number(value) if value.is_finite() => value.fmt(f),
            Self::Null | Self::Number(_) => f.write_str("null"),
            Self::Text(text) => quote(text, f),
            Self::List(values) => {
                f.write_char('[')?;
                for (place, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", comma(place))?;
                }
                f.write_char(']')
            }
            Self::Object(members) => {
                f.write_char('{')?;
                for (place, (name, value)) in members.iter().enumerate() {
                    write!(f, "{}\"{name}\":{value}", comma(place))?;
                }
                f.write_char('}')
            }
        }
    }
}

fn comma(place: usize) -> &'static str {
    if place > 0 { "," } else { "" }
}

/// What would drive a terminal is escaped too: some of these lines are read by people.
fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            '\n' => f.write_str("\\n")?,
            character if escape::drives(character) => {
                write!(f, "\\u{:04x}", u32::from(character))?;
            }
            character => f.write_char(character)?,
        }
    }
    f.write_char('"')
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        Self::Integer(value)
    }
}

impl From<usize> for Value<'_> {
    fn from(value: usize) -> Self {
        Self::Integer(value as u64)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

/// In seconds.
impl From<Duration> for Value<'_> {
    fn from(value: Duration) -> Self {
        Self::Number(value.as_secs_f64())
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(value: &'v str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Value;

    fn check<'v>(value: impl Into<Value<'v>>, expected: &str) {
        assert_eq!(value.into().to_string(), expected);
    }

    #[test]
    fn values_are_written_as_rfc_8259_has_them() {
        check(Value::Null, "null");
        check(true, "true");
        check(u64::MAX, "18446744073709551615");
        check(0.5, "0.5");
        check(1e21, "1000000000000000000000");
        check(f64::NAN, "null");
        check(f64::INFINITY, "null");
        check(Duration::from_millis(1250), "1.25");
        check(None::<u64>, "null");
        check(Some("a"), "\"a\"");
        check(Value::List(vec![]), "[]");
        check(Value::List(vec![1_usize.into(), 2_usize.into()]), "[1,2]");
        let members = vec![("a", 1_u64.into()), ("b", String::from("c").into())];
        check(Value::Object(members), "{\"a\":1,\"b\":\"c\"}");
    }

    #[test]
    fn a_text_is_one_line_that_drives_no_terminal() {
        check(
            "a \"b\" \\ \n \u{1} \u{e4} \u{1f41f}",
            "\"a \\\"b\\\" \\\\ \\n \\u0001 \u{e4} \u{1f41f}\"",
        );
        check("\u{1b}[2J\u{9b}\u{7f}\u{202e}\u{2028}", r#""\u001b[2J\u009b\u007f\u202e\u2028""#);
    }
}
