//! `Trouble`: why a connection did not do what it was opened for.

use std::{fmt, io, time::Duration};

use sockeye::{Closed, ConnectError};
use sockeye_proto::handshake::{HandshakeError, HeadError};

use crate::failure::chain;

/// Why a connection is of no further use.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The library did not open it.
    Connect(Box<ConnectError>),
    /// No address takes the connection, or the transport failed.
    Io(io::Error),
    /// What came is no response.
    Head(HeadError),
    /// The response is not the one of a WebSocket.
    Handshake(HandshakeError),
    /// The server agreed to other terms of compression than the first time.
    Terms,
    /// It ended, by a goodbye of the server's or a fault of either side.
    Ended(Closed),
    /// The library says why.
    Library(sockeye::Error),
    /// A message did not come back as it was sent.
    Changed { expected: usize, got: usize },
    /// A message came that nobody sent.
    Foreign,
    /// Nothing came in time.
    Silence(Duration),
}

impl Trouble {
    /// Whether the server said something wrong, and did not merely go away.
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self, Self::Changed { .. } | Self::Foreign)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => f.write_str(&chain(error)),
            Self::Io(error) => error.fmt(f),
            Self::Head(error) => error.fmt(f),
            Self::Handshake(error) => error.fmt(f),
            Self::Terms => f.write_str("expected the same terms of compression, got others"),
            Self::Ended(closed) => closed.fmt(f),
            Self::Library(error) => f.write_str(&chain(error)),
            Self::Changed { expected, got } if expected == got => {
                write!(f, "expected the {expected} bytes that were sent, got others")
            }
            Self::Changed { expected, got } => {
                write!(f, "expected a message of {expected} bytes, got one of {got} or more")
            }
            Self::Foreign => f.write_str("expected what we sent, got a message of somebody else's"),
            Self::Silence(limit) => write!(f, "expected an answer within {limit:?}, got none"),
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ConnectError> for Trouble {
    fn from(error: ConnectError) -> Self {
        Self::Connect(Box::new(error))
    }
}

impl From<HeadError> for Trouble {
    fn from(error: HeadError) -> Self {
        Self::Head(error)
    }
}

impl From<HandshakeError> for Trouble {
    fn from(error: HandshakeError) -> Self {
        Self::Handshake(error)
    }
}

impl From<sockeye::Error> for Trouble {
    fn from(error: sockeye::Error) -> Self {
        Self::Library(error)
    }
}
