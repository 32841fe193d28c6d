//! Who moves the bytes: whoever waits, in either direction, on either half.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use std::time::Duration;

use sockeye::{CloseCode, Event, Message};
use support::{PATIENCE, narrow, pair, pair_with, poll_and_drop, poll_once};
use tokio::time::timeout;

/// A message that does not fit into the pipes of these tests.
fn large() -> Message {
    Message::from(vec![9; 100_000])
}

#[tokio::test]
async fn a_lone_waiting_send_answers_pings() {
    let (mut client, mut server) = pair(64);
    let sender = tokio::spawn(async move {
        client.send(large()).await.expect("sent");
        client
    });
    tokio::task::yield_now().await;
    server.ping(b"hello").await.expect("sent");
    assert_eq!(server.recv().await.expect("open"), Some(large()));
    // A control frame stands between frames, so the answer follows; nobody but the waiting send could give it.
    let pong = timeout(PATIENCE, server.recv_event()).await.expect("in time").expect("open");
    assert_eq!(pong, Some(Event::Pong(b"hello"[..].into())));
    sender.await.expect("no panic");
}

#[tokio::test]
async fn a_lone_waiting_recv_flushes_what_is_queued() {
    let (mut client, mut server) = pair(64);
    client.try_send(large()).expect("room");
    let waiting = tokio::spawn(async move { client.recv().await });
    assert_eq!(server.recv().await.expect("open"), Some(large()));
    server.send("thanks").await.expect("sent");
    let got = waiting.await.expect("no panic").expect("open");
    assert_eq!(got, Some(Message::from("thanks")));
}

#[tokio::test]
async fn two_sockets_that_send_large_messages_to_each_other_do_not_lock_up() {
    let (mut client, mut server) = pair(64);
    let far = tokio::spawn(async move {
        server.send(large()).await.expect("sent");
        server.recv().await.expect("open")
    });
    timeout(PATIENCE, client.send(large())).await.expect("in time").expect("sent");
    assert_eq!(client.recv().await.expect("open"), Some(large()));
    assert_eq!(far.await.expect("no panic"), Some(large()));
}

#[tokio::test]
async fn a_waiting_send_holds_one_message_and_reads_no_further() {
    let (mut client, mut server) = pair(64);
    let mut sending = Box::pin(client.send(large()));
    assert!(poll_once(sending.as_mut()).is_pending());
    let mut sent = 0;
    let taken = loop {
        let message = Message::from(vec![1; 50]);
        let mut far = Box::pin(server.send(message));
        assert!(poll_once(sending.as_mut()).is_pending());
        if poll_once(far.as_mut()).is_pending() {
            break sent;
        }
        sent += 1;
        assert!(sent < 100, "the far side can send as much as it likes");
    };
    assert!(
        (1..4).contains(&taken),
        "expected what the pipe and one held message take, got {taken}"
    );
    drop(sending);
    // All of it is still there.
    let far = tokio::spawn(async move {
        server.flush().await.expect("open");
        assert_eq!(server.recv().await.expect("open"), Some(large()));
    });
    for _ in 0..=taken {
        assert_eq!(client.recv().await.expect("open"), Some(Message::from(vec![1; 50])));
    }
    client.flush().await.expect("open");
    far.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_never_loses_a_live_peer() {
    let (mut client, mut server) = pair(4096);
    let alive = tokio::spawn(async move { while let Ok(Some(_)) = client.recv().await {} });
    for _ in 0..5 {
        // Longer than a ping and its pong may take together, and nobody polls meanwhile.
        assert!(timeout(Duration::from_secs(35), server.recv()).await.is_err(), "nothing is sent");
        tokio::time::advance(Duration::from_secs(300)).await;
        assert!(timeout(Duration::from_millis(1), server.recv()).await.is_err(), "still open");
        assert!(server.closed().is_none(), "{:?}", server.closed());
    }
    assert!(server.rtt().is_some(), "pings were answered");
    server.close(CloseCode::NORMAL).await.expect("a clean end");
    alive.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_with_unread_messages_never_loses_a_live_peer() {
    let (mut client, mut server) = pair(4096);
    let alive = tokio::spawn(async move {
        for number in 0..20 {
            client.feed(format!("{number}")).await.expect("room");
        }
        client.flush().await.expect("open");
        while let Ok(Some(_)) = client.recv().await {}
    });
    for number in 0..20 {
        let got = server.recv().await.expect("open");
        assert_eq!(got, Some(Message::from(format!("{number}"))));
        tokio::time::advance(Duration::from_secs(100)).await;
    }
    server.close(CloseCode::NORMAL).await.expect("a clean end");
    alive.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_dead_peer_is_noticed_without_a_byte_from_it() {
    let (client, mut server) = pair(4096);
    let started = tokio::time::Instant::now();
    let error = server.recv().await.expect_err("nobody answers");
    assert!(matches!(error, sockeye::Error::Closed(sockeye::Closed::TimedOut(_))), "{error:?}");
    // 30 s of silence, 20 s for the pong, 5 s for the goodbye.
    assert_eq!(started.elapsed().as_secs(), 55);
    drop(client);
}

#[tokio::test]
async fn either_half_moves_both_directions() {
    let (client, server) = pair_with(64, narrow());
    let (mut near_receiver, near_sender) = client.split();
    let (mut far_receiver, far_sender) = server.split();
    // Nobody waits in the near receiver: the near sender has to answer the ping.
    let sender = tokio::spawn(async move { near_sender.send(large()).await.map(|()| near_sender) });
    tokio::task::yield_now().await;
    far_sender.ping(b"?").await.expect("sent");
    assert_eq!(far_receiver.recv().await.expect("open"), Some(large()));
    let pong = timeout(PATIENCE, far_receiver.recv_event()).await.expect("in time");
    assert_eq!(pong.expect("open"), Some(Event::Pong(b"?"[..].into())));
    let near_sender = sender.await.expect("no panic").expect("sent");
    // Nobody waits in the near sender: the near receiver has to write what is queued.
    near_sender.try_send("queued").expect("room");
    let waiting = tokio::spawn(async move { near_receiver.recv().await });
    assert_eq!(far_receiver.recv().await.expect("open"), Some(Message::from("queued")));
    far_sender.send("done").await.expect("sent");
    let got = waiting.await.expect("no panic").expect("open");
    assert_eq!(got, Some(Message::from("done")));
}

#[tokio::test]
async fn a_message_that_one_half_holds_wakes_the_other() {
    let (client, mut server) = pair(64);
    let (mut receiver, sender) = client.split();
    let receiving = tokio::spawn(async move { receiver.recv().await });
    tokio::task::yield_now().await;
    let sending = tokio::spawn(async move { sender.send(large()).await });
    server.send("for the receiver").await.expect("sent");
    let got = timeout(PATIENCE, receiving).await.expect("in time").expect("no panic");
    assert_eq!(got.expect("open"), Some(Message::from("for the receiver")));
    assert_eq!(server.recv().await.expect("open"), Some(large()));
    sending.await.expect("no panic").expect("sent");
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_never_loses_a_peer_in_the_midst_of_a_message() {
    let (mut client, mut server) = pair(64);
    let sending = tokio::spawn(async move {
        client.send(large()).await.expect("sent");
        client
    });
    // Let the half of it come that the pipe takes.
    for _ in 0..10 {
        tokio::task::yield_now().await;
        assert!(poll_and_drop(server.recv()).is_pending());
    }
    tokio::time::advance(Duration::from_secs(300)).await;
    assert_eq!(server.recv().await.expect("open"), Some(large()));
    sending.await.expect("no panic");
}
