//! `Value`: JSON (RFC 8259) as it is written.

use std::fmt;

/// A value, which prints itself on one line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(u64),
    /// Without a fraction if it has none; what is not finite has no form in JSON and is null.
    Number(f64),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(&'static str, Self)>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Number(value) if value.is_finite() => value.fmt(f),
            Self::Null | Self::Number(_) => f.write_str("null"),
            Self::Text(text) => quote(text, f),
            Self::List(values) => {
                f.write_str("[")?;
                for (place, value) in values.iter().enumerate() {
                    f.write_str(if place > 0 { ",\n" } else { "\n" })?;
                    value.fmt(f)?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (place, (name, value)) in members.iter().enumerate() {
                    write!(f, "{}\"{name}\":{value}", if place > 0 { "," } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
            other => write!(f, "{other}")?,
        }
    }
    f.write_str("\"")
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Integer(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Integer(value as u64)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn values_are_written_as_rfc_8259_has_them() {
        for (value, expected) in [
            (Value::Null, "null"),
            (true.into(), "true"),
            (u64::MAX.into(), "18446744073709551615"),
            (0.5.into(), "0.5"),
            (1e21.into(), "1000000000000000000000"),
            (f64::NAN.into(), "null"),
            (f64::INFINITY.into(), "null"),
            (None::<u64>.into(), "null"),
            ("a \"b\" \\ \n \u{1} é 🐟".into(), "\"a \\\"b\\\" \\\\ \\u000a \\u0001 é 🐟\""),
            (Value::List(vec![]), "[]"),
            (Value::List(vec![1_u64.into(), 2_u64.into()]), "[\n1,\n2]"),
            (Value::Object(vec![("a", 1_u64.into()), ("b", "c".into())]), "{\"a\":1,\"b\":\"c\"}"),
        ] {
            assert_eq!(value.to_string(), expected);
        }
    }
}
