//! `ConnectError`: why no connection came about.

use std::{fmt, io, time::Duration};

use bytes::Bytes;
use http::Response;
use sockeye_proto::handshake::{HandshakeError, HeadError, RequestError};

use super::{Http2Error, ProxyError, RedirectError, TlsError, UrlError};

/// Why no connection came about. Each level prints its own part; what is behind it is its source.
///
/// Logins, cookies and queries of URLs are not printed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL cannot be connected to.
    Url(UrlError),
    /// The URL or an option cannot be put into a request.
    Request(RequestError),
    /// The host's name has no address, or nobody could be asked for it.
    Resolve {
        /// The host.
        host: String,
        /// What the resolver says.
        error: io::Error,
    },
    /// No address of the host, or of the proxy, takes the connection.
    Dial {
        /// Host and port, or the path of a Unix socket.
        to: String,
        /// Why the first address failed.
        error: io::Error,
    },
    /// The proxy does not let us through.
    Proxy(ProxyError),
    /// The connection is not secure enough.
    Tls(TlsError),
    /// The transport failed or ended in the handshake.
    Io(io::Error),
    /// What came is no response.
    Head(HeadError),
    /// The response is not the one of a WebSocket.
    Handshake {
        /// What is wrong with it.
        error: HandshakeError,
        /// The response as it came, with the first 64 KiB of its body.
        response: Box<Response<Bytes>>,
    },
    /// A redirect that is not followed, or too many of them.
    Redirect(RedirectError),
    /// HTTP/2 was to carry the WebSocket, and does not.
    Http2(Http2Error),
    /// It took too long.
    Timeout(Duration),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(_) => f.write_str("the URL cannot be connected to"),
            Self::Request(_) => f.write_str("the request cannot be made"),
            Self::Resolve { host, .. } => write!(f, "expected an address of {host}, got none"),
            Self::Dial { to, .. } => write!(f, "expected a connection to {to}, got none"),
            Self::Proxy(_) => f.write_str("the proxy does not let us through"),
            Self::Tls(_) => f.write_str("the connection is not secure"),
            Self::Io(_) => f.write_str("the transport failed in the handshake"),
            Self::Head(_) => f.write_str("what came is no response"),
            Self::Handshake { .. } => f.write_str("the handshake failed"),
            Self::Redirect(_) => f.write_str("the redirect is not followed"),
            Self::Http2(_) => f.write_str("HTTP/2 does not carry the WebSocket"),
            Self::Timeout(limit) => write!(f, "expected a connection within {limit:?}, got none"),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Url(error) => Some(error),
            Self::Request(error) => Some(error),
            Self::Resolve { error, .. } | Self::Dial { error, .. } | Self::Io(error) => Some(error),
            Self::Proxy(error) => Some(error),
            Self::Tls(error) => Some(error),
            Self::Head(error) => Some(error),
            Self::Handshake { error, .. } => Some(error),
            Self::Redirect(error) => Some(error),
            Self::Http2(error) => Some(error),
            Self::Timeout(_) => None,
        }
    }
}

impl ConnectError {
    /// The response of a server, or of a proxy, that refused.
    #[must_use]
    pub fn response(&self) -> Option<&Response<Bytes>> {
        match self {
            Self::Handshake { response, .. } | Self::Proxy(ProxyError::Refused(response)) => {
                Some(response)
            }
            _ => None,
        }
    }
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<UrlError> for ConnectError {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl From<ProxyError> for ConnectError {
    fn from(error: ProxyError) -> Self {
        Self::Proxy(error)
    }
}

impl From<TlsError> for ConnectError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error)
    }
}

impl From<RedirectError> for ConnectError {
    fn from(error: RedirectError) -> Self {
        Self::Redirect(error)
    }
}

impl From<Http2Error> for ConnectError {
    fn from(error: Http2Error) -> Self {
        Self::Http2(error)
    }
}
