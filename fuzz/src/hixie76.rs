//! The draft of 2010: what a client asks a server answers, what is sent arrives, and any other bytes mean the same in
//! whatever pieces they come.

use std::{sync::Arc, time::Instant};

use http::{HeaderValue, Request, Uri};
use sockeye_proto::{
    CloseCode, Closed, Config, Connection, Kind, Limits, Role,
    handshake::{HeadLimits, Progress, RequestReader, write_request},
    hixie76::{Acceptance, Offer, Opening, Pending, RANDOM_BYTES, Scheme, is_hixie76},
};

use crate::{
    edit::edit,
    end::{End, Outcome, Seen},
    messages::messages,
    script::{EACH_BYTE, Script, WHOLE, pieces},
};

const MAX_MESSAGE_BYTES: usize = 200;

const URIS: [&str; 5] = [
    "ws://example.com/demo",
    "wss://example.com",
    "wss://EXAMPLE.com:443/demo?a=b",
    "ws://[::1]:8080/",
    "ws://example.com:81?room=1",
];

/// Shakes hands, then takes the rest as frames and as texts to send.
pub fn run(data: &[u8]) {
    let mut script = Script::new(data);
    let cuts = script.cuts();
    shake_hands(&mut script, cuts);
    let bytes = script.rest();
    for role in [Role::Server, Role::Client] {
        let whole = read(role, bytes, WHOLE);
        for (kind, payload) in messages(&whole.seen).0 {
            assert!(kind == Kind::Text && payload.len() <= MAX_MESSAGE_BYTES);
        }
        for cuts in [EACH_BYTE, cuts] {
            assert_eq!(read(role, bytes, cuts), whole, "the pieces do not matter");
        }
    }
    come_back(bytes, cuts);
}

fn shake_hands(script: &mut Script<'_>, cuts: &[u8]) {
    let uri = Uri::from_static(script.pick(&URIS));
    let scheme = if uri.scheme_str() == Some("ws") { Scheme::Ws } else { Scheme::Wss };
    let value = |bytes: &[u8]| HeaderValue::from_bytes(bytes.trim_ascii()).ok();
    let origin = value(script.bytes()).unwrap_or(HeaderValue::from_static("http://example.com"));
    let protocol = if script.flip() { value(script.bytes()) } else { None };
    let random: [u8; RANDOM_BYTES] = std::array::from_fn(|_| script.byte());
    let client = Opening::new(&uri, origin, protocol, &random).expect("a URI of the draft");

    let request = read_again(&client.request);
    let offer = Offer::from_request(&request, scheme).expect("what our client asks");
    let answer = answer(offer.accept_with_protocol(), client.key3, cuts);
    let mut pending = client.expectation.judge(&answer.response).expect("what our server says");
    let mut got = None;
    for piece in pieces(&answer.answer, cuts) {
        assert_eq!(got, None);
        got = pending.handle_input(piece).1;
    }
    assert_eq!(got, Some(Ok(())), "the answer to the challenge");

    let mut edited = request;
    edit(edited.headers_mut(), script);
    if let Ok(offer) = Offer::from_request(&edited, scheme) {
        answer_of_any(offer, client.key3);
    }
}

fn answer_of_any(offer: Offer, key3: [u8; 8]) {
    let origin = offer.origin().clone();
    let answer = answer(offer.accept(), key3, WHOLE);
    assert_eq!(answer.response.headers().get("sec-websocket-origin"), Some(&origin));
    assert_eq!(answer.response.headers().get("sec-websocket-protocol"), None);
}

fn read_again(request: &Request<()>) -> Request<()> {
    assert!(is_hixie76(request));
    let written = write_request(request);
    let read = RequestReader::new(HeadLimits::default()).read(&written);
    let Ok(Progress::Finished { head, used }) = read else {
        panic!("expected a request in {}, got {read:?}", written.escape_ascii())
    };
    assert_eq!(used, written.len());
    head
}

/// The server reads the eight bytes in pieces, and nothing behind them.
fn answer(mut pending: Pending, key3: [u8; 8], cuts: &[u8]) -> Acceptance {
    let input = [key3.as_slice(), b"\0frames\xff"].concat();
    let mut taken = 0;
    for piece in pieces(&input, cuts) {
        let (len, acceptance) = pending.handle_input(piece);
        taken += len;
        if let Some(acceptance) = acceptance {
            assert_eq!(taken, key3.len());
            return acceptance;
        }
    }
    panic!("expected an answer after eight bytes, got none")
}

fn connection(role: Role, now: Instant) -> Connection {
    let limits = Limits::default().message_bytes(MAX_MESSAGE_BYTES).control_frames_per_second(10);
    Connection::hixie76(role, Arc::new(Config::default().limits(limits)), now)
}

fn read(role: Role, bytes: &[u8], cuts: &[u8]) -> Outcome {
    let now = Instant::now();
    let mut end = End::new(connection(role, now), now);
    end.feed(bytes, cuts);
    end.outcome()
}

/// Texts that fit arrive, and so does the goodbye behind them.
fn come_back(bytes: &[u8], cuts: &[u8]) {
    let now = Instant::now();
    let mut server = connection(Role::Server, now);
    let text = String::from_utf8_lossy(bytes);
    let mut sent = Vec::new();
    for text in text.split_inclusive('\n').filter(|text| text.len() <= MAX_MESSAGE_BYTES) {
        server.send(text).expect("room");
        sent.push((Kind::Text, text.as_bytes().to_vec()));
    }
    server.close(CloseCode::NORMAL, now);
    let mut client = End::new(connection(Role::Client, now), now);
    client.feed(&End::new(server, now).written(), cuts);
    assert_eq!(messages(&client.seen), (sent, None));
    assert!(matches!(client.seen.last(), Some(Seen::Close(_))));
    assert!(matches!(client.connection.closed(), Some(Closed::Clean { .. })));
}
