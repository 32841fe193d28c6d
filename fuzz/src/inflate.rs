//! Compressed messages from a peer mean the same however they are cut and handed over, and never pass a limit; those
//! from our own client say what was sent.

use std::{
    mem::{Discriminant, discriminant},
    sync::Arc,
    time::Instant,
};

use sockeye_proto::{
    Closed, Config, Connection, DeflateConfig, DeflateParams, Delivery, Kind, Limits, Outgoing,
};

use crate::{
    end::{End, Outcome, Seen},
    messages::messages,
    script::{EACH_BYTE, Script, WHOLE, pieces},
    terms, wire,
};

/// FIN and RSV1.
const WHOLE_COMPRESSED: u8 = 0xc0;

/// Each part is flushed by itself, which takes time.
const MAX_SENT_PARTS: usize = 8;

/// What one part may hold.
const MAX_PART_BYTES: usize = 64 << 10;

/// What a server has agreed on and allows.
#[derive(Clone, Debug)]
struct Server {
    params: DeflateParams,
    max_bytes: usize,
}

/// Reads the payloads behind the first few bytes as compressed, and their text as sent by our client.
pub fn run(data: &[u8]) {
    let mut script = Script::new(data);
    let params = terms::params(&mut script);
    let max_bytes = script.pick(&[1 << 16, 1000, 100_000]);
    let level = script.byte() % 9 + 1;
    let server = Server { params, max_bytes };
    let cuts = script.cuts();
    let mut payloads: Vec<&[u8]> = (0..script.byte() % 4).map(|_| script.bytes()).collect();
    payloads.push(script.rest());
    server.judge(&payloads, cuts);
    come_back(params, level, &payloads, cuts);
}

impl Server {
    fn judge(&self, payloads: &[&[u8]], cuts: &[u8]) {
        let (whole, fragments) = (stream(payloads, WHOLE), stream(payloads, cuts));
        let expected = self.read(&whole, WHOLE, Delivery::Whole);
        for cuts in [EACH_BYTE, cuts] {
            assert_eq!(self.read(&whole, cuts, Delivery::Whole), expected);
        }
        let joined = self.read(&fragments, cuts, Delivery::Whole);
        assert_eq!((&joined.seen, ending(&joined)), (&expected.seen, ending(&expected)));

        let parts = self.read(&fragments, cuts, Delivery::Parts);
        let (got, begun) = messages(&parts.seen);
        assert_eq!(got, messages(&expected.seen).0);
        assert_eq!(parts.closed.is_some(), expected.closed.is_some());
        for (_, payload) in got.iter().chain(&begun) {
            assert!(payload.len() <= self.max_bytes, "no more than is allowed comes out");
        }
        for seen in &parts.seen {
            assert!(!matches!(seen, Seen::Part { data, .. } if data.len() > MAX_PART_BYTES));
        }
    }

    fn read(&self, bytes: &[u8], cuts: &[u8], delivery: Delivery) -> Outcome {
        let limits = Limits::default()
            .message_bytes(self.max_bytes)
            .frame_bytes(self.max_bytes)
            .streamed_bytes(u64::try_from(self.max_bytes).expect("64 bits are enough"));
        let (config, now) = (Arc::new(Config::default().limits(limits)), Instant::now());
        let mut connection = Connection::server(config, Some(self.params), now);
        connection.set_delivery(delivery);
        let mut end = End::new(connection, now);
        end.feed(bytes, cuts);
        end.outcome()
    }
}

/// How it ended, without the numbers, which tell how the bytes came.
fn ending(outcome: &Outcome) -> Option<Discriminant<Closed>> {
    outcome.closed.as_ref().map(discriminant)
}

/// Messages by turns binary and text, each in the fragments that `cuts` make of it.
fn stream(payloads: &[&[u8]], cuts: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    for (payload, kind) in payloads.iter().zip([2, 1].iter().cycle()) {
        let mut fragments: Vec<&[u8]> = pieces(payload, cuts).collect();
        let last = fragments.pop().unwrap_or_default();
        let mut first = WHOLE_COMPRESSED | kind;
        for fragment in fragments {
            wire::masked(first & 0x7f, fragment, &mut stream);
            first = 0x80;
        }
        wire::masked(first, last, &mut stream);
    }
    stream
}

/// Sends what is text of the payloads, and sees it arrive.
fn come_back(params: DeflateParams, level: u8, payloads: &[&[u8]], cuts: &[u8]) {
    let deflate = DeflateConfig::default().level(level).threshold_bytes(0);
    let (config, now) = (Arc::new(Config::default().deflate(deflate)), Instant::now());
    let mut client = Connection::client(config.clone(), Some(params), [7; 32], now);
    let mut sent = Vec::new();
    for payload in payloads {
        let text = String::from_utf8_lossy(payload).into_owned();
        client.send(&text).expect("an open connection with room");
        client.send(Outgoing::from(*payload).uncompressed()).expect("room");
        client.begin_parts(Kind::Text).expect("an open connection");
        for part in text.as_bytes().chunks(text.len() / MAX_SENT_PARTS + 1) {
            client.send_part(part).expect("room");
        }
        client.finish_parts(b"").expect("whole text");
        sent.extend([(Kind::Text, text.clone().into_bytes()), (Kind::Binary, payload.to_vec())]);
        sent.push((Kind::Text, text.into_bytes()));
    }
    let wire = End::new(client, now).written();
    let mut server = End::new(Connection::server(config, Some(params), now), now);
    server.feed(&wire, cuts);
    assert_eq!(messages(&server.seen), (sent, None));
}
