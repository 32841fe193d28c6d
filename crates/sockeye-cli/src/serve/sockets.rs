//! The WebSockets that are served, each by the handler of its route.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use http::Request;
use sockeye::{
    Answer, Message, MessageRef, Out, Peer, SendError, ServerOptions, Upgrade, WebSocket,
};

use super::{broadcast, route::Route, shared::Shared, visit::Visit};

/// Lets a request in on its route.
pub(super) fn let_in(
    route: Route,
    shared: Arc<Shared>,
    options: ServerOptions,
) -> impl Fn(Upgrade, Request<()>) -> Ready<Answer> + Send + Sync + 'static {
    move |upgrade, request| {
        let peer = request.extensions().get().and_then(Peer::address);
        // In a box: it would be held twice, before the WebSocket opens and after, and that room stays.
        let mut visit = Box::new(Visit::new(shared.clone(), route, peer));
        ready(upgrade.options(options.clone()).on_upgrade(move |mut ws| async move {
            visit.begin(&ws);
            match route {
                Route::Echo => echo(&mut ws, &mut visit).await,
                Route::Broadcast => Box::pin(broadcast::take_part(&mut ws, &mut visit)).await,
            }
            visit.end(&ws);
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
async fn echo(ws: &mut WebSocket, visit: &mut Visit) {
    while let Ok(Some(echoed)) = visit.up_to_date(ws.recv_with(send_back)).await {
        match echoed {
            Echoed::Queued(len) => {
                visit.received(len);
                visit.sent(len);
            }
            Echoed::Kept(message) => {
                let len = message.as_bytes().len();
                visit.received(len);
                // In a box, since an idle echo would have the room for it all the same.
                if Box::pin(ws.feed(message)).await.is_ok() {
                    visit.sent(len);
                }
            }
            Echoed::Lost => {}
        }
    }
}

fn send_back(message: MessageRef<'_>, out: &mut Out<'_>) -> Echoed {
    match out.try_send(message).map_err(|unsent| unsent.reason) {
        Ok(()) => Echoed::Queued(message.as_bytes().len()),
        Err(SendError::Full { .. }) => Echoed::Kept(message.into_owned()),
        Err(_) => Echoed::Lost,
    }
}
