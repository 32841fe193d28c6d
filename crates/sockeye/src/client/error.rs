//! `ConnectError`: why no connection came about.

use std::{fmt, io, time::Duration};

use http::Response;
use sockeye_proto::handshake::{HandshakeError, HeadError, RequestError};

/// Why no connection came about.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL cannot be connected to.
    Url(String),
    /// The URL or an option cannot be put into a request.
    Request(RequestError),
    /// The transport could not be opened, or failed.
    Io(io::Error),
    /// What came is no response.
    Head(HeadError),
    /// The response is not the one of a WebSocket.
    Handshake {
        /// What is wrong with it.
        error: HandshakeError,
        /// The response as it came, with its body as far as it was read.
        response: Box<Response<Vec<u8>>>,
    },
    /// It took too long.
    Timeout(Duration),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(reason) => f.write_str(reason),
            Self::Request(_) => f.write_str("the request cannot be made"),
            Self::Io(_) => f.write_str("the transport failed in the handshake"),
            Self::Head(_) => f.write_str("what came is no response"),
            Self::Handshake { .. } => f.write_str("the handshake failed"),
            Self::Timeout(limit) => write!(f, "expected a connection within {limit:?}, got none"),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Request(error) => Some(error),
            Self::Io(error) => Some(error),
            Self::Head(error) => Some(error),
            Self::Handshake { error, .. } => Some(error),
            Self::Url(_) | Self::Timeout(_) => None,
        }
    }
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
