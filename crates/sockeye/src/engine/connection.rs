//! `Connection`: a TCP connection of an engine's, whichever way that moves bytes.

use std::{
    io::{self, IoSlice},
    os::fd::OwnedFd,
    task::{Context, Poll},
};

use tokio::io::ReadBuf;

use super::{socket::Socket, uring, with};
use crate::Io;

#[derive(Debug)]
pub(crate) enum Connection {
    Epoll(Socket),
    Ring(uring::Socket),
}

impl Connection {
    /// Of the engine of this thread.
    pub(super) fn new(fd: OwnedFd) -> io::Result<Self> {
        if with(|engine| engine.uring.is_some()) == Some(true) {
            return uring::Socket::new(fd).map(Self::Ring);
        }
        Socket::new(fd).map(Self::Epoll)
    }

    /// The same connection in the tokio runtime that this is called in. This one is of no use afterwards.
    pub(crate) fn poll_leave(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Io>> {
        match self {
            Self::Epoll(socket) => Poll::Ready(socket.move_away().map(Io::from)),
            Self::Ring(socket) => socket.poll_leave(context),
        }
    }
}

/// Nothing is moved, and `None` comes of it, on any other thread than the engine's.
impl Connection {
    pub(crate) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Option<Poll<io::Result<()>>> {
        match self {
            Self::Epoll(socket) => socket.poll_read(context, buffer),
            Self::Ring(socket) => socket.poll_read(context, buffer),
        }
    }

    pub(crate) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Option<Poll<io::Result<usize>>> {
        match self {
            Self::Epoll(socket) => socket.poll_write(context, slices),
            Self::Ring(socket) => socket.poll_write(context, slices),
        }
    }

    pub(crate) fn poll_flush(&mut self, context: &mut Context<'_>) -> Option<Poll<io::Result<()>>> {
        match self {
            Self::Epoll(_) => Some(Poll::Ready(Ok(()))),
            Self::Ring(socket) => socket.poll_flush(context),
        }
    }

    pub(crate) fn poll_shutdown(
        &mut self,
        context: &mut Context<'_>,
    ) -> Option<Poll<io::Result<()>>> {
        match self {
            Self::Epoll(socket) => Some(Poll::Ready(socket.shut_down())),
            Self::Ring(socket) => socket.poll_shutdown(context),
        }
    }
}
