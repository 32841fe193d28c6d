//! `Error`: why an open WebSocket came to an end that is not clean, or did not take what it was given.

use std::{fmt, io};

use sockeye_proto::{Closed, SendError, Unsent};

/// Why a WebSocket does not go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The connection ended, and not by both sides saying goodbye.
    Closed(Closed),
    /// The transport failed.
    Io(io::Error),
    /// The message was not sent, because of how things stand on our side.
    Send(SendError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => f.write_str("the connection ended without a clean close"),
            Self::Io(_) => f.write_str("the transport failed"),
            Self::Send(_) => f.write_str("the message was not sent"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Closed(closed) => Some(closed),
            Self::Io(error) => Some(error),
            Self::Send(error) => Some(error),
        }
    }
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

/// For `try_send(…)?` by those who do not want the message back.
impl From<Unsent<'_>> for Error {
    fn from(unsent: Unsent<'_>) -> Self {
        Self::Send(unsent.reason)
    }
}
