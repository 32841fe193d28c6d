//! `Leaving`: a connection on its way out of a ring; `Left`: where it goes on.

use std::{
    io::{self, IoSlice},
    mem,
    net::TcpStream as Connected,
    os::fd::{AsFd, OwnedFd},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use rustix::{
    io::Errno,
    net::{self, SendFlags},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    runtime::Handle,
    sync::Semaphore,
    time,
};

use super::LINGER;
use crate::Io;

/// What the engine's thread hands over once the kernel has answered everything.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(super) fd: OwnedFd,
    /// Was received before all else.
    pub(super) received: Vec<u8>,
    /// Has to be sent before all else.
    pub(super) unsent: Vec<u8>,
    /// What has failed and was not told: the socket itself does not say it again.
    pub(super) failure: Option<Errno>,
}

impl Leaving {
    /// As much as the socket takes: what was flushed leaves even if nobody goes on with it.
    pub(super) fn send_at_once(&mut self) {
        if self.unsent.is_empty() || self.failure.is_some() {
            return;
        }
        match net::send(&self.fd, &self.unsent, SendFlags::NOSIGNAL | SendFlags::DONTWAIT) {
            Ok(sent) => drop(self.unsent.drain(..sent)),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => self.failure = Some(error),
        }
    }

    /// Goes on in the tokio runtime that this is called in.
    pub(in super::super) fn arrive(self) -> io::Result<Io> {
        let Self { fd, received, unsent, failure } = self;
        let stream = TcpStream::from_std(Connected::from(fd))?;
        if received.is_empty() && unsent.is_empty() && failure.is_none() {
            return Ok(stream.into());
        }
        let (received, unsent, failure) =
            (received.into(), unsent.into(), failure.map(io::Error::from));
        Ok(Io::boxed(Left { stream, received, unsent, failure }))
    }
}

/// How many that were dropped may be sending what they had.
static LINGERING: Semaphore = Semaphore::const_new(super::LINGERING);

/// A socket of tokio's, and what its former ring has not delivered in either direction.
#[derive(Debug)]
struct Left {
    stream: TcpStream,
    received: Bytes,
    unsent: Bytes,
    /// What has failed, until it is told.
    failure: Option<io::Error>,
}

impl Left {
    /// Fails with what has failed before, once.
    fn tell_failure(&mut self) -> io::Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    fn poll_unsent(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tell_failure()?;
        while !self.unsent.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.unsent))?;
            self.unsent.advance(written);
        }
        self.unsent = Bytes::new();
        Poll::Ready(Ok(()))
    }

    /// All that came is read before who reads is told of a failure. After one, an end is not a clean one.
    fn poll_stream(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if room > 0 && buffer.remaining() == room {
            self.tell_failure()?;
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for Left {
    /// What was flushed leaves though nobody has it any more, as long as it would have in the ring.
    fn drop(&mut self) {
        if self.unsent.is_empty() || self.failure.is_some() {
            return;
        }
        let socket = self.stream.as_fd().try_clone_to_owned();
        let (Ok(runtime), Ok(place), Ok(socket)) =
            (Handle::try_current(), LINGERING.try_acquire(), socket)
        else {
            return;
        };
        let unsent = mem::take(&mut self.unsent);
        runtime.spawn(async move {
            let _place = place;
            if let Ok(mut stream) = TcpStream::from_std(Connected::from(socket)) {
                // A peer that takes nothing of it has lost it.
                let _ = time::timeout(LINGER, stream.write_all(&unsent)).await;
            }
        });
    }
}

impl AsyncRead for Left {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Whoever reads may be waiting for the answer to it.
        if self.failure.is_none()
            && let Poll::Ready(Err(error)) = self.poll_unsent(context)
        {
            self.failure = Some(error);
        }
        if self.received.is_empty() {
            return self.poll_stream(context, buffer);
        }
        let len = self.received.len().min(buffer.remaining());
        buffer.put_slice(&self.received.split_to(len));
        if self.received.is_empty() {
            self.received = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Left {
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
        ready!(self.poll_unsent(context))?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unsent(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unsent(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
