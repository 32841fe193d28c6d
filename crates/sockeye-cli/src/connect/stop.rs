//! Signals that ask us to leave.

use std::future;

use tokio::{select, signal};

/// Waits for Ctrl-C, or for what else ends a program. The signal does not end it any more once this was waited for.
pub(super) async fn asked() {
    select! {
        Ok(()) = signal::ctrl_c() => {}
        () = terminated() => {}
        // Where there are no signals, nobody asks so.
        () = future::pending() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    match signal::unix::signal(signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    future::pending().await
}
