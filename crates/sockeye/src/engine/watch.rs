//! The watch over engines: a handler that blocks keeps its engine from everybody else, and cannot tell of it itself.

use std::{io, sync::Arc, time::Duration};

use tokio::time;

use super::inbox::Inbox;

/// How long a turn may last, at least, before somebody is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// Tells once of each turn that does not end.
pub(super) async fn run(inboxes: &[Arc<Inbox>], tell: impl Fn(&io::Error)) {
    let mut seen: Vec<Option<u64>> = vec![None; inboxes.len()];
    let mut told = seen.clone();
    loop {
        time::sleep(PATIENCE).await;
        for ((inbox, seen), told) in inboxes.iter().zip(&mut seen).zip(&mut told) {
            let turn = inbox.turn();
            if turn.is_some() && turn == *seen && turn != *told {
                *told = turn;
                tell(&io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!(
                        "expected every handler to give way, got one that blocks its engine for {PATIENCE:?}"
                    ),
                ));
            }
            *seen = turn;
        }
    }
}
