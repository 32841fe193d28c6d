//! The engine: a thread that moves the bytes of its connections itself and polls their handlers itself.
//!
//! It is a task in a tokio runtime of one thread, which sees one file descriptor of it, that of its epoll. So a handler
//! has tokio's timers, channels and tasks, and a connection has neither a task nor a registration of tokio's. No rule
//! of the protocol is in here: what a handler gets is a [`WebSocket`](crate::WebSocket) on [`Io`](crate::Io), as ever.
//!
//! ```text
//!   tokio, one thread ─┬─ timers, tasks that handlers spawn, ...
//!                      └─ Host ─┬─ epoll ──▶ Readiness of each socket ──▶ its waker
//!                               ├─ Inbox ◀── wakers, from any thread (a Bell for each task)
//!                               └─ tasks: one for each connection, polled one after the other
//! ```
//!
//! What is in here is touched by its own thread alone, but for the inbox. A socket that is polled elsewhere moves to
//! the tokio runtime that it is polled in.

mod connection;
mod engines;
mod host;
mod inbox;
mod polling;
mod port;
mod readiness;
mod slab;
mod socket;
mod uring;
mod watch;

use std::{
    cell::{Cell, OnceCell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    time::Instant,
};

use rustix::event::epoll::Event;
use tokio::sync::oneshot;

pub use self::polling::Polling;
pub(crate) use self::{connection::Connection, engines::Engines};
use self::{
    inbox::{Bell, Inbox, Task},
    readiness::Readiness,
    slab::{Key, Slab},
    uring::{Leaving, Uring},
};

use crate::alarm;

thread_local! {
    static ENGINE: OnceCell<Engine> = const { OnceCell::new() };
}

/// What an engine knows, on its thread.
struct Engine {
    inbox: Arc<Inbox>,
    /// Empty while it is polled.
    tasks: RefCell<Slab<Option<Task>>>,
    sockets: RefCell<Slab<Readiness>>,
    /// Has the sockets instead, if there is one.
    uring: Option<RefCell<Uring>>,
    now: Cell<Option<Instant>>,
}

/// Runs a task beside its caller: in the engine of this thread if there is one, else in the tokio runtime.
pub(crate) fn spawn(task: Task) {
    if with(|_| ()).is_none() {
        tokio::spawn(task);
        return;
    }
    with(|engine| engine.spawn(task));
}

/// Has what was written leave now, and not with the end of the turn: whoever waits for that may keep the thread next.
pub(crate) fn hurry() {
    with(Engine::hurry);
}

/// When the turn began that an engine is in: to ask for the time takes as long as a small message does.
pub(crate) fn now() -> Option<Instant> {
    with(|engine| engine.now.get()).flatten()
}

/// The engine of this thread, if there is one.
fn with<R>(work: impl FnOnce(&Engine) -> R) -> Option<R> {
    ENGINE.try_with(|engine| engine.get().map(work)).ok().flatten()
}

impl Engine {
    fn new(inbox: Arc<Inbox>, uring: Option<Uring>) -> Self {
        let (tasks, sockets) = (RefCell::new(Slab::new()), RefCell::new(Slab::new()));
        let uring = uring.map(RefCell::new);
        Self { inbox, tasks, sockets, uring, now: Cell::new(None) }
    }

    fn begin_turn(&self) {
        self.inbox.count_turn();
        self.now.set(Some(alarm::now()));
    }

    fn end_turn(&self) {
        self.inbox.count_turn();
        self.now.set(None);
    }

    fn is_in_turn(&self) -> bool {
        self.now.get().is_some()
    }

    fn hurry(&self) {
        if let Some(uring) = &self.uring
            && uring.borrow_mut().hurry()
        {
            self.take_answers(uring);
        }
    }

    /// Wakes those who wait for what the kernel has answered.
    fn take_answers(&self, uring: &RefCell<Uring>) {
        loop {
            let Some(waker) = uring.borrow_mut().next() else { return };
            waker.into_iter().for_each(Waker::wake);
        }
    }

    fn spawn(&self, task: Task) {
        Bell::new(self.inbox.clone(), self.insert(task)).wake();
    }

    fn insert(&self, task: Task) -> Key {
        self.tasks.borrow_mut().insert(Some(task))
    }

    /// Polls a task once. One that panics has ended, and nobody else notices.
    fn run(&self, bell: Arc<Bell>) {
        let key = bell.task;
        let Some(mut task) = self.tasks.borrow_mut().at(key).and_then(Option::take) else {
            return; // it has ended already
        };
        bell.silence();
        let waker = Waker::from(bell);
        let mut context = Context::from_waker(&waker);
        let polled = catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut context)));
        if let Ok(Poll::Pending) = polled {
            if let Some(place) = self.tasks.borrow_mut().at(key) {
                *place = Some(task);
            }
            return;
        }
        let ended = self.tasks.borrow_mut().remove(key);
        drop(ended);
        // The hook of the process has told of the panic.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
    }

    /// The kernel tells of a socket, perhaps of one that has gone meanwhile.
    fn handle(&self, event: Event) {
        let key = Key::from_u64(event.data.u64());
        let mut sockets = self.sockets.borrow_mut();
        let waker = sockets.at(key).and_then(|readiness| readiness.handle_edge(event.flags));
        drop(sockets);
        waker.into_iter().for_each(Waker::wake);
    }

    fn forget_socket(&self, key: Key) {
        if let Some(uring) = &self.uring {
            let waker = uring.borrow_mut().forget(key);
            return drop(waker);
        }
        let gone = self.sockets.borrow_mut().remove(key);
        // With its waker a task may go, and with that another socket.
        drop(gone);
    }

    fn let_leave(&self, key: Key, to: oneshot::Sender<Leaving>) {
        let waker = self.uring.as_ref().map(|uring| uring.borrow_mut().leave(key, to));
        drop(waker);
    }

    fn is_empty(&self) -> bool {
        let uring = self.uring.as_ref().is_none_or(|uring| uring.borrow().is_empty());
        self.tasks.borrow().is_empty() && self.sockets.borrow().is_empty() && uring
    }
}

#[cfg(test)]
mod tests;
