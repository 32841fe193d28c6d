//! A broadcast on a runtime of several threads: no wake-up is lost between its task and the handlers.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use sockeye::{Broadcast, CloseCode, Config, Limits, Message, ServerOptions, WebSocket};
use support::PATIENCE;
use tokio::{
    net::TcpStream,
    sync::watch,
    task::{JoinSet, yield_now},
    time::timeout,
};

const CLIENTS: usize = 16;
const MESSAGES: usize = 300;

/// Counts what it hears from its client until that leaves.
async fn member(ws: WebSocket<TcpStream>, room: Broadcast<TcpStream>) {
    let (mut receiver, sender) = ws.split();
    let _member = room.join(&sender);
    let mut heard = 0;
    while let Ok(Some(_)) = receiver.recv().await {
        heard += 1;
    }
    assert_eq!(heard, MESSAGES);
}

/// Reads nothing until all was sent, which is more than a socket holds, and talks while it reads.
async fn client(url: String, mut all_sent: watch::Receiver<bool>) {
    let mut ws = sockeye::connect(url).await.expect("a connection");
    all_sent.wait_for(|all_sent| *all_sent).await.expect("it will be");
    for number in 0..MESSAGES {
        let message = timeout(PATIENCE, ws.recv()).await.expect("no lost wake-up");
        let expected = vec![u8::try_from(number % 256).expect("below 256"); 16 << 10];
        assert!(message.expect("open") == Some(Message::from(expected)), "message {number}");
        ws.send(number.to_string()).await.expect("open");
    }
    ws.close(CloseCode::NORMAL).await.expect("a clean end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn slow_readers_that_also_talk_get_everything() {
    let room = Broadcast::new();
    let config = Config::default().limits(Limits::default().output_bytes(64 << 20));
    let options = ServerOptions::default().config(config);
    let to_members = room.clone();
    let (url, _server) = support::serve(options, move |ws| member(ws, to_members.clone())).await;
    let (tell, all_sent) = watch::channel(false);
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client(url.clone(), all_sent.clone()));
    }
    let joined = async {
        while room.members() < CLIENTS {
            yield_now().await;
        }
    };
    timeout(PATIENCE, joined).await.expect("in time");
    for number in 0..MESSAGES {
        let message = vec![u8::try_from(number % 256).expect("below 256"); 16 << 10];
        assert_eq!(room.send(message).await, CLIENTS);
    }
    tell.send_replace(true);
    timeout(PATIENCE, clients.join_all()).await.expect("no lost wake-up");
}
