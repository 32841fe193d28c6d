//! `Bell`: wakes one task of an engine, from any thread. A task has one only as long as somebody holds on to it; what
//! is polled without that borrows the one that the engine has to spare.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering, fence},
    },
    task::{Wake, Waker},
};

use super::{inbox::Inbox, slab::Key, with};

#[derive(Debug)]
pub(super) struct Bell {
    inbox: Arc<Inbox>,
    /// The key of its task.
    task: AtomicU64,
    /// It lies in the inbox, or is going to.
    rung: AtomicBool,
}

impl Bell {
    pub(super) fn new(inbox: Arc<Inbox>, task: Key) -> Arc<Self> {
        let (task, rung) = (AtomicU64::new(task.to_u64()), AtomicBool::new(false));
        Arc::new(Self { inbox, task, rung })
    }

    pub(super) fn task(&self) -> Key {
        Key::from_u64(self.task.load(Ordering::Relaxed))
    }

    /// The task is going to be rung: whatever happens from now on rings again.
    pub(super) fn silence(&self) {
        self.rung.store(false, Ordering::SeqCst);
    }

    /// Rings in the engine of this thread, if that is the right one.
    fn ring_here(&self) -> bool {
        with(|engine| {
            let here = Arc::ptr_eq(&engine.inbox, &self.inbox);
            if here {
                engine.ring(self.task());
            }
            here
        })
        .unwrap_or(false)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.ring_here() && !self.rung.swap(true, Ordering::SeqCst) {
            self.inbox.post(|mail| mail.rung.push(self.clone()));
        }
    }
}

/// A bell, and the waker that rings it.
pub(super) struct Pull {
    bell: Arc<Bell>,
    pub(super) waker: Waker,
}

impl Pull {
    /// Those that it consists of itself.
    const HOLDERS: usize = 2;

    pub(super) fn new(bell: Arc<Bell>) -> Self {
        let waker = bell.clone().into();
        Self { bell, waker }
    }

    /// The same for another task. Nobody else holds the bell.
    pub(super) fn lend(self, task: Key) -> Self {
        self.bell.task.store(task.to_u64(), Ordering::Relaxed);
        self
    }

    /// Itself, if nobody has taken a waker of it, or all who did are gone; else the bell, which has to stay what it is.
    pub(super) fn take_back(self) -> Result<Self, Arc<Bell>> {
        if Arc::strong_count(&self.bell) > Self::HOLDERS {
            return Err(self.bell);
        }
        // Whoever let go of it has read for which task it was, before it is for another.
        fence(Ordering::Acquire);
        Ok(self)
    }
}
