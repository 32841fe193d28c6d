//! `Task`: what a server runs beside itself.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::hall::Place;

/// A future, and the place in the server that it keeps until it is gone.
pub(crate) struct Task {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// No part of the future, which would have it twice.
    #[expect(dead_code, reason = "given back when the task is dropped")]
    place: Option<Place>,
}

impl Task {
    pub(crate) fn new(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { future: Box::pin(future), place: None }
    }

    /// A server that leaves waits for it then, even when it has let go of its connection.
    pub(crate) fn keeping(self, place: Option<Place>) -> Self {
        Self { place, ..self }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task")
    }
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.future.as_mut().poll(context)
    }
}
