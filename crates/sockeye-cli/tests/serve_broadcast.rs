//! `/broadcast`: everybody gets it, in one order; who does not keep up is told so.
#![cfg(unix)]

mod serving;

use std::{io::Write, time::Duration};

use serving::{GOODBYE, PATIENCE, Server, UPGRADE, read_until};
use sockeye::{CloseCode, Closed, Message, Side, WebSocket};
use tokio::time::timeout;

/// What somebody says to know that he is in: whoever hears himself is there for the others too.
const HERE: &str = "here";

async fn join(server: &Server) -> WebSocket {
    let mut ws = sockeye::connect(server.url("/broadcast")).await.expect("a connection");
    ws.send(HERE).await.expect("sent");
    let heard = timeout(PATIENCE, ws.recv()).await.expect("in time").expect("open");
    assert_eq!(heard.as_ref().and_then(Message::as_text), Some(HERE));
    ws
}

/// The next message that is no greeting.
async fn next(ws: &mut WebSocket) -> Message {
    loop {
        let next = timeout(PATIENCE, ws.recv()).await.expect("in time");
        let next = next.expect("open").expect("a message");
        if next.as_text() != Some(HERE) {
            return next;
        }
    }
}

#[tokio::test]
async fn everybody_gets_every_message_in_the_same_order() {
    let server = Server::start(&[]);
    let mut members = Vec::new();
    for _ in 0..5 {
        members.push(join(&server).await);
    }
    let [first, second, ..] = &mut members[..] else { unreachable!("there are five") };
    for number in 0..50 {
        first.feed(format!("first {number}")).await.expect("open");
        second.feed(vec![number]).await.expect("open");
    }
    first.flush().await.expect("open");
    second.flush().await.expect("open");
    let mut heard: Vec<Vec<Message>> = Vec::new();
    for member in &mut members {
        let mut messages = Vec::new();
        while messages.len() < 100 {
            messages.push(next(member).await);
        }
        heard.push(messages);
    }
    for messages in &heard {
        assert!(*messages == heard[0], "expected one order for all");
    }
    let of_first: Vec<&str> = heard[0].iter().filter_map(Message::as_text).collect();
    let expected: Vec<String> = (0..50).map(|number| format!("first {number}")).collect();
    assert_eq!(of_first, expected);
    let mut leaver = members.pop().expect("five");
    leaver.close(CloseCode::NORMAL).await.expect("a clean end");
    members[0].send("after").await.expect("sent");
    assert_eq!(next(&mut members[1]).await.as_text(), Some("after"));
}

#[tokio::test]
async fn who_does_not_read_is_closed_with_1008_and_the_others_go_on() {
    let server = Server::start(&["--max-output", "64K", "--close-timeout", "30"]);
    let mut deaf = server.connect();
    let request = UPGRADE.replace("/echo", "/broadcast");
    deaf.write_all(request.as_bytes()).expect("written");
    read_until(&mut deaf, b"\r\n\r\n");
    let mut speaker = join(&server).await;
    let mut listener = join(&server).await;
    let news = "x".repeat(10_000);
    let mut fell_behind = false;
    // More than the buffers of any system hold.
    for _ in 0..10_000 {
        speaker.send(&news).await.expect("the speaker keeps up");
        assert_eq!(next(&mut speaker).await.as_bytes().len(), news.len());
        assert_eq!(next(&mut listener).await.as_bytes().len(), news.len());
        fell_behind = server.has_logged(" behind ");
        if fell_behind {
            break;
        }
    }
    assert!(fell_behind, "expected the deaf one to be noticed");
    speaker.send("still here").await.expect("open");
    assert_eq!(next(&mut listener).await.as_text(), Some("still here"));
    // Whoever reads at last is told why nothing more comes.
    let close = b"\x03\xf0expected a reader that keeps up, got one that does not";
    read_until(&mut deaf, close);
    deaf.write_all(GOODBYE).expect("written");
    drop(deaf);
    let told = server.logs(" closed ");
    assert!(told.contains(" code=1008 "), "{told}");
}

#[tokio::test]
async fn who_floods_is_held_to_what_he_reads_himself() {
    let server = Server::start(&["--max-output", "128K"]);
    let speaker = join(&server).await;
    let mut listener = join(&server).await;
    let (mut ears, mouth) = speaker.split();
    let flood = tokio::spawn(async move {
        for number in 0..20_000_u32 {
            mouth.feed(number.to_string()).await.expect("open");
        }
        mouth.flush().await.expect("open");
        mouth
    });
    let heard = async {
        assert!(ears.recv().await.expect("open").is_some(), "the listener's greeting");
        for number in 0..20_000_u32 {
            let message = ears.recv().await.expect("open").expect("a message");
            assert_eq!(message.as_text(), Some(&*number.to_string()));
        }
    };
    let overheard = async {
        for number in 0..20_000_u32 {
            assert_eq!(next(&mut listener).await.as_text(), Some(&*number.to_string()));
        }
    };
    let all = async { tokio::join!(heard, overheard) };
    timeout(PATIENCE, all).await.expect("in time");
    flood.await.expect("no panic");
}

#[tokio::test]
async fn a_member_is_told_1001_when_the_server_leaves() {
    let mut server = Server::start(&[]);
    let mut member = join(&server).await;
    server.signal("TERM");
    let end = timeout(Duration::from_secs(20), member.recv()).await.expect("in time");
    assert_eq!(end.expect("a clean end"), None);
    let Some(Closed::Clean { frame, by: Side::Peer }) = member.closed() else {
        panic!("expected a goodbye, got {:?}", member.closed());
    };
    assert_eq!(frame.code(), Some(CloseCode::GOING_AWAY));
    drop(member);
    assert!(server.wait().success());
}
