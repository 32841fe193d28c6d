//! A broadcast over the threads of engines: each writes to its own sockets.
#![cfg(all(feature = "engine", feature = "client", target_os = "linux"))]

mod support;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    thread,
};

use sockeye::{Broadcast, CloseCode, Closed, Message, Server, ServerOptions, WebSocket};
use support::{PATIENCE, door};
use tokio::time::timeout;

/// Where members are when they leave: their thread and their transport.
type Left = Arc<Mutex<Vec<(String, String)>>>;

fn thread_name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

async fn member(ws: WebSocket, room: Broadcast, left: Left) {
    let (mut receiver, sender) = ws.split();
    let member = room.join(&sender);
    while let Ok(Some(message)) = receiver.recv().await {
        room.send(message).await;
    }
    drop(member);
    let ws = receiver.reunite(sender).expect("nobody else writes to it on this thread");
    let left_as = (thread_name(), format!("{:?}", ws.transport()));
    left.lock().expect("no panic").push(left_as);
}

async fn server(room: &Broadcast, left: &Left) -> Server {
    let (room, left) = (room.clone(), left.clone());
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = server
        .route("/room", ServerOptions::default(), move |ws| member(ws, room.clone(), left.clone()));
    door::with_engines(server, 2)
}

async fn connect(server: &door::Running) -> WebSocket {
    let connected = timeout(PATIENCE, sockeye::connect(server.url("/room")).into_future()).await;
    connected.expect("in time").expect("a connection")
}

async fn next(client: &mut WebSocket) -> Message {
    let got = timeout(PATIENCE, client.recv()).await.expect("in time");
    got.expect("open").expect("a message")
}

async fn all_join(server: &door::Running, room: &Broadcast) -> Vec<WebSocket> {
    let mut clients = Vec::new();
    for _ in 0..40 {
        clients.push(connect(server).await);
    }
    let joined = async {
        while room.members() < 40 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, joined).await.expect("in time");
    clients
}

#[tokio::test]
async fn members_of_all_engines_get_it_in_one_order_and_stay_where_they_are() {
    let (room, left) = (Broadcast::new(), Left::default());
    let server = door::start(server(&room, &left).await);
    let mut clients = all_join(&server, &room).await;
    for round in 0..50 {
        clients[round % 7].feed(format!("{round} from a member")).await.expect("open");
        clients[round % 7].flush().await.expect("open");
        assert_eq!(room.send(format!("{round} from elsewhere")).await, 40);
    }
    let large = vec![5; 100_000];
    room.send(large.clone()).await;
    let mut heard: Vec<Vec<Message>> = Vec::new();
    for client in &mut clients {
        let mut messages = Vec::new();
        while messages.len() < 101 {
            messages.push(next(client).await);
        }
        heard.push(messages);
    }
    for messages in &heard {
        assert!(*messages == heard[0], "expected one order for all");
    }
    assert!(heard[0].contains(&Message::from(large)));
    for mut client in clients {
        client.close(CloseCode::NORMAL).await.expect("a clean end");
    }
    server.stop().await.expect("nobody is left");
    let mut threads = BTreeMap::new();
    for (thread, transport) in &*left.lock().expect("no panic") {
        assert!(transport.contains("Engine"), "expected it not to move, got {transport}");
        *threads.entry(thread.clone()).or_insert(0) += 1;
    }
    assert_eq!(threads.keys().collect::<Vec<_>>(), ["engine-0", "engine-1"]);
    assert_eq!(threads.values().sum::<usize>(), 40);
    assert_eq!(room.members(), 0);
}

#[tokio::test]
async fn members_are_told_1001_when_the_server_leaves() {
    let (room, left) = (Broadcast::new(), Left::default());
    let server = door::start(server(&room, &left).await);
    let mut clients = all_join(&server, &room).await;
    room.send("last").await;
    for client in &mut clients {
        assert_eq!(next(client).await, Message::from("last"));
    }
    let stopped = tokio::spawn(server.stop());
    for client in &mut clients {
        let end = timeout(PATIENCE, client.recv()).await.expect("in time");
        assert_eq!(end.expect("a clean end"), None);
        let Some(Closed::Clean { frame, .. }) = client.closed() else {
            panic!("expected a goodbye, got {:?}", client.closed());
        };
        assert_eq!(frame.code(), Some(CloseCode::GOING_AWAY));
    }
    stopped.await.expect("no panic").expect("nobody is left");
    assert_eq!(room.send("to nobody").await, 0);
}
