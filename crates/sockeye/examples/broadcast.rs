//! Whatever one client sends to `ws://127.0.0.1:8080/`, all of them get. It is encoded once, for everybody.

use sockeye::{Broadcast, Server, ServerOptions, WebSocket};

async fn member(ws: WebSocket, room: Broadcast) -> Result<(), sockeye::Error> {
    let (mut receiver, sender) = ws.split();
    let _member = room.join(&sender);
    while let Some(message) = receiver.recv().await? {
        room.send(message).await;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let room = Broadcast::new();
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
