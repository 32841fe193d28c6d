//! The tasks of a server.

use std::{sync::Arc, task::Context};

use tokio::{sync::watch, task::JoinSet};

use crate::{
    hall::Hall,
    server::{Listener, accepting, connection::Serving},
    task::Task,
};

#[derive(Debug)]
pub(crate) struct Engines;

impl Engines {
    pub(crate) fn none() -> Self {
        Self
    }

    /// Accepts from a listener until `stop` is dropped.
    pub(crate) fn listen(
        &self,
        listener: Listener,
        serving: &Arc<Serving>,
        stop: &watch::Sender<()>,
        accepting: &mut JoinSet<()>,
    ) {
        let Listener { socket, preamble } = listener;
        let (preamble, serving) = (Arc::new(preamble), serving.clone());
        accepting.spawn(accepting::run(socket, preamble, serving, stop.subscribe()));
    }

    pub(crate) async fn watch(&self, _: &Serving) {}

    pub(crate) fn leave(&self) {}

    pub(crate) async fn end(self) {}
}

/// No task is an engine's.
pub(crate) fn rings_when_leaving(_: &Context<'_>, _: &Arc<Hall>) -> bool {
    false
}

/// Runs a task beside its caller.
pub(crate) fn spawn(task: Task) {
    tokio::spawn(task);
}
