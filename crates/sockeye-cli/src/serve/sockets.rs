//! The WebSockets that are served.

use sockeye::WebSocket;

/// Sends back what comes. The answers to a burst leave together.
pub(super) async fn echo(mut ws: WebSocket) {
    while let Ok(Some(true)) = ws.recv_with(|message, out| out.try_send(message).is_ok()).await {}
}
