//! Two halves in two tasks, under load, dropped futures and all.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use std::{
    future::{Future, poll_fn},
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use sockeye::{CloseCode, Error, Kind, Message, Receiver, SendError, Sender};
use support::{PATIENCE, Woken, pair, pair_with, poll_and_drop, settle};
use tokio::{
    io::{AsyncReadExt, DuplexStream},
    task::JoinSet,
};

/// Each way; a million in all, with what four senders and the dropped futures make of it.
const MESSAGES: u64 = 500_000;

async fn send_all(sender: Sender<DuplexStream>) {
    for number in 0..MESSAGES {
        if number % 7 == 0 {
            // A future that is dropped has queued its message or not; either way the count tells.
            let before = sender.queued();
            let fed = poll_and_drop(sender.feed(number.to_be_bytes()[..].to_vec()));
            if fed.is_pending() {
                assert!(sender.queued() <= before, "nothing is queued by a feed that waits");
                sender.feed(number.to_be_bytes().to_vec()).await.expect("open");
            }
        } else if number % 1000 == 1 {
            sender.send(number.to_be_bytes().to_vec()).await.expect("open");
        } else {
            sender.feed(number.to_be_bytes().to_vec()).await.expect("open");
        }
    }
    sender.flush().await.expect("open");
}

async fn receive_all(mut receiver: Receiver<DuplexStream>) -> Receiver<DuplexStream> {
    for number in 0..MESSAGES {
        if number % 11 == 0
            && let Poll::Ready(got) = poll_and_drop(receiver.recv())
        {
            assert_eq!(got.expect("open"), Some(Message::from(number.to_be_bytes().to_vec())));
            continue;
        }
        let got = receiver.recv().await.expect("open");
        assert_eq!(got, Some(Message::from(number.to_be_bytes().to_vec())));
    }
    receiver
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_messages_go_both_ways_at_once() {
    let (client, server) = pair(1 << 14);
    let (near_receiver, near_sender) = client.split();
    let (far_receiver, far_sender) = server.split();
    let mut tasks = JoinSet::new();
    tasks.spawn(send_all(near_sender.clone()));
    tasks.spawn(send_all(far_sender.clone()));
    let near = tokio::spawn(receive_all(near_receiver));
    let far = tokio::spawn(receive_all(far_receiver));
    let all = async {
        while let Some(done) = tasks.join_next().await {
            done.expect("no panic");
        }
        (near.await.expect("no panic"), far.await.expect("no panic"))
    };
    let patience = Duration::from_secs(300);
    let (near, mut far) = tokio::time::timeout(patience, all).await.expect("no lost wake-up");
    let mut client = near.reunite(near_sender).expect("two halves of one socket");
    let end = tokio::spawn(async move { far.recv().await });
    client.close(CloseCode::NORMAL).await.expect("a clean end");
    assert_eq!(end.await.expect("no panic").expect("a clean end"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_senders_of_small_queues_all_get_their_turn() {
    const SENDERS: usize = 100;
    let (client, mut server) = pair_with(64, support::narrow());
    let (mut receiver, sender) = client.split();
    let mut tasks = JoinSet::new();
    for _ in 0..SENDERS {
        let sender = sender.clone();
        tasks.spawn(async move {
            for _ in 0..20 {
                sender.send(vec![1; 300]).await.expect("open");
            }
        });
    }
    let receiving = tokio::spawn(async move { receiver.recv().await });
    for _ in 0..SENDERS * 20 {
        let got = tokio::time::timeout(PATIENCE, server.recv()).await.expect("no lost wake-up");
        assert_eq!(got.expect("open"), Some(Message::from(vec![1; 300])));
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("no panic");
    }
    server.close(CloseCode::NORMAL).await.expect("a clean end");
    assert_eq!(receiving.await.expect("no panic").expect("a clean end"), None);
}

#[tokio::test]
async fn another_sender_waits_until_a_message_in_parts_is_whole() {
    let (client, mut server) = pair(1000);
    let (_receiver, mut sender) = client.split();
    let other = sender.clone();
    let mut parts = sender.send_parts(Kind::Text).await.expect("open");
    parts.write(b"one ").await.expect("open");
    let unsent = other.try_send("now").expect_err("a message is under way");
    assert_eq!(unsent.reason, SendError::InsideParts);
    let waiting = tokio::spawn(async move { other.send("three").await });
    tokio::task::yield_now().await;
    parts.write(b"two").await.expect("open");
    parts.finish().await.expect("open");
    let mut got = String::new();
    server
        .recv_parts()
        .await
        .expect("open")
        .expect("a message")
        .read_to_string(&mut got)
        .await
        .expect("text");
    assert_eq!(got, "one two");
    let waited = tokio::time::timeout(PATIENCE, waiting).await.expect("woken");
    waited.expect("no panic").expect("open");
    assert_eq!(server.recv().await.expect("open"), Some(Message::from("three")));
}

#[tokio::test]
async fn halves_of_two_sockets_do_not_unite() {
    let (one, two) = pair(10);
    let (receiver, _sender) = one.split();
    let (_receiver, sender) = two.split();
    let error = receiver.reunite(sender).expect_err("two sockets");
    assert_eq!(error.to_string(), "expected the two last halves of one socket, got others");
}

#[tokio::test]
async fn a_sender_that_says_goodbye_ends_the_receiver() {
    let (client, mut server) = pair(100);
    let (mut receiver, sender) = client.split();
    let far = tokio::spawn(async move {
        server.send("last words").await.expect("open");
        server.recv().await
    });
    sender.close(CloseCode::GOING_AWAY).await.expect("sent");
    assert_eq!(receiver.recv().await.expect("open"), Some(Message::from("last words")));
    assert_eq!(receiver.recv().await.expect("a clean end"), None);
    assert_eq!(far.await.expect("no panic").expect("a clean end"), None);
    let error = sender.send("too late").await.expect_err("closed");
    assert!(matches!(error, Error::Send(SendError::Closing)), "{error:?}");
}

#[tokio::test]
async fn a_half_wakes_the_other_that_waits_in_the_same_task() {
    let (client, mut server) = pair(64);
    let (mut receiver, sender) = client.split();
    let mut receiving = pin!(receiver.recv());
    let mut sending = pin!(sender.send(vec![0; 1000]));
    let mut sent = false;
    let both = poll_fn(|context| {
        if let Poll::Ready(got) = receiving.as_mut().poll(context) {
            return Poll::Ready(got.expect("open"));
        }
        if !std::mem::replace(&mut sent, true) {
            // It comes while nobody receives, so it is the one that sends who reads it.
            assert!(poll_and_drop(server.send("now")).is_ready());
        }
        assert!(sending.as_mut().poll(context).is_pending(), "nobody reads at the other end");
        Poll::Pending
    });
    assert_eq!(settle(pin!(both)), Poll::Ready(Some(Message::from("now"))));
}

#[tokio::test]
async fn a_crowd_of_waiting_senders_does_not_keep_itself_awake() {
    let (client, _server) = pair_with(64, support::narrow());
    let (_receiver, sender) = client.split();
    let mut crowd = Vec::new();
    for _ in 0..200 {
        crowd.push((Woken::new(), Box::pin(sender.send(vec![1; 1000]))));
    }
    let mut polls = 0;
    while polls < 10_000 {
        let before = polls;
        for (woken, send) in &mut crowd {
            polls += usize::from(woken.poll(send.as_mut()).is_some());
        }
        if polls == before {
            return;
        }
    }
    panic!("they wake each other for ever");
}

#[tokio::test]
async fn a_future_that_is_dropped_leaves_nothing_behind() {
    let (client, _server) = pair(64);
    let (mut receiver, _sender) = client.split();
    let woken = Woken::new();
    assert!(matches!(woken.poll(pin!(receiver.recv())), Some(Poll::Pending)));
    assert_eq!(Arc::strong_count(&woken), 1, "its waker is forgotten");
}

/// Whether a function of the caller's panics when it is lent the next message.
fn panics(receiver: &mut Receiver<DuplexStream>) -> bool {
    let lent = receiver.recv_with(|_, _| -> () { panic!("on purpose") });
    catch_unwind(AssertUnwindSafe(|| poll_and_drop(lent))).is_err()
}

#[tokio::test]
async fn a_function_that_panics_takes_nothing_but_its_message() {
    let (client, mut server) = pair(1000);
    let (mut receiver, _sender) = client.split();
    for message in ["one", "two", "three", "four"] {
        server.try_send(message).expect("room");
    }
    server.flush().await.expect("open");
    assert!(panics(&mut receiver), "it is lent what was just read");
    assert_eq!(receiver.recv().await.expect("open"), Some(Message::from("two")));
    assert!(panics(&mut receiver), "it is lent what was kept of the read");
    assert_eq!(receiver.recv().await.expect("open"), Some(Message::from("four")));
}

#[tokio::test]
async fn a_function_that_panics_at_the_second_message_of_a_read_takes_that_one() {
    let (client, mut server) = pair(1000);
    let (mut receiver, _sender) = client.split();
    for message in ["one", "two", "three"] {
        server.try_send(message).expect("room");
    }
    server.flush().await.expect("open");
    let mut lent = 0;
    let each = receiver.recv_each(|_, _| {
        lent += 1;
        assert!(lent < 2, "on purpose");
        ControlFlow::Continue(())
    });
    let panicked = catch_unwind(AssertUnwindSafe(|| poll_and_drop(each)));
    assert!(panicked.is_err());
    assert_eq!(receiver.recv().await.expect("open"), Some(Message::from("three")));
}
