//! Members that do not keep up: they are closed, or miss messages, and nobody else notices.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use std::time::Duration;

use sockeye::{Broadcast, CloseCode, Closed, Member, Message, Receiver, Side, WebSocket};
use support::{PATIENCE, narrow, pair, pair_with};
use tokio::{
    io::DuplexStream,
    task::{JoinHandle, yield_now},
    time::timeout,
};

type Room = Broadcast<DuplexStream>;

/// One whose peer reads nothing: it takes 64 bytes into its pipe, 1,024 into its queue.
fn deaf(
    room: &Room,
) -> (WebSocket<DuplexStream>, Member<DuplexStream>, JoinHandle<Receiver<DuplexStream>>) {
    let (client, server) = pair_with(64, narrow());
    let (mut receiver, sender) = server.split();
    let member = room.join(&sender);
    let handler = tokio::spawn(async move {
        while let Ok(Some(_)) = receiver.recv().await {}
        receiver
    });
    (client, member, handler)
}

async fn next(client: &mut WebSocket<DuplexStream>) -> Option<Message> {
    timeout(PATIENCE, client.recv()).await.expect("in time").expect("a clean end")
}

/// Sends twenty messages of 100 bytes, each by itself, to somebody who hears all of them.
async fn send_to_another(room: &Room) {
    let (mut client, server) = pair(4096);
    let (mut receiver, sender) = server.split();
    let _member = room.join(&sender);
    tokio::spawn(async move { while let Ok(Some(_)) = receiver.recv().await {} });
    for number in 0..20 {
        room.send(vec![number; 100]).await;
        assert_eq!(next(&mut client).await, Some(Message::from(vec![number; 100])));
    }
    yield_now().await;
}

#[tokio::test]
async fn who_does_not_keep_up_is_closed_with_1008_and_the_others_lose_nothing() {
    let room = Room::new();
    let (mut client, member, handler) = deaf(&room);
    assert_eq!(room.members(), 1);
    send_to_another(&room).await;
    assert_eq!(room.send("after").await, 0, "both have left");
    let delivered = member.delivered();
    assert_eq!((delivered.messages, delivered.missed), (10, 1));
    // What it had begun to take comes whole; the goodbye does not wait behind the rest.
    let mut heard = Vec::new();
    while let Some(message) = next(&mut client).await {
        heard.push(message);
    }
    assert!(!heard.is_empty() && heard.len() <= 10, "got {}", heard.len());
    for (number, message) in (0..).zip(&heard) {
        assert_eq!(*message, Message::from(vec![number; 100]));
    }
    let Some(Closed::Clean { frame, by: Side::Peer }) = client.closed() else {
        panic!("expected a goodbye, got {:?}", client.closed());
    };
    assert_eq!(frame.code(), Some(CloseCode::POLICY_VIOLATION));
    let receiver = timeout(PATIENCE, handler).await.expect("in time").expect("no panic");
    assert!(matches!(receiver.closed(), Some(Closed::Clean { by: Side::Local, .. })));
}

#[tokio::test(start_paused = true)]
async fn who_never_reads_again_is_given_up_after_the_close_timeout() {
    let room = Room::new();
    let (_client, _member, handler) = deaf(&room);
    send_to_another(&room).await;
    let receiver = timeout(Duration::from_secs(10), handler).await.expect("in time");
    let closed = receiver.expect("no panic").closed();
    assert!(closed.is_some(), "{closed:?}");
}

#[tokio::test]
async fn in_a_lossy_broadcast_it_misses_whole_messages_and_gets_later_ones() {
    let room = Room::lossy();
    let (mut client, member, _handler) = deaf(&room);
    send_to_another(&room).await;
    let delivered = member.delivered();
    assert_eq!((delivered.messages, delivered.missed), (10, 10));
    for number in 0..10 {
        assert_eq!(next(&mut client).await, Some(Message::from(vec![number; 100])));
    }
    assert_eq!(room.send("later").await, 1);
    assert_eq!(next(&mut client).await, Some(Message::from("later")));
}
