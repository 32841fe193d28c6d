//! `Socket`: a TCP connection that a ring moves the bytes of.

use std::{
    io::{self, IoSlice},
    os::fd::OwnedFd,
    sync::Arc,
    task::{Context, Poll},
};

use rustix::io::Errno;
use tokio::{
    io::ReadBuf,
    sync::oneshot::{self, Receiver},
    task::coop,
};

use super::{
    super::{Engine, inbox::Inbox, readiness::Waiter, slab::Key, with},
    Uring,
    leaving::Leaving,
};

/// As much as one read asks for.
const READ_BYTES: usize = 128 * 1024;

/// A connection of an engine's. Only its own thread moves bytes with it; elsewhere it has to [leave](Self::leave)
/// first.
#[derive(Debug)]
pub(crate) struct Socket {
    inbox: Arc<Inbox>,
    key: Key,
}

impl Socket {
    /// Of the engine of this thread, which has a ring.
    pub(in super::super) fn new(fd: OwnedFd) -> io::Result<Self> {
        let registered = with(|engine| {
            let key = engine.uring.as_ref()?.borrow_mut().adopt(fd);
            Some(Self { inbox: engine.inbox.clone(), key })
        });
        registered.flatten().ok_or_else(|| io::ErrorKind::Unsupported.into())
    }

    /// Has the engine hand it over. This one is of no use afterwards.
    pub(in super::super) fn leave(&self) -> Receiver<Leaving> {
        let (to, leaving) = oneshot::channel();
        self.inbox.let_leave(self.key, to);
        leaving
    }

    /// Does `work` with the ring that this belongs to, if this is its thread.
    fn with<R>(&self, work: impl FnOnce(&Engine, &mut Uring) -> R) -> Option<R> {
        with(|engine| {
            let uring = engine.uring.as_ref()?;
            let own = Arc::ptr_eq(&engine.inbox, &self.inbox);
            let done = own.then(|| work(engine, &mut uring.borrow_mut()));
            if !engine.is_in_turn() {
                // A task of tokio's on the same thread; the kernel is told in the turn that this calls for.
                engine.inbox.wake();
            }
            done
        })
        .flatten()
    }

    /// A task of tokio's may come between two turns, when nobody has asked yet whether what the first of them has sent
    /// has left: as if its peer took nothing.
    fn catch_up(&self) {
        let behind = self.with(|engine, uring| !engine.is_in_turn() && uring.is_sending(self.key));
        if behind == Some(true) {
            with(|engine| engine.uring.as_ref().map(|uring| engine.take_answers(uring)));
        }
    }

    /// Tries it, and waits when there is nothing to be done; none on another thread than the engine's.
    fn poll<R>(
        &self,
        context: &mut Context<'_>,
        attempt: impl FnOnce(&mut Uring, Key) -> Result<R, Errno>,
    ) -> Option<Poll<io::Result<R>>> {
        let (done, former) = self.with(|engine, uring| {
            let Poll::Ready(turn) = coop::poll_proceed(context) else {
                return (Poll::Pending, Waiter::Nobody);
            };
            match attempt(uring, self.key) {
                Err(Errno::AGAIN) => {
                    let task = engine.tasks.borrow().running(context);
                    (Poll::Pending, uring.wait(self.key, task, context.waker()))
                }
                done => {
                    turn.made_progress();
                    (Poll::Ready(done.map_err(io::Error::from)), Waiter::Nobody)
                }
            }
        })?;
        drop(former);
        Some(done)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        match self.with(|_, uring| uring.forget(self.key)) {
            // With its waker a task may go, and with that another socket.
            Some(waiter) => drop(waiter),
            None => self.inbox.report_gone(self.key),
        }
    }
}

/// Nothing is moved, and `None` comes of it, on any other thread than the engine's.
impl Socket {
    pub(crate) fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Option<Poll<io::Result<()>>> {
        let asked = buffer.remaining().min(READ_BYTES);
        let room = buffer.initialize_unfilled_to(asked);
        let polled = self.poll(context, |uring, key| uring.read(key, room))?;
        Some(polled.map_ok(|read| buffer.advance(read)))
    }

    pub(crate) fn poll_write(
        &self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Option<Poll<io::Result<usize>>> {
        self.catch_up();
        self.poll(context, |uring, key| uring.write(key, slices))
    }

    /// What the ring was given is as good as in the buffer of the socket: nobody waits until it has left.
    pub(crate) fn poll_flush(&self, context: &mut Context<'_>) -> Option<Poll<io::Result<()>>> {
        self.poll(context, Uring::tell_failure)
    }

    pub(crate) fn poll_shutdown(&self, context: &mut Context<'_>) -> Option<Poll<io::Result<()>>> {
        self.poll(context, Uring::shut_down)
    }
}
