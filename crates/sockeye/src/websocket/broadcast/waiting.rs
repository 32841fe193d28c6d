//! `Waiting`: those who want to send more than was handed over, or want to know that all was.

use std::{
    sync::{Arc, Mutex},
    task::Waker,
};

use super::lock;
use crate::wakers::Wakers;

/// All who wait for a broadcast. Cloning is cheap, and a clone is the same.
#[derive(Clone, Debug)]
pub(super) struct Waiting(Arc<Mutex<Wakers>>);

/// One of them, who has a place from the first time that he has to wait.
#[derive(Debug)]
pub(super) struct Waiter {
    waiting: Waiting,
    place: Option<usize>,
}

impl Waiting {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Wakers::new())))
    }

    pub(super) fn waiter(&self) -> Waiter {
        Waiter { waiting: self.clone(), place: None }
    }

    /// Something has moved: each of them looks again.
    pub(super) fn wake(&self) {
        let all = lock(&self.0).take_all();
        all.into_iter().for_each(Waker::wake);
    }
}

impl Waiter {
    /// Wakes `waker` from now on. What moved before went unnoticed by it, so whoever calls this looks again.
    pub(super) fn wait(&mut self, waker: &Waker) {
        let mut wakers = lock(&self.waiting.0);
        let place = *self.place.get_or_insert_with(|| wakers.join());
        let former = wakers.set(place, waker);
        drop(wakers);
        drop(former);
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        let waker = lock(&self.waiting.0).leave(place);
        drop(waker);
    }
}
