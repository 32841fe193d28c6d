//! tokio-tungstenite: everything that is there is taken, then answered, then flushed once. That is better than its own
//! examples, which flush for each message.

use std::process::ExitCode;

use peers::{Next, ROOM};
use stand::Order;
use tokio::sync::broadcast;
use tokio_tungstenite::{
    accept_async,
    tungstenite::{Error, Message},
};

fn main() -> ExitCode {
    stand::finish(run())
}

fn run() -> Result<(), String> {
    let order = Order::parse()?;
    match order.job.as_str() {
        "echo" => stand::serve(order.port, |stream| async move {
            if let Ok(ws) = accept_async(stream).await {
                peers::echo(ws, sort).await;
            }
        }),
        "tls" => stand::serve_tls(order.port, |stream| async move {
            if let Ok(ws) = accept_async(stream).await {
                peers::echo(ws, sort).await;
            }
        }),
        "broadcast" => {
            let (room, _) = broadcast::channel(ROOM);
            stand::serve(order.port, move |stream| {
                let room = room.clone();
                async move {
                    if let Ok(ws) = accept_async(stream).await {
                        peers::broadcast(ws, room, sort).await;
                    }
                }
            })
        }
        _ => Err(order.unknown()),
    }
}

fn sort(item: Result<Message, Error>) -> Next<Message> {
    match item {
        Ok(message @ (Message::Text(_) | Message::Binary(_))) => Next::Message(message),
        Ok(_) => Next::Ignore,
        Err(_) => Next::End,
    }
}
