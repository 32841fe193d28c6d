//! The WebSockets that are served, and what the handlers of all of them need.

use std::{
    future::{Future, Ready, poll_fn, ready},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

use http::Request;
use sockeye::{
    Answer, Message, MessageRef, Out, Peer, SendError, ServerOptions, Upgrade, WebSocket,
};
use tokio::time;

use super::{broadcast, route::Route, shared::Shared, visit::Visit};

/// The peer took nothing of what waits for it, for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stuck;

/// Lets a request in on its route.
pub(super) fn let_in(
    route: Route,
    shared: Arc<Shared>,
    options: ServerOptions,
) -> impl Fn(Upgrade, Request<()>) -> Ready<Answer> + Send + Sync + 'static {
    move |upgrade, request| {
        let peer = request.extensions().get().and_then(Peer::address);
        // In a box: until the WebSocket opens it would be held twice, and for each idle one that room stays.
        let mut visit = Box::new(Visit::new(shared.clone(), route, peer));
        ready(upgrade.options(options.clone()).on_upgrade(move |mut ws| async move {
            visit.begin(&ws);
            let served = match route {
                Route::Echo => echo(&mut ws, &mut visit).await,
                Route::Broadcast => Box::pin(broadcast::take_part(&mut ws, &mut visit)).await,
            };
            visit.end(ws.closed().filter(|_| served.is_ok()));
        }))
    }
}

/// What became of a message that was lent.
enum Echoed {
    Queued(usize),
    /// There is no room for it now.
    Kept(Message),
    /// Nothing goes out any more, as after our goodbye.
    Lost,
}

/// Sends back what comes. The answers to a burst leave together.
///
/// What is rare stands in boxes: an idle socket holds this future, and nothing of it that is as large as a timer.
async fn echo(ws: &mut WebSocket, visit: &mut Visit) -> Result<(), Stuck> {
    loop {
        let at_once = once(pin!(ws.recv_with(send_back))).await;
        let echoed = match at_once {
            Some(echoed) => echoed,
            None if ws.queued() > 0 => {
                Box::pin(drain(ws, visit)).await?;
                continue;
            }
            None => {
                visit.tell();
                ws.recv_with(send_back).await
            }
        };
        match echoed {
            Ok(Some(Echoed::Queued(len))) => {
                visit.received(len);
                visit.sent(len);
            }
            Ok(Some(Echoed::Kept(message))) => {
                Box::pin(send_when_there_is_room(message, ws, visit)).await?;
            }
            Ok(Some(Echoed::Lost)) => {}
            Ok(None) | Err(_) => return Ok(()),
        }
    }
}

async fn send_when_there_is_room(
    message: Message,
    ws: &mut WebSocket,
    visit: &mut Visit,
) -> Result<(), Stuck> {
    let len = message.as_bytes().len();
    visit.received(len);
    drain(ws, visit).await?;
    // An empty queue takes any message.
    if ws.try_send(message).is_ok() {
        visit.sent(len);
    }
    Ok(())
}

fn send_back(message: MessageRef<'_>, out: &mut Out<'_>) -> Echoed {
    match out.try_send(message).map_err(|unsent| unsent.reason) {
        Ok(()) => Echoed::Queued(message.as_bytes().len()),
        Err(SendError::Full { .. }) => Echoed::Kept(message.into_owned()),
        Err(_) => Echoed::Lost,
    }
}

/// Waits until all that is queued has left, or nothing of it does any more.
pub(super) async fn drain(ws: &mut WebSocket, visit: &mut Visit) -> Result<(), Stuck> {
    visit.tell();
    let patience = visit.shared().write_timeout;
    loop {
        let queued = ws.queued();
        match time::timeout(patience, ws.flush()).await {
            // A transport that failed is told by the next call that reads.
            Ok(_) => return Ok(()),
            Err(_) if ws.queued() < queued => {}
            Err(_) => return Err(Stuck),
        }
    }
}

/// What a future comes to without waiting.
pub(super) fn once<F: Future>(future: Pin<&mut F>) -> impl Future<Output = Option<F::Output>> {
    let mut future = future;
    poll_fn(move |context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => None,
        })
    })
}
