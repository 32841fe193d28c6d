//! Messages in parts: any size in constant memory, compressed or not, dropped midway or read to the end.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use sockeye::{CloseCode, Closed, Config, Error, Kind, Limits, Message, Negotiated, WebSocket};
use support::{PATIENCE, pair, pair_with, poll_and_drop};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

/// Two ends that compress.
fn compressing(room: usize) -> (WebSocket<DuplexStream>, WebSocket<DuplexStream>) {
    use sockeye_proto::handshake::{Choice, ClientHandshake, ClientOptions, Offer};
    let uri = "ws://example.com/".parse().expect("a URL");
    let handshake =
        ClientHandshake::new(&uri, [7; 16], &ClientOptions::default()).expect("a request");
    let offer = Offer::from_request(handshake.request()).expect("an offer");
    let acceptance = offer.accept(&Choice::default()).expect("an agreement");
    let negotiated: Negotiated = handshake.verify(&acceptance.response).expect("an agreement");
    assert!(negotiated.deflate.is_some());
    let (near, far) = duplex(room);
    let config = std::sync::Arc::new(Config::default());
    let client = WebSocket::client(near, config.clone(), negotiated, &[]);
    let server = WebSocket::server(far, config, acceptance.negotiated, &[]);
    (client, server)
}

/// A stretch of bytes that compresses somewhat and never repeats.
fn stretch(number: u32) -> Vec<u8> {
    (0..2500_u32).flat_map(|i| (i.wrapping_mul(number) ^ number).to_le_bytes()).collect()
}

async fn stream(mut client: WebSocket<DuplexStream>, mut server: WebSocket<DuplexStream>) {
    const STRETCHES: u32 = 300;
    let sending = tokio::spawn(async move {
        let mut parts = client.send_parts(Kind::Binary).await.expect("open");
        for number in 0..STRETCHES {
            parts.write(&stretch(number)).await.expect("open");
        }
        parts.finish().await.expect("open");
        client.send("after").await.expect("open");
        client.close(CloseCode::NORMAL).await.expect("a clean end");
    });
    let mut parts = server.recv_parts().await.expect("open").expect("a message");
    assert_eq!(parts.kind(), Kind::Binary);
    for number in 0..STRETCHES {
        let mut got = vec![0; 10_000];
        parts.read_exact(&mut got).await.expect("more");
        assert!(got == stretch(number), "stretch {number}");
    }
    assert_eq!(parts.chunk().await.expect("open"), None);
    drop(parts);
    assert_eq!(server.recv().await.expect("open"), Some(Message::from("after")));
    assert_eq!(server.recv().await.expect("a clean end"), None);
    tokio::time::timeout(PATIENCE, sending).await.expect("in time").expect("no panic");
}

#[tokio::test]
async fn a_message_over_every_limit_of_whole_ones_streams_through() {
    let (client, server) = pair(5000);
    stream(client, server).await;
}

#[tokio::test]
async fn a_compressed_message_streams_through() {
    let (client, server) = compressing(5000);
    stream(client, server).await;
}

#[tokio::test]
async fn a_writer_and_a_reader_are_ordinary_streams() {
    let (mut client, mut server) = pair(100);
    let sending = tokio::spawn(async move {
        let mut parts = client.send_parts(Kind::Text).await.expect("open");
        parts.write_all("für ".repeat(10_000).as_bytes()).await.expect("open");
        parts.shutdown().await.expect("open");
    });
    let mut parts = server.recv_parts().await.expect("open").expect("a message");
    let mut text = String::new();
    parts.read_to_string(&mut text).await.expect("text");
    assert_eq!(text, "für ".repeat(10_000));
    sending.await.expect("no panic");
}

#[tokio::test]
async fn the_rest_of_a_message_whose_reader_was_dropped_is_thrown_away() {
    for room in [7, 500, 1 << 20] {
        let (mut client, mut server) = pair(room);
        let sending = tokio::spawn(async move {
            let mut parts = client.send_parts(Kind::Binary).await.expect("open");
            for _ in 0..50 {
                parts.write(&[5; 400]).await.expect("open");
            }
            parts.finish().await.expect("open");
            client.send("next").await.expect("open");
            client.close(CloseCode::NORMAL).await.expect("a clean end");
        });
        let mut parts = server.recv_parts().await.expect("open").expect("a message");
        assert!(parts.chunk().await.expect("open").is_some());
        drop(parts);
        assert_eq!(server.recv().await.expect("open"), Some(Message::from("next")), "room {room}");
        assert_eq!(server.recv().await.expect("a clean end"), None);
        sending.await.expect("no panic");
    }
}

#[tokio::test]
async fn a_dropped_recv_parts_leaves_the_message_to_others() {
    for room in [1, 3, 64] {
        let (mut client, mut server) = pair(room);
        let sending = tokio::spawn(async move {
            for number in 0..50 {
                client.send(format!("message {number}")).await.expect("open");
            }
            client.close(CloseCode::NORMAL).await.expect("a clean end");
        });
        let mut whole = 0;
        for number in 0..50 {
            // A reader that is there at once is dropped, and its message with it; one that waits leaves nothing behind.
            if poll_and_drop(async { drop(server.recv_parts().await.expect("open")) }).is_pending()
            {
                let got = server.recv().await.expect("open");
                assert_eq!(got, Some(Message::from(format!("message {number}"))), "room {room}");
                whole += 1;
            }
        }
        assert!(whole > 0, "room {room}");
        drop(server);
        sending.abort();
    }
}

#[tokio::test]
async fn a_message_left_unfinished_fails_the_connection() {
    let (mut client, mut server) = pair(5000);
    let mut parts = client.send_parts(Kind::Text).await.expect("open");
    parts.write(b"half a mess").await.expect("open");
    drop(parts);
    let near = tokio::spawn(async move { client.recv().await });
    assert_eq!(server.recv().await.expect("a close is a close"), None);
    let Some(Closed::Clean { frame, .. }) = server.closed() else {
        panic!("{:?}", server.closed())
    };
    assert_eq!(frame.code(), Some(CloseCode::INTERNAL_ERROR));
    let error = near.await.expect("no panic").expect_err("not clean");
    assert!(matches!(error, Error::Closed(Closed::Abandoned)), "{error:?}");
}

#[tokio::test]
async fn a_whole_message_over_the_limit_is_refused_and_the_same_in_parts_is_not() {
    let config = Config::default().limits(Limits::default().message_bytes(1000));
    let (mut client, mut server) = pair_with(1 << 16, config.clone());
    client.send(vec![1; 2000]).await.expect("sent");
    let mut parts = server.recv_parts().await.expect("open").expect("a message");
    let mut got = Vec::new();
    parts.read_to_end(&mut got).await.expect("a message");
    assert_eq!(got.len(), 2000);
    drop(parts);
    client.send(vec![1; 2000]).await.expect("sent");
    let far = tokio::spawn(async move { client.recv().await });
    let error = server.recv().await.expect_err("too large");
    assert!(matches!(error, Error::Closed(Closed::Limit(_))), "{error:?}");
    assert_eq!(far.await.expect("no panic").expect("a close is a close"), None);
}
