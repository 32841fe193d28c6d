//! The WebSockets that are served, each by the handler of its route.

use std::{
    future::{Ready, ready},
    pin::pin,
    sync::Arc,
};

use http::Request;
use sockeye::{
    Answer, Message, MessageRef, Out, Peer, SendError, ServerOptions, Unsent, Upgrade, WebSocket,
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
                Route::Echo => {
                    echo(&mut ws, &mut visit).await;
                    visit.end(ws.closed());
                }
                Route::Broadcast => Box::pin(broadcast::take_part(ws, visit)).await,
            }
        }))
    }
}

/// Sends back what comes. The answers to a burst leave together.
async fn echo(ws: &mut WebSocket, visit: &mut Visit) {
    // What had no room in the queue, in a box, as nearly every echo is idle and none of them has one then.
    let mut late = None;
    loop {
        let received = visit.up_to_date(pin!(ws.recv_with(send_back(&mut late)))).await;
        let Ok(Some(len)) = received else { return };
        visit.received(len);
        let sent = match late.take() {
            None => ws.is_open(),
            Some(message) => Box::pin(ws.feed(*message)).await.is_ok(),
        };
        if sent {
            visit.sent(len);
        }
    }
}

/// Queues a message as it is lent, or keeps it where there is no room for it now. Tells its length.
fn send_back(
    late: &mut Option<Box<Message>>,
) -> impl FnOnce(MessageRef<'_>, &mut Out<'_>) -> usize {
    |message, out| {
        if let Err(Unsent { reason: SendError::Full { .. }, .. }) = out.try_send(message) {
            *late = Some(Box::new(message.into_owned()));
        }
        message.as_bytes().len()
    }
}
