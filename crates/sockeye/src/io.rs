//! `Io`: the transports that this crate opens itself, as one type.

use std::{
    fmt,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::engine::Socket;

/// Any stream of bytes that the crate has no name for.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Stream for S {}

/// A transport of this crate's own making.
#[derive(Debug)]
pub struct Io(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TcpStream),
    /// On an engine's thread, until it is polled elsewhere.
    Engine(Socket),
    /// TLS, Unix sockets, streams of HTTP/2, whatever else there is.
    Boxed(Box<dyn Stream>),
}

impl Io {
    /// Wraps a stream that has no place of its own in here.
    pub fn boxed(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug + 'static,
    ) -> Self {
        Self(Kind::Boxed(Box::new(stream)))
    }

    /// The engine's socket, if there is one.
    fn engine(&self) -> Option<&Socket> {
        match &self.0 {
            Kind::Engine(socket) => Some(socket),
            Kind::Tcp(_) | Kind::Boxed(_) => None,
        }
    }

    /// What is polled where no engine is; a socket of one becomes a socket of tokio's.
    fn stream(self: Pin<&mut Self>) -> io::Result<Pin<&mut dyn Stream>> {
        let kind = &mut self.get_mut().0;
        if let Kind::Engine(socket) = kind {
            *kind = Kind::Tcp(socket.move_away()?);
        }
        Ok(match kind {
            Kind::Tcp(stream) => Pin::new(stream),
            Kind::Engine(_) => unreachable!("it has just moved"),
            Kind::Boxed(stream) => Pin::new(stream.as_mut()),
        })
    }
}

impl From<TcpStream> for Io {
    fn from(stream: TcpStream) -> Self {
        Self(Kind::Tcp(stream))
    }
}

impl From<Socket> for Io {
    fn from(socket: Socket) -> Self {
        Self(Kind::Engine(socket))
    }
}

impl AsyncRead for Io {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(polled) = self.engine().and_then(|socket| socket.poll_read(context, buffer)) {
            return polled;
        }
        self.stream()?.poll_read(context, buffer)
    }
}

impl AsyncWrite for Io {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(polled) = self.engine().and_then(|socket| socket.poll_write(context, slices)) {
            return polled;
        }
        self.stream()?.poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.0 {
            Kind::Tcp(stream) => stream.is_write_vectored(),
            Kind::Engine(_) => true,
            Kind::Boxed(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.engine() {
            Some(_) => Poll::Ready(Ok(())),
            None => self.stream()?.poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.engine() {
            Some(socket) => Poll::Ready(socket.shut_down()),
            None => self.stream()?.poll_shutdown(context),
        }
    }
}
