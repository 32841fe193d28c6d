//! sockudo-ws: the handshake and the stream of its own example; everything that is there, then one flush.

use std::process::ExitCode;

use peers::{Next, ROOM};
use sockudo_ws::{Config, Error, Message, Role, WebSocketStream, handshake};
use stand::Order;
use tokio::{net::TcpStream, sync::broadcast};

fn main() -> ExitCode {
    stand::finish(run())
}

fn run() -> Result<(), String> {
    let order = Order::parse()?;
    match order.job.as_str() {
        "echo" => stand::serve(order.port, |stream| async move {
            if let Ok(ws) = accept(stream).await {
                peers::echo(ws, sort).await;
            }
        }),
        "broadcast" => {
            let (room, _) = broadcast::channel(ROOM);
            stand::serve(order.port, move |stream| {
                let room = room.clone();
                async move {
                    if let Ok(ws) = accept(stream).await {
                        peers::broadcast(ws, room, sort).await;
                    }
                }
            })
        }
        _ => Err(order.unknown()),
    }
}

async fn accept(mut stream: TcpStream) -> Result<WebSocketStream<TcpStream>, Error> {
    let leftover = handshake::server_handshake(&mut stream).await?.leftover;
    let config = Config::default();
    Ok(WebSocketStream::from_raw_with_leftover(stream, Role::Server, config, leftover))
}

fn sort(item: Result<Message, Error>) -> Next<Message> {
    match item {
        Ok(message @ (Message::Text(_) | Message::Binary(_))) => Next::Message(message),
        Ok(Message::Close(_)) | Err(_) => Next::End,
        Ok(_) => Next::Ignore,
    }
}
