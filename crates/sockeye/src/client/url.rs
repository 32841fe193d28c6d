//! `Url`: the URLs of servers and of proxies, taken apart.
//!
//! Stricter than `http::Uri`, which drops a fragment and a port that is out of range without a word. What a request
//! cannot hold is refused in words that tell what to write instead.

use std::{fmt, net::Ipv6Addr};

use http::{Uri, uri::PathAndQuery};

use super::login::Login;

/// What is wrong with a URL. The URL itself is not in it, for it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// No scheme with `://` behind it.
    NoScheme,
    /// A scheme that is not spoken here.
    Scheme {
        /// Those that are.
        expected: &'static str,
        /// The scheme.
        got: String,
    },
    /// A fragment (RFC 6455 3).
    Fragment,
    /// A host with characters outside of ASCII.
    HostNotAscii,
    /// No name, IPv4 address or IPv6 address in brackets.
    Host,
    /// No number from 1 to 65535.
    Port,
    /// A login with a percent sign that encodes nothing.
    Login,
    /// A path or query with characters that must be encoded, or far too long.
    Path,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoScheme => f.write_str("expected a URL with a scheme such as wss://, got none"),
            Self::Scheme { expected, got } => {
                write!(f, "expected a URL of {expected}, got one of {got:?}")
            }
            Self::Fragment => {
                f.write_str("expected a URL without a fragment, got a #; as data, write %23")
            }
            Self::HostNotAscii => f.write_str(
                "expected a host in ASCII, got other characters; write the name as punycode (xn--)",
            ),
            Self::Host => f.write_str(
                "expected a host that is a name, an IPv4 address or an IPv6 address in brackets, got another",
            ),
            Self::Port => f.write_str("expected a port from 1 to 65535, got another"),
            Self::Login => {
                f.write_str("expected a percent-encoded login, got a % that encodes nothing")
            }
            Self::Path => f.write_str(
                "expected a path and a query of visible ASCII below 64 KiB, got others; percent-encode them",
            ),
        }
    }
}

impl std::error::Error for UrlError {}

/// A URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// In lower case.
    pub(super) scheme: String,
    pub(super) login: Option<Login>,
    /// In lower case, an IPv6 address without its brackets.
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) path: PathAndQuery,
}

impl Url {
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        if text.contains('#') {
            return Err(UrlError::Fragment);
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::NoScheme)?;
        let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if scheme.is_empty() || !scheme.bytes().all(is_scheme) {
            return Err(UrlError::NoScheme);
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (login, host) = match authority.rsplit_once('@') {
            Some((userinfo, host)) => (Some(Login::parse(userinfo).ok_or(UrlError::Login)?), host),
            None => (None, authority),
        };
        let (host, port) = host_and_port(host)?;
        let scheme = scheme.to_ascii_lowercase();
        Ok(Self { scheme, login, host, port, path: path_and_query(path)? })
    }
}

fn host_and_port(text: &str) -> Result<(String, Option<u16>), UrlError> {
    if !text.is_ascii() {
        return Err(UrlError::HostNotAscii);
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']').ok_or(UrlError::Host)?;
            address.parse::<Ipv6Addr>().map_err(|_| UrlError::Host)?;
            let port = rest.strip_prefix(':').or(rest.is_empty().then_some(""));
            (address, port.ok_or(UrlError::Port)?)
        }
        None => {
            let (name, port) = text.split_once(':').unwrap_or((text, ""));
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            if name.is_empty() || !name.bytes().all(is_name) {
                return Err(UrlError::Host);
            }
            (name, port)
        }
    };
    let port = match port {
        "" => None,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let port: u16 = digits.parse().map_err(|_| UrlError::Port)?;
            Some(port).filter(|port| *port != 0).ok_or(UrlError::Port).map(Some)?
        }
        _ => return Err(UrlError::Port),
    };
    Ok((host.to_ascii_lowercase(), port))
}

/// A query may follow the host at once; a target begins with a slash all the same (RFC 9112 3.2.1).
fn path_and_query(text: &str) -> Result<PathAndQuery, UrlError> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(UrlError::Path);
    }
    let slash = if text.starts_with('/') { "" } else { "/" };
    PathAndQuery::try_from(format!("{slash}{text}")).map_err(|_| UrlError::Path)
}

/// A name or an address as it stands before a port.
pub(super) fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// Whether what is sent can be read on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    Plain,
    Tls,
}

/// Where a WebSocket is to be opened.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) security: Security,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) login: Option<Login>,
    pub(super) path: PathAndQuery,
}

impl Target {
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        let Url { scheme, login, host, port, path } = Url::parse(text)?;
        let (security, default_port) = match scheme.as_str() {
            "ws" | "http" => (Security::Plain, 80),
            "wss" | "https" => (Security::Tls, 443),
            _ => return Err(UrlError::Scheme { expected: "ws, wss, http or https", got: scheme }),
        };
        Ok(Self { security, host, port: port.unwrap_or(default_port), login, path })
    }

    /// What the request is made of. A login is no part of it.
    pub(super) fn uri(&self) -> Uri {
        let authority = format!("{}:{}", bracketed(&self.host), self.port);
        let uri = Uri::builder().scheme(self.scheme()).authority(authority);
        uri.path_and_query(self.path.clone()).build().expect("each part was checked")
    }

    fn scheme(&self) -> &'static str {
        match self.security {
            Security::Plain => "ws",
            Security::Tls => "wss",
        }
    }

    /// Scheme, host and port: what a secret may be told to.
    pub(super) fn is_same_origin(&self, other: &Self) -> bool {
        self.security == other.security && self.host == other.host && self.port == other.port
    }
}

/// Without the login, and without the query, in which tokens are often sent.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = bracketed(&self.host);
        write!(f, "{}://{host}:{}{}", self.scheme(), self.port, self.path.path())?;
        f.write_str(if self.path.query().is_some() { "?.." } else { "" })
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

#[cfg(test)]
mod tests;
