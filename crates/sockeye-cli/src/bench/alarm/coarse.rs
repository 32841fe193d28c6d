//! `Clock` where the system has no finer one: a timer of tokio's.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::time::{Sleep, sleep};

/// Expires once after it was set.
#[derive(Debug, Default)]
pub(super) struct Clock(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sleep: Option<Pin<Box<Sleep>>>,
    waiting: Option<Waker>,
}

impl Clock {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self::default())
    }

    pub(super) fn set(&self, wait: Duration) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.sleep = Some(Box::pin(sleep(wait)));
        if let Some(waiting) = state.waiting.take() {
            waiting.wake();
        }
    }

    pub(super) fn poll_expired(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting = Some(context.waker().clone());
        match &mut state.sleep {
            Some(sleep) if sleep.as_mut().poll(context).is_ready() => {
                state.sleep = None;
                Poll::Ready(Ok(()))
            }
            _ => Poll::Pending,
        }
    }
}
