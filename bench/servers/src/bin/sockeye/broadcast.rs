//! The fan-out: whatever one sends, all of them get, encoded once.

use sockeye::{Prepared, Server, ServerOptions, WebSocket};
use tokio::sync::broadcast::{self, Sender, error::RecvError};

/// Messages that may wait for a member.
const ROOM: usize = 1024;

/// Adds the room to a server.
pub(crate) fn route(server: Server, options: ServerOptions) -> Server {
    let (room, _) = broadcast::channel(ROOM);
    server.route("/", options, move |ws| {
        let room = room.clone();
        async move {
            // How it ended is the member's affair.
            let _ = member(ws, room).await;
        }
    })
}

async fn member(mut ws: WebSocket, room: Sender<Prepared>) -> Result<(), sockeye::Error> {
    let mut news = room.subscribe();
    loop {
        tokio::select! {
            message = ws.recv() => match message? {
                // Nobody listens only after the last one has gone.
                Some(message) => drop(room.send(Prepared::new(message))),
                None => return Ok(()),
            },
            message = news.recv() => match message {
                Ok(message) => {
                    send(&mut ws, &message).await?;
                    // What waits already leaves with it.
                    while let Ok(message) = news.try_recv() {
                        send(&mut ws, &message).await?;
                    }
                    ws.flush().await?;
                }
                Err(RecvError::Lagged(_)) => ws.start_close(sockeye::CloseCode::POLICY_VIOLATION),
                Err(RecvError::Closed) => return Ok(()),
            },
        }
    }
}

/// Queues a message; waits only where the queue is full.
async fn send(ws: &mut WebSocket, message: &Prepared) -> Result<(), sockeye::Error> {
    match ws.try_send_prepared(message) {
        Ok(()) => Ok(()),
        Err(_) => ws.send_prepared(message).await,
    }
}
