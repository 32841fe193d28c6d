//! `Listener`: where connections come from.

use std::{
    fmt, io,
    net::SocketAddr,
    task::{Context, Poll},
};

use tokio::net::{TcpListener, ToSocketAddrs};

use crate::Io;

/// A transport that was accepted, and whose it is if that is known.
pub(super) type Accepted = (Io, Option<SocketAddr>);

/// Something that accepts. Tests have one that fails as they like.
pub(super) trait Accept: fmt::Debug + Send + Sync {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>>;
    fn address(&self) -> Option<SocketAddr>;
}

/// Where a [`Server`](super::Server) gets its connections from: a TCP port, or a Unix socket.
#[derive(Debug)]
pub struct Listener {
    pub(super) socket: Box<dyn Accept>,
}

impl Listener {
    /// Listens on a TCP port.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub async fn tcp(address: impl ToSocketAddrs) -> io::Result<Self> {
        Ok(TcpListener::bind(address).await?.into())
    }

    /// Listens on a Unix socket, a file that must not exist yet.
    ///
    /// # Errors
    ///
    /// When the file cannot be made.
    #[cfg(unix)]
    pub fn unix(path: impl AsRef<std::path::Path>) -> io::Result<Self> {
        Ok(tokio::net::UnixListener::bind(path)?.into())
    }

    pub(super) fn new(socket: impl Accept + 'static) -> Self {
        Self { socket: Box::new(socket) }
    }

    /// The address, but that of a Unix socket.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.socket.address()
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::new(listener)
    }
}

#[cfg(unix)]
impl From<tokio::net::UnixListener> for Listener {
    fn from(listener: tokio::net::UnixListener) -> Self {
        Self::new(listener)
    }
}

impl Accept for TcpListener {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        Self::poll_accept(self, context).map_ok(|(stream, address)| {
            // A stream that refuses is one that has gone; its first read will tell.
            let _ = stream.set_nodelay(true);
            (stream.into(), Some(address))
        })
    }

    fn address(&self) -> Option<SocketAddr> {
        self.local_addr().ok()
    }
}

#[cfg(unix)]
impl Accept for tokio::net::UnixListener {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        Self::poll_accept(self, context).map_ok(|(stream, _)| (Io::boxed(stream), None))
    }

    fn address(&self) -> Option<SocketAddr> {
        None
    }
}
