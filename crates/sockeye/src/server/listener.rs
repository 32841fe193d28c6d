//! `Listener`: where connections come from.

use std::{
    fmt,
    future::Future,
    io, iter,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};

use super::{Network, accepting};
use crate::Io;

/// A transport that was accepted, and whose it is if that is known.
pub(crate) type Accepted = (Io, Option<SocketAddr>);

/// The last that a socket accepts.
pub(crate) type Last = Box<dyn Iterator<Item = Accepted> + Send>;

/// Something that accepts. Tests have one that fails as they like.
pub(crate) trait Accept: fmt::Debug + Send + Sync {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>>;
    fn address(&self) -> Option<SocketAddr>;

    /// Those whom the kernel has let in by now, whether anybody was told of them or not.
    fn last(self: Box<Self>) -> Last;

    /// The TCP port itself, for another who accepts from it.
    #[cfg(all(feature = "engine", target_os = "linux"))]
    fn port(&self) -> Option<std::net::TcpListener> {
        None
    }
}

/// Something that protects a transport.
pub(crate) trait Secure: fmt::Debug + Send + Sync {
    fn secure(&self, io: Io) -> Securing;
}

/// A transport that is being protected.
pub(crate) type Securing = Pin<Box<dyn Future<Output = io::Result<Io>> + Send>>;

/// What has to be done with a transport before HTTP begins.
#[derive(Debug, Default)]
pub(crate) struct Preamble {
    /// Who may tell by the PROXY protocol whose the bytes are.
    pub(crate) proxies: Option<Vec<Network>>,
    pub(crate) tls: Option<Box<dyn Secure>>,
}

/// Where a [`Server`](super::Server) gets its connections from: a TCP port, or a Unix socket.
#[derive(Debug)]
pub struct Listener {
    pub(crate) socket: Box<dyn Accept>,
    pub(crate) preamble: Preamble,
}

impl Listener {
    /// Listens on a TCP port. Cancel safe.
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

    pub(crate) fn new(socket: impl Accept + 'static) -> Self {
        Self { socket: Box::new(socket), preamble: Preamble::default() }
    }

    /// Speaks TLS, and nothing else.
    ///
    /// ```no_run
    /// # async fn run() -> std::io::Result<()> {
    /// let tls = sockeye::Tls::from_files("chain.pem", "key.pem")?;
    /// let listener = sockeye::Listener::tcp("0.0.0.0:443").await?.tls(tls.clone());
    /// // Whenever there are new certificates:
    /// tls.reload_pem(&std::fs::read("chain.pem")?, &std::fs::read("key.pem")?)?;
    /// # let _ = listener;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: super::Tls) -> Self {
        self.preamble.tls = Some(Box::new(tls));
        self
    }

    /// Expects the PROXY protocol, version 1 or 2, at the beginning of every connection, before TLS if there is any.
    /// Only proxies in these networks, or at the other end of a Unix socket, may connect.
    #[must_use]
    pub fn proxy_protocol(mut self, proxies: impl IntoIterator<Item = Network>) -> Self {
        self.preamble.proxies = Some(proxies.into_iter().collect());
        self
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

    fn last(self: Box<Self>) -> Last {
        let Ok(socket) = self.into_std() else { return Box::new(iter::empty()) };
        Box::new(iter::from_fn(move || {
            let (stream, address) = accept_now(|| socket.accept())?;
            stream.set_nonblocking(true).ok()?;
            let _ = stream.set_nodelay(true);
            Some((TcpStream::from_std(stream).ok()?.into(), Some(address)))
        }))
    }

    #[cfg(all(feature = "engine", target_os = "linux"))]
    fn port(&self) -> Option<std::net::TcpListener> {
        std::os::fd::AsFd::as_fd(self).try_clone_to_owned().ok().map(Into::into)
    }
}

/// The next that can be accepted at once.
pub(crate) fn accept_now<T>(mut accept: impl FnMut() -> io::Result<T>) -> Option<T> {
    loop {
        match accept() {
            Ok(accepted) => return Some(accepted),
            Err(error) if accepting::is_of_one_connection(&error) => {}
            Err(_) => return None,
        }
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

    fn last(self: Box<Self>) -> Last {
        let Ok(socket) = self.into_std() else { return Box::new(iter::empty()) };
        Box::new(iter::from_fn(move || {
            let (stream, _) = accept_now(|| socket.accept())?;
            stream.set_nonblocking(true).ok()?;
            Some((Io::boxed(tokio::net::UnixStream::from_std(stream).ok()?), None))
        }))
    }
}
