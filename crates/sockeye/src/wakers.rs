//! `Wakers`: those who wait for one thing, each in a place that he gives back.
//!
//! Kept behind a lock of the caller's. A waker can be the last of its task, and what a task drops may come back here:
//! so each waker that is no longer needed is handed out, to be dropped outside that lock.

use std::task::Waker;

#[derive(Debug)]
pub(crate) struct Wakers {
    all: Vec<Option<Waker>>,
    free: Vec<usize>,
}

impl Wakers {
    pub(crate) const fn new() -> Self {
        Self { all: Vec::new(), free: Vec::new() }
    }

    /// A place for somebody who is going to wait.
    pub(crate) fn join(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.all.push(None);
            self.all.len() - 1
        })
    }

    /// Whom to wake for a place from now on.
    #[must_use = "dropped outside the lock"]
    pub(crate) fn set(&mut self, place: usize, waker: &Waker) -> Option<Waker> {
        let known = self.all.get_mut(place)?;
        if known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            return None;
        }
        known.replace(waker.clone())
    }

    #[must_use = "dropped outside the lock"]
    pub(crate) fn leave(&mut self, place: usize) -> Option<Waker> {
        self.free.push(place);
        self.all.get_mut(place).and_then(Option::take)
    }

    #[must_use = "woken outside the lock"]
    pub(crate) fn take_all(&mut self) -> Vec<Waker> {
        self.all.iter_mut().filter_map(Option::take).collect()
    }

    #[must_use = "woken outside the lock"]
    pub(crate) fn take_others(&mut self, place: usize) -> Vec<Waker> {
        let others = self.all.iter_mut().enumerate().filter(|(other, _)| *other != place);
        others.filter_map(|(_, waker)| waker.take()).collect()
    }
}
