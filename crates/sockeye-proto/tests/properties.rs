//! What must hold for every input: the pieces it comes in do not matter, and the connection reads it as the slow and
//! obvious reader does. A failing case prints the seed that repeats it.

mod support;

use sockeye_proto::{
    CloseCode, Closed, Config, DeflateConfig, DeflateParams, Delivery, Kind, Role, WindowBits,
};
use support::{End, Pair, Seen, frames::stream, oracle, random::Random};

const CASES: u64 = 10_000;

fn both_roles(seed: u64) -> Role {
    if seed.is_multiple_of(2) { Role::Server } else { Role::Client }
}

struct Outcome {
    seen: Vec<Seen>,
    closed: Option<Closed>,
    written: Vec<u8>,
}

fn read(role: Role, bytes: &[u8], cuts: Vec<usize>) -> Outcome {
    read_with(role, None, bytes, cuts)
}

fn read_with(
    role: Role,
    deflate: Option<DeflateParams>,
    bytes: &[u8],
    cuts: Vec<usize>,
) -> Outcome {
    let mut end = End::new(role, Config::default(), deflate);
    let seen = end.feed_in(bytes, cuts);
    Outcome { seen, closed: end.closed().cloned(), written: end.written() }
}

#[test]
fn whole_and_byte_by_byte_and_random_pieces_are_the_same() {
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        let role = both_roles(seed);
        let bytes = stream(&mut random, role);
        let whole = read(role, &bytes, vec![]);
        let cuts = random.cuts(bytes.len());
        for cuts in [vec![1; bytes.len()], cuts] {
            let pieces = read(role, &bytes, cuts);
            assert_eq!(pieces.seen, whole.seen, "seed {seed}");
            assert_eq!(pieces.closed, whole.closed, "seed {seed}");
            assert_eq!(pieces.written, whole.written, "seed {seed}");
        }
    }
}

#[test]
fn what_comes_owned_is_what_comes_lent_in_whole_and_in_pieces() {
    let deliveries = [Delivery::Whole, Delivery::Whole, Delivery::Ask, Delivery::Parts];
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        let (role, delivery) = (both_roles(seed), random.pick(&deliveries));
        let bytes = stream(&mut random, role);
        let cuts = random.cuts(bytes.len());
        for cuts in [vec![bytes.len()], cuts] {
            let [mut lent, mut owned] = [(); 2].map(|()| End::new(role, Config::default(), None));
            lent.connection.set_delivery(delivery);
            owned.connection.set_delivery(delivery);
            let mut rest = bytes.as_slice();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut);
                assert_eq!(owned.feed_owned(piece), lent.feed(piece), "seed {seed}");
                rest = after;
            }
            assert_eq!(owned.closed(), lent.closed(), "seed {seed}");
            assert_eq!(owned.written(), lent.written(), "seed {seed}");
        }
    }
}

#[test]
fn the_connection_reads_as_the_naive_oracle_does() {
    let mut endings = [0_u32; 3];
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        let role = both_roles(seed);
        let bytes = stream(&mut random, role);
        let expected = oracle::read(&bytes, role == Role::Server);
        let got = read(role, &bytes, vec![]);
        assert_eq!(got.seen, expected.seen, "seed {seed}");
        let code = match &got.closed {
            None => None,
            Some(Closed::Clean { frame, .. }) => Some(frame.code().map(CloseCode::get)),
            Some(Closed::Violation(violation)) => Some(Some(violation.close_code().get())),
            Some(other) => panic!("seed {seed}: {other}"),
        };
        assert_eq!(code, expected.ended, "seed {seed}: {:?}", got.closed);
        endings[code.map_or(0, |code| if code == Some(1002) { 1 } else { 2 })] += 1;
    }
    // The generator would prove nothing if it never led to each of them.
    assert!(endings.iter().all(|count| *count > 500), "{endings:?}");
}

/// What two peers may have agreed on.
fn agreement(random: &mut Random) -> DeflateParams {
    let mut bits = || WindowBits::new(8 + random.below(8) as u8).expect("8 to 15");
    DeflateParams {
        server_max_window_bits: bits(),
        client_max_window_bits: bits(),
        server_no_context_takeover: random.one_in(3),
        client_no_context_takeover: random.one_in(3),
    }
}

fn deflating() -> Config {
    Config::default().deflate(DeflateConfig::default().threshold_bytes(20))
}

#[test]
fn compressed_streams_in_whole_and_in_pieces_are_the_same() {
    let (mut broken, mut messages) = (0, 0);
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        let (agreed, role) = (agreement(&mut random), both_roles(seed));
        let sender = if role == Role::Server { Role::Client } else { Role::Server };
        let mut sender = End::new(sender, deflating(), Some(agreed));
        for _ in 0..1 + random.below(4) {
            send(&mut random, &mut sender);
        }
        let mut bytes = sender.written();
        if random.one_in(3) {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }
        let whole = read_with(role, Some(agreed), &bytes, vec![]);
        let cuts = random.cuts(bytes.len());
        for cuts in [vec![1; bytes.len()], cuts] {
            let pieces = read_with(role, Some(agreed), &bytes, cuts);
            assert_eq!(pieces.seen, whole.seen, "seed {seed}");
            assert_eq!(pieces.closed, whole.closed, "seed {seed}");
            assert_eq!(pieces.written, whole.written, "seed {seed}");
        }
        messages += whole.seen.len();
        broken += usize::from(whole.closed.is_some());
    }
    assert!(broken > 500 && messages > 10_000, "{broken} broken, {messages} messages");
}

#[test]
fn what_is_encoded_decodes_to_itself() {
    encode_and_decode(|_| None);
}

#[test]
fn what_is_compressed_inflates_to_itself() {
    encode_and_decode(|random| Some(agreement(random)));
}

fn encode_and_decode(agree: impl Fn(&mut Random) -> Option<DeflateParams>) {
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        let mut pair = Pair::new(&deflating(), agree(&mut random));
        let from = if seed.is_multiple_of(2) { &mut pair.client } else { &mut pair.server };
        let expected: Vec<Seen> =
            (0..1 + random.below(5)).map(|_| send(&mut random, from)).collect();
        let (by_server, by_client) = pair.settle();
        let got = if seed.is_multiple_of(2) { by_server } else { by_client };
        let (pings, messages): (Vec<_>, Vec<_>) =
            expected.into_iter().partition(|seen| matches!(seen, Seen::Ping(_)));
        // Control frames go ahead of data, so only the order within each kind is fixed.
        let (got_pings, got_messages): (Vec<_>, Vec<_>) =
            got.into_iter().partition(|seen| matches!(seen, Seen::Ping(_)));
        assert_eq!((got_pings, got_messages), (pings, messages), "seed {seed}");
    }
}

/// Sends something at random; tells what the other side must see.
fn send(random: &mut Random, end: &mut End) -> Seen {
    let (len, connection) = (random.len(), &mut end.connection);
    match random.below(5) {
        0 => {
            let payload = random.bytes(len.min(125));
            connection.ping(&payload).expect("few pings");
            Seen::Ping(payload)
        }
        1 => {
            let text = random.text(len);
            connection.send(text.as_str()).expect("room");
            support::text(&text)
        }
        2 => {
            let text = random.text(len);
            connection.begin_parts(Kind::Text).expect("open");
            let mut rest = text.as_bytes();
            for cut in random.cuts(rest.len()).into_iter().take(10) {
                let (part, after) = rest.split_at(cut);
                connection.send_part(part).expect("room");
                rest = after;
            }
            connection.finish_parts(rest).expect("room");
            support::text(&text)
        }
        3 => {
            let payload = random.bytes(len);
            connection.send(payload.clone()).expect("room");
            support::binary(&payload)
        }
        _ => {
            let payload = random.bytes(len);
            connection.send(&payload).expect("room");
            support::binary(&payload)
        }
    }
}

#[test]
fn bytes_without_any_sense_end_a_connection_or_wait_for_more() {
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        let bytes = random.bytes(random.clone().below(400));
        let role = both_roles(seed);
        let (whole, pieces) =
            (read(role, &bytes, vec![]), read(role, &bytes, vec![1; bytes.len()]));
        assert_eq!(whole.seen, pieces.seen, "seed {seed}");
        assert_eq!(whole.closed, pieces.closed, "seed {seed}");
    }
}
