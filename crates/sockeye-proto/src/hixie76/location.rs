//! The URL of the connection, which the server repeats and the client compares byte by byte.

use http::{HeaderValue, Uri, uri::Authority};

/// How the connection's URL begins, which tells whether it runs over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain TCP.
    Ws,
    /// TLS.
    Wss,
}

impl Scheme {
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        let scheme = uri.scheme_str()?;
        [Self::Ws, Self::Wss].into_iter().find(|own| own.name().eq_ignore_ascii_case(scheme))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }

    /// Host, and port where it is not the scheme's own; nothing where user information or an unreadable port stands.
    pub(crate) fn host(self, authority: &Authority) -> Option<String> {
        let host = authority.host();
        let port = match authority.as_str().strip_prefix(host)? {
            "" => self.default_port(),
            port => port.strip_prefix(':')?.parse().ok()?,
        };
        match (host, port) {
            ("", _) => None,
            (host, port) if port == self.default_port() => Some(host.to_owned()),
            (host, port) => Some(format!("{host}:{port}")),
        }
    }

    /// Draft 00, 3.2: the URL in the one spelling that both sides give it.
    pub(crate) fn location(self, host: &str, uri: &Uri) -> Option<HeaderValue> {
        let (path, name) = (resource(uri), self.name());
        path.starts_with('/').then(|| format!("{name}://{host}{path}").try_into().ok())?
    }
}

/// Path and query, with the slash that a URL may leave out.
pub(crate) fn resource(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}
