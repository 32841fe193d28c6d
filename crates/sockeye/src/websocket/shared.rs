//! `Shared`: a driver that two halves use in turns.
//!
//! It is locked for the length of a poll, never while one waits. The transport knows a single waker, which wakes
//! everybody who waits.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

use super::Agreement;
use crate::{
    driver::{Driver, Standing},
    transport::Transport,
    wakers::Wakers,
};

#[derive(Debug)]
pub(super) struct Shared<S> {
    driver: Mutex<Driver<S>>,
    waiting: Arc<Waiting>,
    waker: Waker,
    agreement: Option<Box<Agreement>>,
}

/// The tasks that wait in a method of either half.
#[derive(Debug)]
struct Waiting(Mutex<Wakers>);

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let all = lock(&self.0).take_all();
        all.into_iter().for_each(Waker::wake);
    }
}

/// Somebody who waits in a method of either half.
#[derive(Debug)]
pub(super) struct Waiter<'w, S> {
    shared: &'w Shared<S>,
    place: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic of the caller's, while a message was lent to him, leaves the driver as it is between two events.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S> Shared<S> {
    pub(super) fn new(driver: Driver<S>, agreement: Option<Box<Agreement>>) -> Self {
        let waiting = Arc::new(Waiting(Mutex::new(Wakers::new())));
        let waker = Waker::from(waiting.clone());
        Self { driver: Mutex::new(driver), waiting, waker, agreement }
    }

    pub(super) fn into_parts(self) -> (Driver<S>, Option<Box<Agreement>>) {
        let driver = self.driver.into_inner().unwrap_or_else(PoisonError::into_inner);
        (driver, self.agreement)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Driver<S>> {
        lock(&self.driver)
    }

    pub(super) fn waiter(&self) -> Waiter<'_, S> {
        Waiter { shared: self, place: lock(&self.waiting.0).join() }
    }
}

impl<S: Transport> Shared<S> {
    /// Waits for what `work` waits for.
    pub(super) async fn wait<R>(
        &self,
        mut work: impl FnMut(&mut Driver<S>, &mut Context<'_>) -> Poll<R>,
    ) -> R {
        let waiter = self.waiter();
        poll_fn(|context| waiter.poll(context, &mut work)).await
    }

    /// Does what need not wait. Where it has to, those who wait in either half go on with it.
    pub(super) fn push<R>(&self, work: impl FnOnce(&mut Driver<S>, &mut Context<'_>) -> R) -> R {
        self.with(|driver| work(driver, &mut Context::from_waker(&self.waker)))
    }

    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Driver<S>) -> R) -> R {
        let mut driver = self.lock();
        let before: Standing = driver.standing();
        let outcome = work(&mut driver);
        let changed = before != driver.standing();
        drop(driver);
        if changed {
            self.waker.wake_by_ref();
        }
        outcome
    }
}

impl<S: Transport> Waiter<'_, S> {
    pub(super) fn poll<R>(
        &self,
        context: &mut Context<'_>,
        work: impl FnOnce(&mut Driver<S>, &mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        let Self { shared, place } = *self;
        // Before the driver is polled: whatever happens from then on wakes this task.
        let former = lock(&shared.waiting.0).set(place, context.waker());
        drop(former);
        let mut driver = shared.lock();
        let before = driver.standing();
        let outcome = work(&mut driver, &mut Context::from_waker(&shared.waker));
        let after = driver.standing();
        drop(driver);
        if before != after {
            let others = lock(&shared.waiting.0).take_others(place);
            others.into_iter().for_each(Waker::wake);
        }
        outcome
    }

    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Driver<S>) -> R) -> R {
        self.shared.with(work)
    }
}

impl<S> Drop for Waiter<'_, S> {
    fn drop(&mut self) {
        let waker = lock(&self.shared.waiting.0).leave(self.place);
        drop(waker);
    }
}
