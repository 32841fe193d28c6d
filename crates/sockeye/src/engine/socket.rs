//! `Socket`: a TCP connection that an engine moves the bytes of.

use std::{
    io::{self, IoSlice},
    net::TcpStream as Connected,
    os::fd::OwnedFd,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use rustix::{
    event::epoll::{self, EventData, EventFlags},
    fd::AsFd,
    io::Errno,
    net::{self, RecvFlags, SendAncillaryBuffer, SendFlags, Shutdown},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    runtime::Handle,
    task::coop,
};

use super::{
    Engine,
    inbox::Inbox,
    readiness::{Readiness, Way},
    slab::Key,
    with,
};

/// As much as one read asks for.
const READ_BYTES: usize = 128 * 1024;

/// A place in an engine's epoll.
#[derive(Debug)]
pub(super) struct Registration {
    inbox: Arc<Inbox>,
    key: Key,
}

impl Registration {
    /// With the engine of this thread, for edges alone: once, for as long as the descriptor is open.
    pub(super) fn new(fd: impl AsFd) -> io::Result<Self> {
        let registered = with(|engine| {
            let key = engine.sockets.borrow_mut().insert(Readiness::new());
            let registration = Self { inbox: engine.inbox.clone(), key };
            let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
            epoll::add(engine.inbox.epoll(), fd, EventData::new_u64(key.to_u64()), flags)?;
            Ok(registration)
        });
        registered.unwrap_or_else(|| Err(io::ErrorKind::Unsupported.into()))
    }

    #[cfg(test)]
    pub(super) fn key(&self) -> Key {
        self.key
    }

    /// Does `work` with the engine that this belongs to, if this is its thread.
    fn with<R>(&self, work: impl FnOnce(&Engine) -> R) -> Option<R> {
        with(|engine| Arc::ptr_eq(&engine.inbox, &self.inbox).then(|| work(engine))).flatten()
    }

    /// Tries until it works or until the way is dry; `attempt` tells whether that is so already when it works.
    pub(super) fn poll<R>(
        &self,
        way: Way,
        context: &mut Context<'_>,
        mut attempt: impl FnMut() -> Result<(R, Left), Errno>,
    ) -> Poll<io::Result<R>> {
        let turn = ready!(coop::poll_proceed(context));
        loop {
            ready!(self.poll_ready(way, context));
            let outcome = match attempt() {
                Ok((done, Left::More)) => Ok(done),
                Ok((done, Left::Nothing)) => {
                    self.run_dry(way);
                    Ok(done)
                }
                Err(Errno::AGAIN) => {
                    self.run_dry(way);
                    continue;
                }
                Err(Errno::INTR) => continue,
                Err(error) => Err(error.into()),
            };
            turn.made_progress();
            return Poll::Ready(outcome);
        }
    }

    fn poll_ready(&self, way: Way, context: &Context<'_>) -> Poll<()> {
        let polled = self.with(|engine| {
            let mut sockets = engine.sockets.borrow_mut();
            sockets.at(self.key).map(|readiness| readiness.poll(way, context))
        });
        let (ready, former) = polled.flatten().unwrap_or((Poll::Ready(()), None));
        drop(former);
        ready
    }

    fn run_dry(&self, way: Way) {
        self.with(|engine| {
            if let Some(readiness) = engine.sockets.borrow_mut().at(self.key) {
                readiness.run_dry(way);
            }
        });
    }
}

/// What is left to be had after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Perhaps.
    More,
    Nothing,
}

impl Left {
    /// The kernel moves as much as it can (epoll(7)), so less than was asked for is all there is.
    fn after(moved: usize, asked: usize) -> Self {
        if moved < asked { Self::Nothing } else { Self::More }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if self.with(|engine| engine.forget_socket(self.key)).is_none() {
            self.inbox.report_gone(self.key);
        }
    }
}

/// A connection of an engine's. Only its own thread moves bytes with it; elsewhere it has to
/// [move away](Self::move_away) first.
#[derive(Debug)]
pub(crate) struct Socket {
    fd: OwnedFd,
    registration: Registration,
}

impl Socket {
    /// Of the engine of this thread.
    pub(super) fn new(fd: OwnedFd) -> io::Result<Self> {
        let registration = Registration::new(&fd)?;
        Ok(Self { fd, registration })
    }

    /// Whether this is the thread of its engine.
    pub(crate) fn is_at_home(&self) -> bool {
        self.registration.with(|_| ()).is_some()
    }

    /// The same connection as a socket of the tokio runtime that this is called in. This one is of no use afterwards.
    pub(crate) fn move_away(&self) -> io::Result<TcpStream> {
        if Handle::try_current().is_err() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "expected a tokio runtime where a socket of an engine's is polled, got none",
            ));
        }
        let stream = TcpStream::from_std(Connected::from(self.fd.try_clone()?))?;
        // A copy of the descriptor is open, so closing this one does not end its registration.
        epoll::delete(self.registration.inbox.epoll(), &self.fd)?;
        Ok(stream)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let asked = buffer.remaining().min(READ_BYTES);
        let room = buffer.initialize_unfilled_to(asked);
        let Self { fd, registration } = &*self;
        let read = registration.poll(Way::In, context, || {
            let (_, read) = net::recv(fd, &mut *room, RecvFlags::empty())?;
            Ok((read, Left::after(read, asked)))
        });
        buffer.advance(ready!(read)?);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { fd, registration } = &*self;
        registration.poll(Way::Out, context, || {
            let written = net::send(fd, bytes, SendFlags::NOSIGNAL)?;
            Ok((written, Left::after(written, bytes.len())))
        })
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [slice] = slices {
            return self.poll_write(context, slice);
        }
        let asked = slices.iter().map(|slice| slice.len()).sum();
        let Self { fd, registration } = &*self;
        registration.poll(Way::Out, context, || {
            let mut none = SendAncillaryBuffer::default();
            let written = net::sendmsg(fd, slices, &mut none, SendFlags::NOSIGNAL)?;
            Ok((written, Left::after(written, asked)))
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match net::shutdown(&self.fd, Shutdown::Write) {
            Ok(()) | Err(Errno::NOTCONN) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(error.into())),
        }
    }
}
