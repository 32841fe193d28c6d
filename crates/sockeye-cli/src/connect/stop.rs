//! `Stop`: signals that ask us to leave.

use std::{future, io};

use tokio::signal;

/// Ctrl-C, and what else ends a program; they do not end it any more once this is there.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Stop {
    interrupt: signal::unix::Signal,
    terminate: signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    pub(super) fn new() -> io::Result<Self> {
        let on = |kind| signal::unix::signal(kind);
        let interrupt = on(signal::unix::SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: on(signal::unix::SignalKind::terminate())? })
    }

    /// Waits for the next one. Cancel safe.
    pub(super) async fn asked(&mut self) {
        tokio::select! {
            Some(()) = self.interrupt.recv() => {}
            Some(()) = self.terminate.recv() => {}
            else => future::pending().await,
        }
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct Stop;

#[cfg(not(unix))]
impl Stop {
    #[expect(clippy::unnecessary_wraps, reason = "as where there are signals")]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn asked(&mut self) {
        if signal::ctrl_c().await.is_err() {
            future::pending().await
        }
    }
}
