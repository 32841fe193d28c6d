//! A client and a server talk to each other over TCP.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use std::sync::Arc;

use sockeye::{CloseCode, CloseFrame, Closed, Config, Message, ServerOptions, Side, WebSocket};
use support::{echo, serve};

#[tokio::test]
async fn what_is_sent_comes_back() {
    let (url, _server) = serve(ServerOptions::default(), echo).await;
    let mut ws = sockeye::connect(url).await.expect("a connection");
    assert!(ws.deflate().is_some(), "compression is on by default");
    for len in [0, 1, 125, 126, 65_535, 65_536, 300_000, 1 << 20] {
        let sent = Message::from(vec![7; len]);
        ws.send(sent.clone()).await.expect("sent");
        assert_eq!(ws.recv().await.expect("open"), Some(sent), "{len} bytes");
    }
    ws.close(CloseFrame::new(CloseCode::NORMAL, "bye")).await.expect("a clean end");
    let frame = CloseFrame::new(CloseCode::NORMAL, "bye");
    assert_eq!(ws.closed(), Some(&Closed::Clean { frame, by: Side::Local }));
    assert_eq!(ws.recv().await.expect("a clean end"), None);
}

#[tokio::test]
async fn a_message_is_lent_and_answered_from_where_it_lies() {
    let (url, _server) = serve(ServerOptions::default(), |mut ws| async move {
        while let Ok(Some(sent)) = ws.recv_with(|message, out| out.try_send(message).is_ok()).await
        {
            assert!(sent, "there is room for an answer");
        }
    })
    .await;
    let options = Config::default().deflate(sockeye::DeflateConfig::disabled());
    let mut ws = sockeye::connect(url).config(options).await.expect("a connection");
    for round in 0..100_u32 {
        ws.feed(format!("message {round}")).await.expect("queued");
    }
    for round in 0..100_u32 {
        let message = ws.recv().await.expect("open").expect("a message");
        assert_eq!(message.as_text(), Some(format!("message {round}").as_str()));
    }
    ws.close(CloseCode::NORMAL).await.expect("a clean end");
}

#[tokio::test]
async fn large_and_small_answers_reach_a_slow_reader_in_order() {
    let config = Arc::new(Config::default().deflate(sockeye::DeflateConfig::disabled()));
    for pipe in [100, 70_000, 1 << 20] {
        let (near, far) = tokio::io::duplex(pipe);
        let mut client = WebSocket::client(near, config.clone(), Default::default(), &[]);
        let mut server = WebSocket::server(far, config.clone(), Default::default(), &[]);
        let echo = tokio::spawn(async move {
            while let Ok(Some(sent)) =
                server.recv_with(|message, out| out.try_send(message).is_ok()).await
            {
                assert!(sent, "there is room for an answer");
            }
        });
        let lens = [10, 100_000, 20, 70_000, 500_000, 30, 65_536, 1, 1 << 20, 5];
        let messages = lens.iter().zip(1_u8..).map(|(len, byte)| Message::from(vec![byte; *len]));
        for message in messages.clone() {
            client.feed(message).await.expect("queued");
        }
        for message in messages {
            assert_eq!(client.recv().await.expect("open"), Some(message));
        }
        client.close(CloseCode::NORMAL).await.expect("a clean end");
        echo.await.expect("no panic");
    }
}

#[tokio::test]
async fn the_subprotocol_and_the_version_are_told() {
    let options = ServerOptions::default().protocols(["chat.v2"]);
    let (url, _server) = serve(options, echo).await;
    let ws = sockeye::connect(url).protocols(["chat.v1", "chat.v2"]).await.expect("a connection");
    assert_eq!(ws.protocol(), Some("chat.v2"));
    assert_eq!(ws.http_version(), http::Version::HTTP_11);
}

#[tokio::test]
async fn a_ping_is_answered_and_the_answer_seen() {
    let (url, _server) = serve(ServerOptions::default(), echo).await;
    let mut ws = sockeye::connect(url).await.expect("a connection");
    ws.ping(b"are you there").await.expect("sent");
    let event = ws.recv_event().await.expect("open");
    assert_eq!(event, Some(sockeye::Event::Pong(b"are you there"[..].into())));
}
