//! `Inbox`: what other threads have for an engine to do, and how an engine that sleeps is woken.

use std::{
    mem,
    os::fd::OwnedFd,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Waker,
};

use tokio::sync::oneshot;

use super::{bell::Bell, slab::Key, uring::Leaving};
use crate::task::Task;

#[derive(Debug)]
pub(super) struct Inbox {
    /// What tokio sees of the engine: the epoll that its sockets are registered with, or the bell of its ring.
    descriptor: Arc<OwnedFd>,
    mail: Mutex<Mail>,
    /// Whether there may be mail: asked more often than there is.
    posted: AtomicBool,
    /// Counts the beginnings and the ends of turns: it is odd as long as one lasts.
    turns: AtomicU64,
}

/// What lies there. None of it grows beyond the tasks and sockets that there are: a task is in `rung` once at most.
#[derive(Default)]
pub(super) struct Mail {
    pub(super) rung: Vec<Arc<Bell>>,
    /// Whether every task is to be rung.
    pub(super) all_rung: bool,
    pub(super) tasks: Vec<Task>,
    /// Sockets that were dropped, or left, on another thread.
    pub(super) gone: Vec<Key>,
    /// Sockets that go on elsewhere.
    pub(super) leaving: Vec<(Key, oneshot::Sender<Leaving>)>,
    sleeper: Option<Waker>,
    closing: bool,
    ended: bool,
}

/// What an engine that has nothing to do does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Sleeps,
    /// Something came meanwhile.
    GoesOn,
    /// Nobody will send anything any more.
    Closes,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").finish_non_exhaustive()
    }
}

impl Inbox {
    pub(super) fn new(descriptor: OwnedFd) -> Self {
        Self {
            descriptor: Arc::new(descriptor),
            mail: Mutex::default(),
            posted: AtomicBool::new(false),
            turns: AtomicU64::new(0),
        }
    }

    pub(super) fn descriptor(&self) -> &Arc<OwnedFd> {
        &self.descriptor
    }

    /// Has the engine run a task.
    pub(super) fn send(&self, task: Task) {
        self.post(|mail| mail.tasks.push(task));
    }

    /// Tells that a socket has gone.
    pub(super) fn report_gone(&self, key: Key) {
        self.post(|mail| mail.gone.push(key));
    }

    /// Tells that a socket is wanted elsewhere.
    pub(super) fn let_leave(&self, key: Key, to: oneshot::Sender<Leaving>) {
        self.post(|mail| mail.leaving.push((key, to)));
    }

    /// Has every task look around.
    pub(super) fn ring_all(&self) {
        self.post(|mail| mail.all_rung = true);
    }

    /// The engine has something to do that is not in here.
    pub(super) fn wake(&self) {
        self.post(|_| {});
    }

    /// The engine ends with its last task.
    pub(super) fn close(&self) {
        self.post(|mail| mail.closing = true);
    }

    /// The engine has ended. Nobody waits for it any more.
    pub(super) fn end(&self) {
        let mut mail = self.lock();
        let former = mem::take(&mut *mail);
        mail.ended = true;
        drop(mail);
        drop(former);
    }

    pub(super) fn post(&self, put: impl FnOnce(&mut Mail)) {
        let mut mail = self.lock();
        if mail.ended {
            return;
        }
        put(&mut mail);
        self.posted.store(true, Ordering::Release);
        let sleeper = mail.sleeper.take();
        drop(mail);
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
    }

    /// Takes what is there; `emptied` is what the next ones fill.
    pub(super) fn take(&self, emptied: &mut Mail) {
        if !self.posted.load(Ordering::Acquire) {
            return;
        }
        let mut mail = self.lock();
        self.posted.store(false, Ordering::Release);
        mem::swap(&mut mail.rung, &mut emptied.rung);
        mem::swap(&mut mail.tasks, &mut emptied.tasks);
        mem::swap(&mut mail.gone, &mut emptied.gone);
        mem::swap(&mut mail.leaving, &mut emptied.leaving);
        emptied.all_rung = mem::take(&mut mail.all_rung);
    }

    /// The engine has nothing to do: whoever sends something wakes it.
    pub(super) fn rest(&self, waker: &Waker) -> Rest {
        let mut mail = self.lock();
        if self.posted.load(Ordering::Acquire) {
            return Rest::GoesOn;
        }
        if !mail.sleeper.as_ref().is_some_and(|known| known.will_wake(waker)) {
            mail.sleeper = Some(waker.clone());
        }
        if mail.closing { Rest::Closes } else { Rest::Sleeps }
    }

    /// A turn begins, or it ends.
    pub(super) fn count_turn(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// Tells turns apart; `None` between two.
    pub(super) fn turn(&self) -> Option<u64> {
        let turns = self.turns.load(Ordering::Relaxed);
        (turns % 2 == 1).then_some(turns)
    }

    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
