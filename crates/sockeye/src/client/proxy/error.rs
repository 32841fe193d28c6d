//! `ProxyError`: why a proxy does not let us through.

use std::fmt;

use bytes::Bytes;
use http::Response;

use crate::client::UrlError;

/// Why a proxy does not let us through.
#[derive(Debug)]
#[non_exhaustive]
pub enum ProxyError {
    /// A variable of the environment that holds no URL of a proxy.
    Environment {
        /// The variable's name.
        name: &'static str,
        /// What is wrong with its value.
        error: UrlError,
    },
    /// The proxy of HTTP answered that it will not, and why.
    Refused(Box<Response<Bytes>>),
    /// The proxy sent something behind its consent, where nobody had asked the server for anything.
    SpokeFirst {
        /// How much.
        bytes: usize,
    },
    /// The peer does not speak SOCKS 5.
    NotSocks5,
    /// The proxy of SOCKS wants a login, and there is none, or one of another kind.
    LoginNeeded,
    /// The proxy of SOCKS refuses the login.
    LoginRefused,
    /// The proxy of SOCKS answered that it will not, and why.
    SocksRefused(SocksReply),
    /// A login that SOCKS has no room for: its parts have at most 255 bytes.
    LoginTooLong,
    /// A host that SOCKS has no room for: it has at most 255 bytes.
    HostTooLong,
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment { name, .. } => {
                write!(f, "expected the URL of a proxy in {name}, got another value")
            }
            Self::Refused(response) => {
                let got = response.status();
                write!(f, "expected a status of success from the proxy, got {}", got.as_str())
            }
            Self::SpokeFirst { bytes } => {
                write!(f, "expected silence behind the proxy's consent, got {bytes} bytes")
            }
            Self::NotSocks5 => f.write_str("expected a proxy of SOCKS 5, got another peer"),
            Self::LoginNeeded => {
                f.write_str("expected a proxy that takes our login or needs none, got another")
            }
            Self::LoginRefused => {
                f.write_str("expected the proxy to take the login, got a refusal")
            }
            Self::SocksRefused(reply) => {
                write!(f, "expected success from the proxy, got {reply}")
            }
            Self::LoginTooLong => {
                f.write_str("expected at most 255 bytes of user and of password, got more")
            }
            Self::HostTooLong => f.write_str("expected at most 255 bytes of host, got more"),
        }
    }
}

impl std::error::Error for ProxyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Environment { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// Why a proxy of SOCKS refuses (RFC 1928 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocksReply {
    /// 1: it failed.
    Failure,
    /// 2: its rules forbid it.
    NotAllowed,
    /// 3: there is no way to the server's network.
    NetworkUnreachable,
    /// 4: there is no way to the server, or it has no address.
    HostUnreachable,
    /// 5: the server refused.
    ConnectionRefused,
    /// 6: nothing came back in time.
    Expired,
    /// 7 and 8: it cannot do what was asked.
    Unsupported,
    /// A reply without a meaning.
    Unknown(u8),
}

impl SocksReply {
    pub(super) fn new(reply: u8) -> Self {
        match reply {
            1 => Self::Failure,
            2 => Self::NotAllowed,
            3 => Self::NetworkUnreachable,
            4 => Self::HostUnreachable,
            5 => Self::ConnectionRefused,
            6 => Self::Expired,
            7 | 8 => Self::Unsupported,
            unknown => Self::Unknown(unknown),
        }
    }
}

impl fmt::Display for SocksReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure => f.write_str("a failure"),
            Self::NotAllowed => f.write_str("that its rules forbid it"),
            Self::NetworkUnreachable => f.write_str("that the network is unreachable"),
            Self::HostUnreachable => f.write_str("that the host is unreachable"),
            Self::ConnectionRefused => f.write_str("that the server refused"),
            Self::Expired => f.write_str("that the server did not answer in time"),
            Self::Unsupported => f.write_str("that it cannot do what was asked"),
            Self::Unknown(reply) => write!(f, "the unknown reply {reply}"),
        }
    }
}
