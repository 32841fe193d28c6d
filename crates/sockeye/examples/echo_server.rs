//! Sends back what comes, on `ws://127.0.0.1:8080/echo`, and says goodbye to everybody at Ctrl-C.

use sockeye::{Server, ServerOptions, WebSocket};

async fn echo(mut ws: WebSocket) {
    // Lent and answered from where it was read; the answers to a burst leave together.
    while let Ok(Some(true)) = ws.recv_with(|message, out| out.try_send(message).is_ok()).await {}
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::bind("127.0.0.1:8080").await?;
    let server = server.route("/echo", ServerOptions::default(), echo);
    server.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
    Ok(())
}
