//! `Signals`: what the system tells the process to do.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the system tells the process to do.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits until it is told to stop.
    pub(super) async fn stop(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The wish to read files again.
#[derive(Debug)]
pub(super) struct Hangup(Signal);

impl Hangup {
    pub(super) fn new() -> io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    pub(super) async fn wait(&mut self) {
        self.0.recv().await;
    }
}
