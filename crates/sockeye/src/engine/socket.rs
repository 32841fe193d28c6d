//! `Socket`: a TCP connection that an engine moves the bytes of.

use std::{
    io::{self, IoSlice},
    net::TcpStream as Connected,
    os::fd::OwnedFd,
    sync::Arc,
    task::{Context, Poll},
};

use rustix::{
    event::epoll::{self, EventData, EventFlags},
    fd::AsFd,
    io::Errno,
    net::{self, RecvFlags, SendAncillaryBuffer, SendFlags, Shutdown},
};
use tokio::{io::ReadBuf, net::TcpStream, task::coop};

use super::{
    Engine,
    inbox::Inbox,
    readiness::{Left, Readiness, Way},
    slab::Key,
    with,
};

/// As much as one read asks for.
const READ_BYTES: usize = 256 * 1024;

/// A place in an engine's epoll.
#[derive(Debug)]
pub(crate) struct Registration {
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
            epoll::add(engine.inbox.descriptor(), fd, EventData::new_u64(key.to_u64()), flags)?;
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

    /// Tries until it works or until the way is dry; none on another thread than the engine's.
    ///
    /// `attempt` asks the kernel, and tells what is left when it has given something.
    pub(super) fn poll<R>(
        &self,
        way: Way,
        context: &mut Context<'_>,
        attempt: impl FnMut() -> Result<(R, Left), Errno>,
    ) -> Option<Poll<io::Result<R>>> {
        self.with(|engine| {
            let mut sockets = engine.sockets.borrow_mut();
            let readiness = sockets.at(self.key).expect("taken as long as this lives");
            if readiness.is_ready(way) {
                let Poll::Ready(turn) = coop::poll_proceed(context) else { return Poll::Pending };
                if let Some(done) = readiness.attempt(way, attempt) {
                    turn.made_progress();
                    return Poll::Ready(done.map_err(Into::into));
                }
            }
            let task = engine.tasks.borrow().running(context);
            let former = readiness.wait(way, task, context.waker());
            drop(sockets);
            drop(former);
            Poll::Pending
        })
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if self.with(|engine| engine.forget_socket(self.key)).is_none() {
            self.inbox.report_gone(self.key);
        }
    }
}

/// A connection of an engine's, as its parts: they lie where it is known by which way that polls. Only its own thread
/// moves bytes with it; elsewhere it has to [move away](Self::move_away) first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Socket<'s> {
    pub(super) fd: &'s OwnedFd,
    pub(super) registration: &'s Registration,
}

impl Socket<'_> {
    /// The same connection as a socket of the tokio runtime that this is called in. This one is of no use afterwards.
    pub(super) fn move_away(self) -> io::Result<TcpStream> {
        let stream = TcpStream::from_std(Connected::from(self.fd.try_clone()?))?;
        // A copy of the descriptor is open, so closing this one does not end its registration.
        epoll::delete(self.registration.inbox.descriptor(), self.fd)?;
        Ok(stream)
    }
}

/// Nothing is moved, and `None` comes of it, on any other thread than the engine's.
impl Socket<'_> {
    pub(super) fn poll_read(
        self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Option<Poll<io::Result<()>>> {
        let asked = buffer.remaining().min(READ_BYTES);
        let room = buffer.initialize_unfilled_to(asked);
        let polled = self.registration.poll(Way::In, context, || {
            let (_, read) = net::recv(self.fd, &mut *room, RecvFlags::empty())?;
            Ok((read, Left::after(read, asked)))
        });
        Some(polled?.map_ok(|read| buffer.advance(read)))
    }

    pub(super) fn poll_write(
        self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Option<Poll<io::Result<usize>>> {
        let asked = slices.iter().map(|slice| slice.len()).sum();
        self.registration.poll(Way::Out, context, || {
            let mut none = SendAncillaryBuffer::default();
            let written = match slices {
                [slice] => net::send(self.fd, slice, SendFlags::NOSIGNAL),
                slices => net::sendmsg(self.fd, slices, &mut none, SendFlags::NOSIGNAL),
            }?;
            Ok((written, Left::after(written, asked)))
        })
    }

    pub(super) fn shut_down(self) -> io::Result<()> {
        match net::shutdown(self.fd, Shutdown::Write) {
            Ok(()) | Err(Errno::NOTCONN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
