//! `Peer`: who a request comes from.

use std::net::{IpAddr, SocketAddr};

/// Who a request comes from; an extension of every request that a [`Server`](super::Server) hands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    pub(super) address: Option<SocketAddr>,
    pub(super) scheme: Scheme,
}

/// Whether somebody can read along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "https" | "wss" => Some(Self::Https),
            "http" | "ws" => Some(Self::Http),
            _ => None,
        }
    }
}

impl Peer {
    /// The address; none on a Unix socket.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.address.map(|address| address.ip())
    }

    /// The address and the port; a port of 0 is one that nobody told us.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Whether TLS protects what it sends.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme == Scheme::Https
    }
}
