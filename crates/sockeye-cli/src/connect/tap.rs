//! `Tap`: a transport that is watched: it passes bytes on as they are and logs the frames in them.
//!
//! It stands outside of TLS and HTTP/2, below the protocol, and judges nothing: what breaks the rules is seen as well.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::frame::{Header, Scanner};

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Sent,
    Received,
}

/// A frame whose header has passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) at: Instant,
    pub(super) direction: Direction,
    pub(super) header: Header,
}

/// More than a read can bring. Whoever lets bytes pass looks after each; nobody looks any more once we only leave.
const MAX_FRAMES: usize = 1 << 16;

/// The frames that nobody has looked at yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Arc<Mutex<VecDeque<Frame>>>);

impl Log {
    pub(super) fn frames(&self) -> MutexGuard<'_, VecDeque<Frame>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, direction: Direction, header: Header) {
        let mut frames = self.frames();
        if frames.len() < MAX_FRAMES {
            frames.push_back(Frame { at: Instant::now(), direction, header });
        }
    }
}

/// A stream, and who watches it.
#[derive(Debug)]
pub(super) struct Tap<S> {
    stream: S,
    received: Scanner,
    sent: Scanner,
    log: Log,
}

impl<S> Tap<S> {
    /// Watches `stream`, from which `read` was read already.
    pub(super) fn new(stream: S, read: &[u8], log: Log) -> Self {
        let (received, sent) = (Scanner::default(), Scanner::default());
        let mut tap = Self { stream, received, sent, log };
        tap.saw_received(read);
        tap
    }

    fn saw_received(&mut self, bytes: &[u8]) {
        self.received.scan(bytes, |header| self.log.add(Direction::Received, header));
    }

    fn saw_sent(&mut self, bytes: &[u8]) {
        self.sent.scan(bytes, |header| self.log.add(Direction::Sent, header));
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.saw_received(buffer.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.saw_sent(bytes.get(..written).unwrap_or_default());
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, slices))?;
        let mut left = written;
        for slice in slices {
            let (seen, _) = slice.split_at(left.min(slice.len()));
            self.saw_sent(seen);
            left -= seen.len();
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
