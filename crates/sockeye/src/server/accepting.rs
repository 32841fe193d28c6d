//! Accepts connections for as long as the server runs; nothing that goes wrong ends it.

use std::{future::poll_fn, io, mem, sync::Arc, time::Duration};

use tokio::time;

use super::{
    Listener,
    connection::{self, Serving},
};
use crate::hall::Place;

/// How long to wait when there is no file descriptor left, unless a connection ends before.
const BACK_OFF: Duration = Duration::from_millis(100);

pub(super) async fn run(listener: Listener, serving: Arc<Serving>) {
    let mut told = false;
    loop {
        serving.hall.at_most(serving.max_connections - 1).await;
        match poll_fn(|context| listener.socket.poll_accept(context)).await {
            Ok((io, address)) => {
                told = false;
                let place = Place::take(&serving.hall);
                tokio::spawn(connection::serve(serving.clone(), io, address, place));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if !mem::replace(&mut told, true) {
                    (serving.settings.trouble.0)(&error);
                }
                // Whoever ends gives back what is missing.
                let _ = time::timeout(BACK_OFF, serving.hall.freed()).await;
            }
        }
    }
}

/// The peer has gone before it was accepted; the next one may be there.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
