//! Header fields of both heads: each of them stands exactly once and says exactly what is expected.

use std::fmt;

use http::{HeaderMap, HeaderValue};

pub(crate) const UPGRADE: &str = "upgrade";
pub(crate) const CONNECTION: &str = "connection";
pub(crate) const HOST: &str = "host";
pub(crate) const ORIGIN: &str = "origin";
pub(crate) const KEY1: &str = "sec-websocket-key1";
pub(crate) const KEY2: &str = "sec-websocket-key2";
pub(crate) const PROTOCOL: &str = "sec-websocket-protocol";
pub(crate) const SERVER_ORIGIN: &str = "sec-websocket-origin";
pub(crate) const SERVER_LOCATION: &str = "sec-websocket-location";

/// What is wrong with a header field of the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldFault {
    /// It is not there.
    Missing {
        /// The field's name in lower case.
        name: &'static str,
    },
    /// It is there more than once.
    Repeated {
        /// The field's name in lower case.
        name: &'static str,
    },
    /// It is there, though nobody asked for it.
    Unrequested {
        /// The field's name in lower case.
        name: &'static str,
        /// What it says.
        got: HeaderValue,
    },
    /// It says something else.
    Different {
        /// The field's name in lower case.
        name: &'static str,
        /// What it must say.
        expected: HeaderValue,
        /// What it says.
        got: HeaderValue,
    },
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "expected one {name} field, got none"),
            Self::Repeated { name } => write!(f, "expected one {name} field, got several"),
            Self::Unrequested { name, got } => write!(f, "expected no {name} field, got {got:?}"),
            Self::Different { name, expected, got } => {
                write!(f, "expected {name} to be {expected:?}, got {got:?}")
            }
        }
    }
}

impl std::error::Error for FieldFault {}

/// The value of a field that may be absent but not repeated.
pub(crate) fn optional<'a>(
    fields: &'a HeaderMap,
    name: &'static str,
) -> Result<Option<&'a HeaderValue>, FieldFault> {
    let mut values = fields.get_all(name).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(FieldFault::Repeated { name }),
        (value, None) => Ok(value),
    }
}

/// The value of a field that stands exactly once.
pub(crate) fn required<'a>(
    fields: &'a HeaderMap,
    name: &'static str,
) -> Result<&'a HeaderValue, FieldFault> {
    optional(fields, name)?.ok_or(FieldFault::Missing { name })
}

/// A field that stands exactly once and says exactly this.
pub(crate) fn exact(
    fields: &HeaderMap,
    name: &'static str,
    expected: &HeaderValue,
) -> Result<(), FieldFault> {
    let got = required(fields, name)?;
    if got == expected {
        return Ok(());
    }
    Err(FieldFault::Different { name, expected: expected.clone(), got: got.clone() })
}

/// A field whose list of tokens holds this one in any case. The draft's own peers send nothing else in it; proxies
/// lengthen the list.
pub(crate) fn token(
    fields: &HeaderMap,
    name: &'static str,
    expected: &'static str,
) -> Result<(), FieldFault> {
    let got = fields.get(name).ok_or(FieldFault::Missing { name })?;
    let values = fields.get_all(name).iter();
    let mut tokens = values.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    if tokens.any(|token| token.trim_ascii().eq_ignore_ascii_case(expected.as_bytes())) {
        return Ok(());
    }
    let expected = HeaderValue::from_static(expected);
    Err(FieldFault::Different { name, expected, got: got.clone() })
}
