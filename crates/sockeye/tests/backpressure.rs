//! A side that takes nothing holds the other one, and nothing grows meanwhile.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use std::{ops::ControlFlow, task::Poll, time::Duration};

use sockeye::{Closed, Error, Message, SendError, Timer};
use support::{narrow, pair, pair_with, poll_and_drop, poll_once};

#[tokio::test]
async fn a_stalled_reader_holds_the_sender() {
    let (mut client, server) = pair(1000);
    let mut sent = 0_usize;
    // The pipe and the queue take so much, and then no more.
    let held = loop {
        match poll_and_drop(client.feed(vec![0; 1000])) {
            Poll::Ready(fed) => fed.expect("open"),
            Poll::Pending => break sent,
        }
        sent += 1;
        assert!(sent < 10_000, "the queue has no end");
    };
    let queued = client.queued();
    for _ in 0..1000 {
        assert!(poll_and_drop(client.feed(vec![0; 1000])).is_pending());
    }
    assert_eq!(client.queued(), queued, "nothing is queued by a feed that waits");
    assert!(queued <= 1 << 20, "{queued} bytes after {held} messages");
    drop(server);
}

#[tokio::test]
async fn a_full_queue_says_so_and_gives_the_message_back() {
    let (mut client, _server) = pair_with(10, narrow());
    client.try_send(vec![1; 5000]).expect("an empty queue takes one message of any size");
    let unsent = client.try_send(Message::from("second")).expect_err("the queue is full");
    assert!(matches!(unsent.reason, SendError::Full { limit: 1024, .. }), "{:?}", unsent.reason);
    assert_eq!(unsent.message.as_bytes(), b"second");
}

#[tokio::test]
async fn not_receiving_stops_reading() {
    let (mut client, mut server) = pair(3000);
    for _ in 0..100 {
        client.try_send(vec![2; 1000]).expect("room");
    }
    assert!(poll_and_drop(client.flush()).is_pending());
    assert_eq!(server.recv().await.expect("open"), Some(Message::from(vec![2; 1000])));
    let left = client.queued();
    for _ in 0..50 {
        assert!(poll_and_drop(client.flush()).is_pending());
    }
    // Another pipe's worth at most: the server reads no further on its own.
    assert!(left - client.queued() <= 3000, "{left} and then {}", client.queued());
}

#[tokio::test]
async fn an_answering_receiver_is_lent_nothing_while_its_answers_do_not_leave() {
    let (mut client, mut server) = pair_with(1 << 16, sockeye::Config::default());
    let mut answered = 0_usize;
    let mut sending = Box::pin(async {
        loop {
            client.feed(vec![3; 10_000]).await.expect("open");
        }
    });
    // The client reads nothing; the server stops as soon as its queue is nearly full.
    for _ in 0..10_000 {
        let _: Poll<()> = poll_once(sending.as_mut());
        let echo = server.recv_with(|message, out| out.try_send(message).expect("room"));
        if poll_and_drop(echo).is_ready() {
            answered += 1;
        }
    }
    assert!((50..120).contains(&answered), "expected about 1 MiB of answers, got {answered}");
    drop(sending);
}

#[tokio::test]
async fn a_read_of_more_answers_than_there_is_room_for_is_lent_up_to_there() {
    let limits = sockeye::Limits::default().output_bytes(100_000);
    let (mut client, mut server) = pair_with(
        1 << 20,
        sockeye::Config::default().limits(limits).deflate(sockeye::DeflateConfig::disabled()),
    );
    for number in 0..20_u8 {
        client.try_send(vec![number; 4_000]).expect("room");
    }
    client.flush().await.expect("the pipe takes it");
    let mut answered = Vec::new();
    let mut rounds = 0;
    while answered.len() < 20 {
        let lent = server.recv_each(|message, out| {
            answered.push(message.as_bytes().first().copied());
            out.try_send(message).expect("room");
            ControlFlow::Continue(())
        });
        assert!(lent.await.expect("open").is_some_and(|lent| lent > 0));
        rounds += 1;
    }
    assert_eq!(answered, (0..20).map(Some).collect::<Vec<_>>());
    assert!(rounds > 1, "expected it to stop where the queue is filling, got one round");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_given_up_whatever_it_sends() {
    let go_on = ControlFlow::Continue(());
    for way in ["recv", "recv_with", "recv_each", "send"] {
        let (mut client, mut server) = pair(1000);
        server.try_send(vec![4; 1_000_000]).expect("room");
        let talking = tokio::spawn(async move {
            // Talks for ever, and never looks at what comes.
            while poll_and_drop(client.feed("still here")).is_ready() {
                let _ = poll_and_drop(client.flush());
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let started = tokio::time::Instant::now();
        let ended = async {
            loop {
                match way {
                    "recv" => server.recv().await.map(drop)?,
                    "recv_with" => server.recv_with(|_, _| ()).await.map(drop)?,
                    "recv_each" => server.recv_each(|_, _| go_on).await.map(drop)?,
                    _ => server.send("more").await?,
                }
            }
        };
        let Err::<(), _>(error) = ended.await else { unreachable!("a loop ends by its error") };
        assert!(matches!(error, Error::Closed(Closed::TimedOut(Timer::Stall))), "{way}: {error:?}");
        let took = started.elapsed().as_secs();
        assert!((60..=70).contains(&took), "{way}: expected 60 s and the close's 5, got {took}");
        talking.abort();
    }
}
