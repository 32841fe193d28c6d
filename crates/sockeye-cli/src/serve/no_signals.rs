//! Where there is only Ctrl-C.

use std::{future, io};

#[derive(Debug)]
pub(super) struct Signals;

impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    /// Waits until it is told to stop.
    pub(super) async fn stop(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            future::pending::<()>().await;
        }
    }
}

#[derive(Debug)]
pub(super) struct Hangup;

impl Hangup {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn wait(&mut self) {
        future::pending().await
    }
}
