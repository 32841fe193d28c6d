//! tokio-tungstenite: everything that is there is taken, then answered, then flushed once. That is better than its own
//! examples, which flush for each message.

use std::process::ExitCode;

use futures_util::{FutureExt, SinkExt, StreamExt};
use stand::Order;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{WebSocketStream, accept_async};

fn main() -> ExitCode {
    stand::finish(run())
}

fn run() -> Result<(), String> {
    let order = Order::parse()?;
    match order.job.as_str() {
        "echo" => stand::serve(order.port, |stream| async move {
            if let Ok(ws) = accept_async(stream).await {
                echo(ws).await;
            }
        }),
        _ => Err(order.unknown()),
    }
}

async fn echo(mut ws: WebSocketStream<impl AsyncRead + AsyncWrite + Unpin>) {
    while let Some(Ok(message)) = ws.next().await {
        let mut next = Some(message);
        while let Some(message) = next.take() {
            if (message.is_text() || message.is_binary()) && ws.feed(message).await.is_err() {
                return;
            }
            next = match ws.next().now_or_never() {
                Some(Some(Ok(message))) => Some(message),
                Some(_) => return,
                None => None,
            };
        }
        if ws.flush().await.is_err() {
            return;
        }
    }
}
