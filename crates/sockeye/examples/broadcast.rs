//! Whatever one client sends to `ws://127.0.0.1:8080/`, all of them get. It is encoded once, for everybody.

use sockeye::{Prepared, Server, ServerOptions, WebSocket};
use tokio::sync::broadcast::{self, Sender, error::RecvError};

async fn member(mut ws: WebSocket, room: Sender<Prepared>) -> Result<(), sockeye::Error> {
    let mut news = room.subscribe();
    loop {
        tokio::select! {
            message = ws.recv() => match message? {
                // Nobody listens only after the last one has gone, and then nobody misses it.
                Some(message) => drop(room.send(Prepared::new(message))),
                None => return Ok(()),
            },
            message = news.recv() => match message {
                Ok(message) => ws.send_prepared(&message).await?,
                Err(RecvError::Lagged(_)) => ws.start_close(sockeye::CloseCode::POLICY_VIOLATION),
                Err(RecvError::Closed) => return Ok(()),
            },
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (room, _) = broadcast::channel(256);
    let server = Server::bind("127.0.0.1:8080").await?;
    let server = server.route("/", ServerOptions::default(), move |ws| {
        let room = room.clone();
        async move {
            // How it ended is the member's affair.
            let _ = member(ws, room).await;
        }
    });
    server.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
    Ok(())
}
