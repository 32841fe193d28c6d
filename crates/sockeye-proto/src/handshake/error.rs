//! What can go wrong for a client: the request that it cannot make, and the response that it cannot take.

use std::fmt;

use http::{HeaderName, StatusCode, Version};

use super::{ExtensionsError, HeadError, header::spelling, quoted};
use crate::deflate::DeflateAnswerError;

/// Why no request can be made of what the caller gave.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// No scheme, or none of `ws`, `wss`, `http` and `https`.
    Scheme,
    /// No host that a header could hold.
    Host,
    /// A path outside of ASCII.
    Path,
    /// A subprotocol that is no token (RFC 6455 4.1).
    Protocol {
        /// The subprotocol.
        got: String,
    },
    /// The same subprotocol twice (RFC 6455 4.1).
    RepeatedProtocol {
        /// The subprotocol.
        got: String,
    },
    /// A header that is the handshake's to write.
    ReservedHeader {
        /// Its name.
        name: HeaderName,
    },
    /// A header twice that may be there once.
    RepeatedHeader {
        /// Its name.
        name: HeaderName,
    },
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => f.write_str("expected a URL of ws, wss, http or https, got another"),
            Self::Host => f.write_str("expected a URL with a host in ASCII, got another"),
            Self::Path => f.write_str("expected a path in ASCII, got another"),
            Self::Protocol { got } => {
                write!(f, "expected a token as a subprotocol, got {}", quoted(got))
            }
            Self::RepeatedProtocol { got } => {
                write!(f, "expected each subprotocol once, got {} twice", quoted(got))
            }
            Self::ReservedHeader { name } => {
                let name = spelling(name);
                write!(f, "expected headers that the handshake does not write, got {name}")
            }
            Self::RepeatedHeader { name } => {
                write!(f, "expected one {}, got several", spelling(name))
            }
        }
    }
}

impl std::error::Error for RequestError {}

/// Why a response makes no WebSocket (RFC 6455 4.1). The response itself stays with the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeError {
    /// No head of a response.
    Head(HeadError),
    /// An older HTTP than 1.1, which has no upgrades.
    HttpVersion {
        /// The version.
        got: Version,
    },
    /// A status that is no success: a redirect, a refusal, a plain page.
    Status {
        /// 101, or 200 to an extended CONNECT.
        expected: StatusCode,
        /// The status.
        got: StatusCode,
    },
    /// A header that must be there.
    MissingHeader {
        /// Its name.
        name: HeaderName,
    },
    /// A header twice that may be there once.
    RepeatedHeader {
        /// Its name.
        name: HeaderName,
    },
    /// A header with a value that it may not have.
    WrongHeader {
        /// Its name.
        name: HeaderName,
        /// The value that it must have.
        expected: String,
        /// Its value, in quotes.
        got: String,
    },
    /// A subprotocol that was not offered.
    ProtocolNotOffered {
        /// The subprotocol, in quotes.
        got: String,
    },
    /// Extensions that cannot be read.
    Extensions(ExtensionsError),
    /// An extension that was not offered, or twice.
    ExtensionNotOffered {
        /// Its name, in quotes.
        got: String,
    },
    /// An answer to the offer of permessage-deflate that cannot be taken.
    Deflate(DeflateAnswerError),
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(_) => f.write_str("the response cannot be read"),
            Self::HttpVersion { got } => write!(f, "expected HTTP/1.1 or newer, got {got:?}"),
            Self::Status { expected, got } => {
                write!(f, "expected status {}, got {}", expected.as_str(), got.as_str())
            }
            Self::MissingHeader { name } => write!(f, "expected {}, got none", spelling(name)),
            Self::RepeatedHeader { name } => {
                write!(f, "expected one {}, got several", spelling(name))
            }
            Self::WrongHeader { name, expected, got } => {
                write!(f, "expected {expected} in {}, got {got}", spelling(name))
            }
            Self::ProtocolNotOffered { got } => {
                write!(f, "expected one of the subprotocols offered, got {got}")
            }
            Self::Extensions(_) => f.write_str("the extensions of the response cannot be read"),
            Self::ExtensionNotOffered { got } => {
                write!(f, "expected one of the extensions offered, once, got {got}")
            }
            Self::Deflate(_) => f.write_str("the answer for permessage-deflate cannot be taken"),
        }
    }
}

impl std::error::Error for HandshakeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Head(error) => Some(error),
            Self::Extensions(error) => Some(error),
            Self::Deflate(error) => Some(error),
            _ => None,
        }
    }
}

impl From<HeadError> for HandshakeError {
    fn from(error: HeadError) -> Self {
        Self::Head(error)
    }
}

impl From<ExtensionsError> for HandshakeError {
    fn from(error: ExtensionsError) -> Self {
        Self::Extensions(error)
    }
}

impl From<DeflateAnswerError> for HandshakeError {
    fn from(error: DeflateAnswerError) -> Self {
        Self::Deflate(error)
    }
}
