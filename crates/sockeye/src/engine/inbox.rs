//! `Inbox`: what there is to do for an engine, from its own thread and from all others.

use std::{
    collections::VecDeque,
    future::Future,
    mem,
    os::fd::OwnedFd,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Wake, Waker},
};

use tokio::sync::oneshot;

use super::{slab::Key, uring::Leaving};

/// Something that an engine runs to its end.
pub(super) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Debug)]
pub(super) struct Inbox {
    /// What tokio sees of the engine: the epoll that its sockets are registered with, or the bell of its ring.
    descriptor: Arc<OwnedFd>,
    mail: Mutex<Mail>,
    /// Counts the beginnings and the ends of turns: it is odd as long as one lasts.
    turns: AtomicU64,
}

/// What lies there. None of it grows beyond the tasks and sockets that there are: a task is in `ready` once at most.
#[derive(Default)]
pub(super) struct Mail {
    pub(super) ready: VecDeque<Arc<Bell>>,
    pub(super) tasks: Vec<Task>,
    /// Sockets that were dropped, or left, on another thread.
    pub(super) gone: Vec<Key>,
    /// Sockets that go on elsewhere.
    pub(super) leaving: Vec<(Key, oneshot::Sender<Leaving>)>,
    sleeper: Option<Waker>,
    closing: bool,
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
        Self { descriptor: Arc::new(descriptor), mail: Mutex::default(), turns: AtomicU64::new(0) }
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

    /// There is something to do that is not in here.
    pub(super) fn nudge(&self) {
        self.post(|_| {});
    }

    /// The engine ends with its last task.
    pub(super) fn close(&self) {
        self.post(|mail| mail.closing = true);
    }

    fn post(&self, put: impl FnOnce(&mut Mail)) {
        let mut mail = self.lock();
        put(&mut mail);
        let sleeper = mail.sleeper.take();
        drop(mail);
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
    }

    /// Takes what is there; `emptied` is what the next ones fill. Nobody sleeps meanwhile.
    pub(super) fn take(&self, emptied: &mut Mail) {
        let mut mail = self.lock();
        mem::swap(&mut mail.ready, &mut emptied.ready);
        mem::swap(&mut mail.tasks, &mut emptied.tasks);
        mem::swap(&mut mail.gone, &mut emptied.gone);
        mem::swap(&mut mail.leaving, &mut emptied.leaving);
        mail.sleeper = None;
    }

    /// The engine has nothing to do: whoever sends something wakes it.
    pub(super) fn rest(&self, waker: &Waker) -> Rest {
        let mut mail = self.lock();
        let mailed = mail.ready.is_empty() && mail.tasks.is_empty();
        if !(mailed && mail.gone.is_empty() && mail.leaving.is_empty()) {
            return Rest::GoesOn;
        }
        mail.sleeper = Some(waker.clone());
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

/// Wakes one task of an engine, from any thread.
#[derive(Debug)]
pub(super) struct Bell {
    inbox: Arc<Inbox>,
    pub(super) task: Key,
    /// It lies in the inbox, or is going to.
    rung: AtomicBool,
}

impl Bell {
    pub(super) fn new(inbox: Arc<Inbox>, task: Key) -> Arc<Self> {
        Arc::new(Self { inbox, task, rung: AtomicBool::new(false) })
    }

    /// The task is going to run: whatever happens from now on rings again.
    pub(super) fn silence(&self) {
        self.rung.store(false, Ordering::SeqCst);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::SeqCst) {
            self.inbox.post(|mail| mail.ready.push_back(self.clone()));
        }
    }
}
