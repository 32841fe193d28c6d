//! What hyper hands over, unwrapped to the stream that it once was given.
//!
//! A stream that is known by its type is written to and read from directly; any other one stays in hyper's box.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf, Bytes, BytesMut};
use hyper::{
    rt::{Read, Write},
    upgrade::Upgraded,
};
use hyper_util::{rt::TokioIo, server::conn::auto};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::stall::{Stall, Step};
use crate::Io;

/// A transport, and what was read from it already.
#[derive(Debug)]
pub(crate) struct HandedOver {
    pub(crate) io: Io,
    pub(crate) unread: Bytes,
}

pub(super) fn take(upgraded: Upgraded) -> HandedOver {
    known::<TokioIo<Rewound>>(upgraded)
        .map(|(io, unread)| io.into_inner().hand_over(unread))
        .or_else(|upgraded| {
            let (io, unread) = known::<TokioIo<TcpStream>>(upgraded)?;
            Ok(HandedOver { io: io.into_inner().into(), unread })
        })
        .or_else(take_unix)
        .or_else(take_tls)
        .unwrap_or_else(|upgraded: Upgraded| HandedOver {
            io: Io::boxed(TokioIo::new(upgraded)),
            unread: Bytes::new(),
        })
}

/// The stream inside, if it is of this type.
fn known<T: Read + Write + Unpin + 'static>(upgraded: Upgraded) -> Result<(T, Bytes), Upgraded> {
    upgraded.downcast::<T>().map(|parts| (parts.io, parts.read_buf)).or_else(|upgraded| {
        auto::upgrade::downcast(upgraded).map(|parts| (parts.io, parts.read_buf))
    })
}

#[cfg(unix)]
fn take_unix(upgraded: Upgraded) -> Result<HandedOver, Upgraded> {
    let (io, unread) = known::<TokioIo<tokio::net::UnixStream>>(upgraded)?;
    Ok(HandedOver { io: Io::boxed(io.into_inner()), unread })
}

#[cfg(not(unix))]
fn take_unix(upgraded: Upgraded) -> Result<HandedOver, Upgraded> {
    Err(upgraded)
}

#[cfg(feature = "tls")]
fn take_tls(upgraded: Upgraded) -> Result<HandedOver, Upgraded> {
    let (io, unread) = known::<TokioIo<tokio_rustls::server::TlsStream<TcpStream>>>(upgraded)?;
    Ok(HandedOver { io: Io::boxed(io.into_inner()), unread })
}

#[cfg(not(feature = "tls"))]
fn take_tls(upgraded: Upgraded) -> Result<HandedOver, Upgraded> {
    Err(upgraded)
}

/// A transport with the bytes put back in front that were read from it. It fails when for a time nothing is taken of
/// what is written.
#[derive(Debug)]
pub(crate) struct Rewound {
    front: Bytes,
    io: Io,
    stall: Stall,
}

impl Rewound {
    pub(crate) fn new(front: Bytes, io: Io, stall_timeout: Duration) -> Self {
        Self { front, io, stall: Stall::new(stall_timeout) }
    }

    /// What hyper has read stands before what it has not.
    fn hand_over(self, read: Bytes) -> HandedOver {
        if self.front.is_empty() {
            return HandedOver { io: self.io, unread: read };
        }
        let mut unread = BytesMut::from(read);
        unread.extend_from_slice(&self.front);
        HandedOver { io: self.io, unread: unread.freeze() }
    }
}

impl AsyncRead for Rewound {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.front.is_empty() {
            return Pin::new(&mut self.io).poll_read(context, buffer);
        }
        let len = self.front.len().min(buffer.remaining());
        buffer.put_slice(self.front.get(..len).unwrap_or_default());
        self.front.advance(len);
        if self.front.is_empty() {
            self.front = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Rewound {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.stall.poll(context, Step::Write, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.stall.poll(context, Step::Write, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(context);
        self.stall.poll(context, Step::Flush, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut_down = Pin::new(&mut self.io).poll_shutdown(context);
        self.stall.poll(context, Step::Flush, shut_down)
    }
}
