//! `Io`: the transports that this crate opens itself, as one type.

use std::{
    fmt,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::engine::Connection;

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
    Engine(Connection),
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

    /// The engine's connection, if it is one.
    fn engine(&mut self) -> Option<&mut Connection> {
        match &mut self.0 {
            Kind::Engine(connection) => Some(connection),
            Kind::Tcp(_) | Kind::Boxed(_) => None,
        }
    }

    /// What is polled where no engine is; a connection of one becomes a socket of tokio's.
    fn poll_stream(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Pin<&mut dyn Stream>>> {
        let io = self.get_mut();
        if let Kind::Engine(connection) = &mut io.0 {
            *io = ready!(connection.poll_leave(context))?;
        }
        Poll::Ready(Ok(match &mut io.0 {
            Kind::Tcp(stream) => Pin::new(stream),
            Kind::Engine(_) => unreachable!("it has just left"),
            Kind::Boxed(stream) => Pin::new(stream.as_mut()),
        }))
    }
}

impl From<TcpStream> for Io {
    fn from(stream: TcpStream) -> Self {
        Self(Kind::Tcp(stream))
    }
}

impl From<Connection> for Io {
    fn from(connection: Connection) -> Self {
        Self(Kind::Engine(connection))
    }
}

impl AsyncRead for Io {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(polled) = self.engine().and_then(|engine| engine.poll_read(context, buffer)) {
            return polled;
        }
        ready!(self.poll_stream(context))?.poll_read(context, buffer)
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
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(polled) = self.engine().and_then(|engine| engine.poll_write(context, slices)) {
            return polled;
        }
        ready!(self.poll_stream(context))?.poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.0 {
            Kind::Tcp(stream) => stream.is_write_vectored(),
            Kind::Engine(_) => true,
            Kind::Boxed(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(polled) = self.engine().and_then(|engine| engine.poll_flush(context)) {
            return polled;
        }
        ready!(self.poll_stream(context))?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(polled) = self.engine().and_then(|engine| engine.poll_shutdown(context)) {
            return polled;
        }
        ready!(self.poll_stream(context))?.poll_shutdown(context)
    }
}
