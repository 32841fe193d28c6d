//! Every future of a WebSocket is dropped after every poll; nothing is lost, nothing comes twice, no frame is torn.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use std::ops::ControlFlow;

use sockeye::{CloseCode, Message, MessageRef, Out, WebSocket};
use support::{PATIENCE, narrow, pair, pair_with, poll_and_drop};
use tokio::io::DuplexStream;

const MESSAGES: u32 = 300;

/// Messages of all sizes around what the pipes and queues of these tests hold.
fn message(number: u32) -> Message {
    let len = usize::try_from(number % 23).expect("small") * 150;
    Message::from(format!("{number} {}", "x".repeat(len)))
}

/// Polls a future that is made anew for each poll, until it is ready.
async fn persist<T>(mut make: impl AsyncFnMut() -> T) -> T {
    loop {
        if let std::task::Poll::Ready(outcome) = poll_and_drop(make()) {
            return outcome;
        }
        tokio::task::yield_now().await;
    }
}

async fn send_all(mut ws: WebSocket<DuplexStream>) {
    for number in 0..MESSAGES {
        ws.send(message(number)).await.expect("sent");
    }
    ws.close(CloseCode::NORMAL).await.expect("a clean end");
}

async fn receive_all(mut ws: WebSocket<DuplexStream>) {
    for number in 0..MESSAGES {
        let got = ws.recv().await.expect("open").expect("a message");
        assert_eq!(got, message(number), "message {number}");
    }
    assert_eq!(ws.recv().await.expect("a clean end"), None);
}

#[tokio::test]
async fn a_dropped_recv_loses_nothing() {
    for room in [1, 7, 64, 4096] {
        let (client, mut server) = pair(room);
        let sender = tokio::spawn(send_all(client));
        for number in 0..MESSAGES {
            let got = persist(async || server.recv().await).await.expect("open");
            assert_eq!(got, Some(message(number)), "room {room}");
        }
        assert_eq!(persist(async || server.recv().await).await.expect("a clean end"), None);
        tokio::time::timeout(PATIENCE, sender).await.expect("in time").expect("no panic");
    }
}

#[tokio::test]
async fn a_dropped_recv_with_calls_its_function_once_a_message() {
    let (client, mut server) = pair(50);
    let sender = tokio::spawn(send_all(client));
    let mut got = Vec::new();
    while persist(async || server.recv_with(|message, _| got.push(message.into_owned())).await)
        .await
        .expect("open")
        .is_some()
    {}
    let sent: Vec<_> = (0..MESSAGES).map(message).collect();
    assert_eq!(got, sent);
    sender.await.expect("no panic");
}

#[tokio::test]
async fn a_dropped_recv_each_calls_its_function_once_a_message() {
    let (client, mut server) = pair(50);
    let sender = tokio::spawn(send_all(client));
    let mut got = Vec::new();
    let mut told = 0;
    while let Some(lent) = persist(async || {
        let take = |message: MessageRef<'_>, _: &mut Out<'_>| {
            got.push(message.into_owned());
            // Some are lent alone, the others with what came with them.
            if got.len() % 3 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        server.recv_each(take).await
    })
    .await
    .expect("open")
    {
        told += lent;
    }
    let sent: Vec<_> = (0..MESSAGES).map(message).collect();
    assert_eq!(got, sent);
    assert_eq!(told, got.len());
    sender.await.expect("no panic");
}

#[tokio::test]
async fn a_dropped_reserve_takes_nothing_and_its_permit_always_has_room() {
    let (mut client, server) = pair_with(33, narrow());
    let receiver = tokio::spawn(receive_all(server));
    for number in 0..MESSAGES {
        let message = message(number);
        let len = message.as_bytes().len();
        persist(async || client.reserve(len).await.map(|_| ())).await.expect("open");
        client.reserve(len).await.expect("open").send(message).expect("room");
    }
    client.close(CloseCode::NORMAL).await.expect("a clean end");
    receiver.await.expect("no panic");
}

#[tokio::test]
async fn a_dropped_feed_has_queued_all_of_a_message_or_nothing() {
    let (mut client, server) = pair_with(33, narrow());
    let receiver = tokio::spawn(receive_all(server));
    for number in 0..MESSAGES {
        let before = client.queued();
        loop {
            match poll_and_drop(client.feed(message(number))) {
                std::task::Poll::Ready(fed) => break fed.expect("open"),
                // The queue only shrinks while a message waits outside it.
                std::task::Poll::Pending => assert!(client.queued() <= before + 4096),
            }
            tokio::task::yield_now().await;
        }
    }
    persist(async || client.flush().await).await.expect("open");
    assert_eq!(client.queued(), 0);
    persist(async || client.close(CloseCode::NORMAL).await).await.expect("a clean end");
    receiver.await.expect("no panic");
}

#[tokio::test]
async fn a_dropped_send_leaves_no_torn_frame() {
    for room in [1, 16, 1000] {
        let (mut client, mut server) = pair(room);
        let receiver = tokio::spawn(async move {
            let mut got = 0_u32;
            while let Some(message) = server.recv().await.expect("no violation") {
                let number =
                    message.as_text().and_then(|text| text.split(' ').next()?.parse().ok());
                assert_eq!(number, Some(got));
                got += 1;
            }
            got
        });
        // A send that has waited once has its message in the queue.
        for number in 0..MESSAGES {
            let _ = poll_and_drop(client.send(message(number)));
            tokio::task::yield_now().await;
        }
        client.close(CloseCode::NORMAL).await.expect("a clean end");
        assert_eq!(receiver.await.expect("no panic"), MESSAGES);
    }
}
