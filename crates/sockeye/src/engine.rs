//! The engine: a thread that moves the bytes of its connections itself and polls their handlers itself.
//!
//! It is a task in a tokio runtime of one thread, which sees one file descriptor of it, that of its epoll. So a handler
//! has tokio's timers, channels and tasks, and a connection has neither a task nor a registration of tokio's. No rule
//! of the protocol is in here: what a handler gets is a [`WebSocket`](crate::WebSocket) on [`Io`](crate::Io), as ever.
//!
//! ```text
//!   tokio, one thread ─┬─ timers, tasks that handlers spawn, ...
//!                      └─ Host ─┬─ epoll ──▶ Readiness of each socket ──▶ its task
//!                               ├─ Inbox ◀── wakers on other threads (a Bell for each task)
//!                               └─ tasks: one for each connection, polled one after the other
//! ```
//!
//! What is in here is touched by its own thread alone, but for the inbox. A socket that is polled elsewhere moves to
//! the tokio runtime that it is polled in.

mod bell;
mod connection;
mod engines;
mod host;
mod inbox;
mod polling;
mod port;
mod readiness;
mod slab;
mod socket;
mod tasks;
mod uring;
mod watch;

use std::{
    cell::{Cell, OnceCell, RefCell},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    ptr,
    sync::{Arc, Weak},
    task::{Context, Poll},
    time::Instant,
};

use rustix::event::epoll::Event;
use tokio::sync::oneshot;

pub use self::polling::Polling;
pub(crate) use self::{connection::Connection, engines::Engines};
use self::{
    inbox::{Inbox, Mail},
    readiness::{Readiness, Waiter},
    slab::{Key, Slab},
    tasks::{Tasks, Tick, Work},
    uring::{Leaving, Uring},
};
use crate::{alarm, hall::Hall, task::Task};

thread_local! {
    static ENGINE: OnceCell<Engine> = const { OnceCell::new() };
}

/// What an engine knows, on its thread.
struct Engine {
    inbox: Arc<Inbox>,
    tasks: RefCell<Tasks>,
    sockets: RefCell<Slab<Readiness>>,
    /// Has the sockets instead, if there is one.
    uring: Option<RefCell<Uring>>,
    /// The server that it is one of.
    hall: OnceCell<Weak<Hall>>,
    started: Instant,
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

/// Ready once `deadline` has passed; before that the task of `context` is woken then, or somewhat later. None if an
/// engine does not poll it.
pub(crate) fn poll_deadline(context: &Context<'_>, deadline: Instant) -> Option<Poll<()>> {
    with(|engine| {
        let mut tasks = engine.tasks.borrow_mut();
        let task = tasks.running(context)?;
        if engine.now.get()? >= deadline {
            return Some(Poll::Ready(()));
        }
        tasks.ring_at(task, Tick::at_or_after(engine.started, deadline));
        Some(Poll::Pending)
    })
    .flatten()
}

/// Whether the task of `context` is one that an engine of this server polls now; then it is woken when that leaves.
pub(crate) fn rings_when_leaving(context: &Context<'_>, hall: &Arc<Hall>) -> bool {
    with(|engine| {
        let own = engine.hall.get().is_some_and(|own| ptr::eq(own.as_ptr(), Arc::as_ptr(hall)));
        own && engine.tasks.borrow().running(context).is_some()
    })
    .unwrap_or(false)
}

/// The engine of this thread, if there is one.
#[inline]
fn with<R>(work: impl FnOnce(&Engine) -> R) -> Option<R> {
    ENGINE.try_with(|engine| engine.get().map(work)).ok().flatten()
}

impl Engine {
    fn new(inbox: Arc<Inbox>, uring: Option<Uring>) -> Self {
        let tasks = RefCell::new(Tasks::new(inbox.clone()));
        let sockets = RefCell::new(Slab::new());
        let (hall, started, now) = (OnceCell::new(), alarm::now(), Cell::new(None));
        let uring = uring.map(RefCell::new);
        Self { inbox, tasks, sockets, uring, hall, started, now }
    }

    /// Learns which server it belongs to.
    fn serve(&self, hall: &Arc<Hall>) {
        let _ = self.hall.set(Arc::downgrade(hall));
    }

    fn begin_turn(&self) {
        self.inbox.count_turn();
        let now = alarm::now();
        self.now.set(Some(now));
        let tick = Tick::before(self.started, now);
        if tick >= self.tasks.borrow().next_deadline() {
            self.tasks.borrow_mut().ring_due(tick);
        }
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
            let Some(waiter) = uring.borrow_mut().next() else { return };
            self.tell(waiter);
        }
    }

    fn spawn(&self, task: Task) {
        self.tasks.borrow_mut().add(task);
        self.come_to_it();
    }

    fn ring(&self, task: Key) {
        self.tasks.borrow_mut().ring(task);
        self.come_to_it();
    }

    /// There is something to do: within a turn it is found, between two of them the engine may sleep.
    fn come_to_it(&self) {
        if self.now.get().is_none() {
            self.inbox.wake();
        }
    }

    /// Does what others have left in the inbox.
    fn open(&self, mail: &mut Mail) {
        for task in mail.tasks.drain(..) {
            self.spawn(task);
        }
        for bell in mail.rung.drain(..) {
            bell.silence();
            self.ring(bell.task());
        }
        if mem::take(&mut mail.all_rung) {
            self.tasks.borrow_mut().ring_all();
        }
        // Whoever leaves drops his place next.
        for (key, to) in mail.leaving.drain(..) {
            self.let_leave(key, to);
        }
        for gone in mail.gone.drain(..) {
            self.forget_socket(gone);
        }
    }

    /// Polls the next task that is ready, once. One that panics has ended, and nobody else notices.
    fn run_next(&self) {
        let Some((key, mut work)) = self.tasks.borrow_mut().begin() else { return };
        let mut context = Context::from_waker(&work.pull.waker);
        let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut work.task).poll(&mut context)));
        if let Ok(Poll::Pending) = polled {
            self.tasks.borrow_mut().pause(key, work);
            return;
        }
        let Work { task, pull } = work;
        self.tasks.borrow_mut().end(key, pull);
        // The hook of the process has told of the panic.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
    }

    fn is_any_ready(&self) -> bool {
        self.tasks.borrow().is_any_ready()
    }

    /// The kernel tells of a socket, perhaps of one that has gone meanwhile.
    fn handle(&self, event: Event) {
        let key = Key::from_u64(event.data.u64());
        let mut sockets = self.sockets.borrow_mut();
        let Some(readiness) = sockets.at(key) else { return };
        let waiter = readiness.handle_edge(event.flags);
        drop(sockets);
        self.tell(waiter);
    }

    fn tell(&self, waiter: Waiter) {
        match waiter {
            Waiter::Nobody => {}
            Waiter::Task(task) => self.ring(task),
            Waiter::Other(waker) => waker.wake(),
        }
    }

    fn forget_socket(&self, key: Key) {
        if let Some(uring) = &self.uring {
            let waiter = uring.borrow_mut().forget(key);
            return drop(waiter);
        }
        let gone = self.sockets.borrow_mut().remove(key);
        // With its waker a task may go, and with that another socket.
        drop(gone);
    }

    fn let_leave(&self, key: Key, to: oneshot::Sender<Leaving>) {
        let waiter = self.uring.as_ref().map(|uring| uring.borrow_mut().leave(key, to));
        drop(waiter);
    }

    /// Nobody will send anything any more: connections that nobody has are not waited for as long as else.
    fn hasten(&self) {
        if let Some(uring) = &self.uring
            && self.tasks.borrow().is_empty()
        {
            uring.borrow_mut().hasten();
        }
    }

    fn is_empty(&self) -> bool {
        let uring = self.uring.as_ref().is_none_or(|uring| uring.borrow().is_empty());
        self.tasks.borrow().is_empty() && self.sockets.borrow().is_empty() && uring
    }
}

#[cfg(test)]
mod tests;
