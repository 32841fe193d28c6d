//! `Connection`: a TCP connection of an engine's, whichever way that moves bytes.

use std::{
    future::Future,
    io::{self, IoSlice},
    os::fd::OwnedFd,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{io::ReadBuf, runtime::Handle, sync::oneshot};

use super::{
    socket::{Registration, Socket},
    uring::{self, Leaving},
    with,
};
use crate::Io;

#[derive(Debug)]
pub(crate) enum Connection {
    Epoll {
        fd: OwnedFd,
        registration: Registration,
    },
    Ring(uring::Socket),
    /// The engine's thread will hand it over.
    Leaving(oneshot::Receiver<Leaving>),
    /// It was handed over, or never will be.
    Gone,
}

impl Connection {
    /// Of the engine of this thread.
    pub(super) fn new(fd: OwnedFd) -> io::Result<Self> {
        if with(|engine| engine.uring.is_some()) == Some(true) {
            return uring::Socket::new(fd).map(Self::Ring);
        }
        let registration = Registration::new(&fd)?;
        Ok(Self::Epoll { fd, registration })
    }

    /// The same connection in the tokio runtime that this is called in. This one is of no use afterwards.
    pub(crate) fn poll_leave(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Io>> {
        if Handle::try_current().is_err() {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "expected a tokio runtime where a socket of an engine's is polled, got none",
            )));
        }
        loop {
            match self {
                Self::Epoll { fd, registration } => {
                    return Poll::Ready(Socket { fd, registration }.move_away().map(Io::from));
                }
                Self::Ring(socket) => *self = Self::Leaving(socket.leave()),
                Self::Leaving(leaving) => {
                    let left = ready!(Pin::new(leaving).poll(context));
                    *self = Self::Gone;
                    return Poll::Ready(left.map_err(|_| no_engine()).and_then(Leaving::arrive));
                }
                Self::Gone => return Poll::Ready(Err(no_engine())),
            }
        }
    }
}

fn no_engine() -> io::Error {
    let error = "expected the engine of a socket to hand it over, got its end";
    io::Error::new(io::ErrorKind::NotConnected, error)
}

/// Nothing is moved, and `None` comes of it, on any other thread than the engine's.
impl Connection {
    pub(crate) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Option<Poll<io::Result<()>>> {
        match self {
            Self::Epoll { fd, registration } => {
                Socket { fd, registration }.poll_read(context, buffer)
            }
            Self::Ring(socket) => socket.poll_read(context, buffer),
            Self::Leaving(_) | Self::Gone => None,
        }
    }

    pub(crate) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Option<Poll<io::Result<usize>>> {
        match self {
            Self::Epoll { fd, registration } => {
                Socket { fd, registration }.poll_write(context, slices)
            }
            Self::Ring(socket) => socket.poll_write(context, slices),
            Self::Leaving(_) | Self::Gone => None,
        }
    }

    pub(crate) fn poll_flush(&mut self, context: &mut Context<'_>) -> Option<Poll<io::Result<()>>> {
        match self {
            Self::Epoll { .. } => Some(Poll::Ready(Ok(()))),
            Self::Ring(socket) => socket.poll_flush(context),
            Self::Leaving(_) | Self::Gone => None,
        }
    }

    pub(crate) fn poll_shutdown(
        &mut self,
        context: &mut Context<'_>,
    ) -> Option<Poll<io::Result<()>>> {
        match self {
            Self::Epoll { fd, registration } => {
                Some(Poll::Ready(Socket { fd, registration }.shut_down()))
            }
            Self::Ring(socket) => socket.poll_shutdown(context),
            Self::Leaving(_) | Self::Gone => None,
        }
    }
}
