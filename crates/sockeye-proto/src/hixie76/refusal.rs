//! Why a server turns a request of hixie-76 down, and with which status.

use std::fmt;

use http::{HeaderValue, Method, StatusCode, Version};

use super::{challenge::KeyFault, field::FieldFault};

/// What is wrong with a request of hixie-76. After it the connection closes: nobody can tell where its body ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HixieRefusal {
    /// Another method than GET.
    Method(Method),
    /// Another version of HTTP than 1.1.
    Version(Version),
    /// Neither of the two keys, as in hixie-75.
    NoKeys,
    /// A field that is missing, repeated or says something else.
    Field(FieldFault),
    /// A key without a number.
    Key {
        /// The field's name in lower case.
        name: &'static str,
        /// What is wrong with it.
        fault: KeyFault,
    },
    /// A Host that is not host and port.
    Host(HeaderValue),
    /// A request target that no URL can be made of.
    Target(String),
    /// A body of a declared length. The draft's eight bytes have none, and two readings of one stream are an attack.
    DeclaredBody,
}

impl HixieRefusal {
    /// The status of the response about it.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Version(_) => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::NoKeys
            | Self::Field(_)
            | Self::Key { .. }
            | Self::Host(_)
            | Self::Target(_)
            | Self::DeclaredBody => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for HixieRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(got) => write!(f, "expected GET, got {got}"),
            Self::Version(got) => write!(f, "expected HTTP/1.1, got {got:?}"),
            Self::NoKeys => {
                f.write_str("expected the two keys of hixie-76, got none, as in hixie-75")
            }
            Self::Field(fault) => fault.fmt(f),
            Self::Key { name, fault } => write!(f, "{name}: {fault}"),
            Self::Host(got) => write!(f, "expected host and port, got {got:?}"),
            Self::Target(got) => write!(f, "expected a path as request target, got {got:?}"),
            Self::DeclaredBody => {
                f.write_str("expected eight bytes after the head, got a body of a declared length")
            }
        }
    }
}

impl std::error::Error for HixieRefusal {}

impl From<FieldFault> for HixieRefusal {
    fn from(fault: FieldFault) -> Self {
        Self::Field(fault)
    }
}
