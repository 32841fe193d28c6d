//! tokio-websockets: the limits of its own echo server; everything that is there, then one flush, with a threshold
//! that it does not reach before.

use std::process::ExitCode;

use peers::{Next, ROOM};
use stand::Order;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::broadcast,
    task,
};
use tokio_websockets::{Config, Error, Limits, Message, ServerBuilder, WebSocketStream};

fn main() -> ExitCode {
    stand::finish(run())
}

fn run() -> Result<(), String> {
    let order = Order::parse()?;
    match order.job.as_str() {
        "echo" => stand::serve(order.port, |stream| {
            task::unconstrained(async move {
                if let Some(ws) = accept(stream).await {
                    peers::echo(ws, sort).await;
                }
            })
        }),
        "broadcast" => {
            let (room, _) = broadcast::channel(ROOM);
            stand::serve(order.port, move |stream| {
                let room = room.clone();
                async move {
                    if let Some(ws) = accept(stream).await {
                        peers::broadcast(ws, room, sort).await;
                    }
                }
            })
        }
        _ => Err(order.unknown()),
    }
}

async fn accept<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> Option<WebSocketStream<S>> {
    let config = Config::default().frame_size(usize::MAX).flush_threshold(256 << 10);
    let builder = ServerBuilder::new().config(config).limits(Limits::unlimited());
    builder.accept(stream).await.ok().map(|(_, ws)| ws)
}

fn sort(item: Result<Message, Error>) -> Next<Message> {
    match item {
        Ok(message) if message.is_text() || message.is_binary() => Next::Message(message),
        Ok(_) => Next::Ignore,
        Err(_) => Next::End,
    }
}
