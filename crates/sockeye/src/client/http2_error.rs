//! `Http2Error`: why HTTP/2 does not carry a WebSocket.

use std::{fmt, io};

/// Why HTTP/2 does not carry a WebSocket.
#[derive(Debug)]
#[non_exhaustive]
pub enum Http2Error {
    /// The peer has HTTP/2, but did not say `SETTINGS_ENABLE_CONNECT_PROTOCOL` (RFC 8441 3).
    NoExtendedConnect,
    /// The connection, or our stream on it, failed.
    Connection(io::Error),
}

impl fmt::Display for Http2Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoExtendedConnect => f.write_str(
                "expected SETTINGS_ENABLE_CONNECT_PROTOCOL from the peer, got settings without it",
            ),
            Self::Connection(_) => f.write_str("the connection of HTTP/2 failed"),
        }
    }
}

impl std::error::Error for Http2Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoExtendedConnect => None,
            Self::Connection(error) => Some(error),
        }
    }
}
