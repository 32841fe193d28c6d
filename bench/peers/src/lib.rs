//! The loops that peers share whose sockets are a `Stream` and a `Sink`.

use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use tokio::sync::broadcast::{Sender, error::RecvError};

/// Messages that may wait for a member of a room.
pub const ROOM: usize = 1024;

/// What is done with what a socket brought.
#[derive(Debug)]
pub enum Next<M> {
    /// A message.
    Message(M),
    /// The library has dealt with it.
    Ignore,
    End,
}

/// Takes everything that is there, answers it, and flushes once.
pub async fn echo<S, M>(mut ws: S, sort: impl Fn(S::Item) -> Next<M>)
where
    S: Stream + Sink<M> + Unpin,
{
    // Taken before anything is fed: some flush what was fed whenever they are asked for more.
    let mut taken = Vec::new();
    while let Some(item) = ws.next().await {
        let mut next = Some(item);
        let mut goes_on = true;
        while let Some(item) = next.take().filter(|_| goes_on) {
            match sort(item) {
                Next::Message(message) => taken.push(message),
                Next::Ignore => {}
                Next::End => goes_on = false,
            }
            next = ws.next().now_or_never().flatten();
        }
        for message in taken.drain(..) {
            if ws.feed(message).await.is_err() {
                return;
            }
        }
        if ws.flush().await.is_err() {
            return;
        }
        if !goes_on {
            // How it ends is nobody's affair.
            let _ = ws.close().await;
            return;
        }
    }
}

/// Sends on what comes, and sends what others sent: all that waits, then one flush.
pub async fn broadcast<S, M>(mut ws: S, room: Sender<M>, sort: impl Fn(S::Item) -> Next<M>)
where
    S: Stream + Sink<M> + Unpin,
    M: Clone,
{
    let mut news = room.subscribe();
    loop {
        tokio::select! {
            item = ws.next() => match item.map(&sort) {
                // Nobody listens only after the last one has gone.
                Some(Next::Message(message)) => drop(room.send(message)),
                Some(Next::Ignore) => {}
                Some(Next::End) | None => {
                    // How it ends is nobody's affair.
                    let _ = ws.close().await;
                    return;
                }
            },
            message = news.recv() => {
                let mut next = match message {
                    Ok(message) => Some(message),
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return,
                };
                while let Some(message) = next.take() {
                    if ws.feed(message).await.is_err() {
                        return;
                    }
                    next = news.try_recv().ok();
                }
                if ws.flush().await.is_err() {
                    return;
                }
            }
        }
    }
}
