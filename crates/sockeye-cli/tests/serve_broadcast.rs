//! `/broadcast`: everybody gets it, in one order; who does not keep up is told so.
#![cfg(unix)]

mod serving;

use std::{io::Write, time::Duration};

use serving::{GOODBYE, PATIENCE, Server, UPGRADE, read_until};
use sockeye::{CloseCode, Closed, Message, Side, WebSocket};
use tokio::time::timeout;

async fn join(server: &Server) -> WebSocket {
    sockeye::connect(server.url("/broadcast")).await.expect("a connection")
}

async fn next(ws: &mut WebSocket) -> Message {
    let next = timeout(PATIENCE, ws.recv()).await.expect("in time");
    next.expect("open").expect("a message")
}

#[tokio::test]
async fn everybody_gets_every_message_in_the_same_order() {
    let server = Server::start(&[]);
    let mut members = Vec::new();
    for _ in 0..5 {
        let mut member = join(&server).await;
        // Who has heard himself is there for the others.
        member.send("here").await.expect("sent");
        while next(&mut member).await.as_text() != Some("here") {}
        members.push(member);
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
            let message = next(member).await;
            if message.as_text() != Some("here") {
                messages.push(message);
            }
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
    let mut listener = join(&server).await;
    let (mut ears, mouth) = join(&server).await.split();
    let flood = tokio::spawn(async move {
        for number in 0..20_000_u32 {
            mouth.feed(number.to_string()).await.expect("open");
        }
        mouth.flush().await.expect("open");
        mouth
    });
    let heard = async {
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
    member.send("here").await.expect("sent");
    next(&mut member).await;
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
