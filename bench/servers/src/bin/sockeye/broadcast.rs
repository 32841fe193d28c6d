//! The fan-out: whatever one sends, all of them get, encoded once.

use sockeye::{Broadcast, Server, ServerOptions, WebSocket};

/// Adds the room to a server.
pub(crate) fn route(server: Server, options: ServerOptions) -> Server {
    let room = Broadcast::new();
    server.route("/", options, move |ws| {
        let room = room.clone();
        async move {
            // How it ended is the member's affair.
            let _ = member(ws, room).await;
        }
    })
}

async fn member(ws: WebSocket, room: Broadcast) -> Result<(), sockeye::Error> {
    let (mut receiver, sender) = ws.split();
    let _member = room.join(&sender);
    while let Some(message) = receiver.recv().await? {
        room.send(message).await;
    }
    Ok(())
}
