//! `Stream`: the stream of HTTP/2 that a WebSocket has to itself, with its connection, as a stream of bytes.
//!
//! There is no task for the connection: whoever reads or writes moves all of its bytes.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use h2::{RecvStream, SendStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Connection;

#[derive(Debug)]
pub(super) struct Stream {
    /// None once it is over.
    connection: Option<Connection>,
    send: SendStream<Bytes>,
    recv: RecvStream,
    /// Received, and not read yet.
    rest: Bytes,
    writing: Writing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Open,
    Ended,
}

impl Stream {
    pub(super) fn new(connection: Connection, send: SendStream<Bytes>, recv: RecvStream) -> Self {
        let connection = Some(connection);
        Self { connection, send, recv, rest: Bytes::new(), writing: Writing::Open }
    }

    /// Moves what the connection has to move. What it ends with, the stream is told as well.
    fn drive(&mut self, context: &mut Context<'_>) {
        if let Some(connection) = &mut self.connection
            && Pin::new(connection).poll(context).is_ready()
        {
            self.connection = None;
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.rest.is_empty() {
            this.drive(context);
        }
        while this.rest.is_empty() {
            match ready!(this.recv.poll_data(context)) {
                Some(Ok(bytes)) => this.rest = bytes,
                Some(Err(error)) => return Poll::Ready(Err(to_io(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let len = this.rest.len().min(buffer.remaining());
        buffer.put_slice(this.rest.get(..len).unwrap_or_default());
        this.rest.advance(len);
        // Only what was read makes room for more: a peer cannot fill our memory.
        let released = this.recv.flow_control().release_capacity(len);
        Poll::Ready(released.map_err(to_io))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.drive(context);
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        this.send.reserve_capacity(bytes.len());
        while this.send.capacity() == 0 {
            match ready!(this.send.poll_capacity(context)) {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Err(to_io(error))),
                None => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            }
        }
        let len = this.send.capacity().min(bytes.len());
        let data = Bytes::copy_from_slice(bytes.get(..len).unwrap_or_default());
        this.send.send_data(data, false).map_err(to_io)?;
        this.drive(context);
        Poll::Ready(Ok(len))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.drive(context);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.writing == Writing::Open {
            self.writing = Writing::Ended;
            self.send.send_data(Bytes::new(), true).map_err(to_io)?;
        }
        self.drive(context);
        Poll::Ready(Ok(()))
    }
}

/// A peer that resets the stream is one that resets the connection, to a WebSocket (RFC 8441 5).
pub(super) fn to_io(error: h2::Error) -> io::Error {
    if error.is_io() {
        return error.into_io().unwrap_or_else(|| io::ErrorKind::Other.into());
    }
    let kind = match error.reason() {
        Some(_) => io::ErrorKind::ConnectionReset,
        None => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
