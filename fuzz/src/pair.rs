//! A client and a server of ours that a script drives: nothing is lost, doubled or moved until one of them ends, and
//! each ends once.

mod side;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sockeye_proto::{
    Closed, Config, Connection, DeflateConfig, DeflateParams, Delivery, Limits, Side as By,
};

use self::side::{Goodbye, Side};
use crate::{
    end::Seen,
    messages::{Whole, messages},
    script::Script,
    terms,
};

/// More steps than this show nothing new, and take long.
const MAX_STEPS: usize = 400;

/// The rounds after which two ends must have said all there is to say: each loses its patience once.
const MAX_ROUNDS: usize = 12;

const MAX_OUTPUT_BYTES: usize = 16 << 10;

const TIMES: [Duration; 6] = [
    Duration::from_millis(1),
    Duration::from_millis(600),
    Duration::from_secs(5),
    Duration::from_secs(11),
    Duration::from_secs(21),
    Duration::from_secs(31),
];

/// Two ends and the transport between them.
#[derive(Debug)]
struct Pair {
    sides: [Side; 2],
    now: Instant,
}

/// Runs the script, lets both ends come to rest, and looks at what arrived.
pub fn run(data: &[u8]) {
    let mut script = Script::new(data);
    let deflate = if script.flip() { Some(terms::params(&mut script)) } else { None };
    let mut pair = Pair::new(deflate, terms::config(&mut script));
    for _ in 0..MAX_STEPS {
        if script.is_over() {
            break;
        }
        pair.step(&mut script);
        pair.sides.iter_mut().for_each(Side::judge);
    }
    pair.settle();
    pair.judge();
}

impl Pair {
    fn new(params: Option<DeflateParams>, deflate: DeflateConfig) -> Self {
        let limits =
            Limits::default().output_bytes(MAX_OUTPUT_BYTES).control_frames_per_second(u32::MAX);
        let config = Arc::new(Config::default().limits(limits).deflate(deflate));
        let now = Instant::now();
        let client = Connection::client(config.clone(), params, [7; 32], now);
        let server = Connection::server(config, params, now);
        Self { sides: [Side::new(client, now), Side::new(server, now)], now }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let what = script.byte();
        let [client, server] = &mut self.sides;
        let (here, there) = if what & 1 == 0 { (client, server) } else { (server, client) };
        match (what >> 1) % 16 {
            0..=2 => here.send(script),
            3..=4 => here.send_parts(script),
            5 => here.ping(),
            6 => here.close(Goodbye::AfterAll, script),
            7 => here.close(Goodbye::AtOnce, script),
            8..=9 => drop(here.write(script.number())),
            10..=11 => drop(here.deliver(there, script.number(), script.byte())),
            12 => self.pass(script.pick(&TIMES)),
            13 => there.toggle_pause(),
            14 => there.set_delivery(script.pick(&DELIVERIES)),
            _ if script.byte() < 16 => self.lose(),
            _ => here.abandon_parts(),
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        for side in &mut self.sides {
            side.pass(self.now);
        }
    }

    /// The transport breaks.
    fn lose(&mut self) {
        self.sides.iter_mut().for_each(Side::lose);
    }

    /// Reads, writes and waits until nothing is left to do.
    fn settle(&mut self) {
        for side in &mut self.sides {
            side.resume();
        }
        for _ in 0..MAX_ROUNDS {
            while self.exchange() {}
            if self.sides.iter().all(|side| side.is_open() || side.is_done()) {
                return;
            }
            let deadlines = self.sides.iter().filter(|side| !side.is_open());
            let deadline = deadlines.filter_map(Side::deadline).min();
            let deadline = deadline.expect("who is neither open nor done waits for something");
            self.pass(deadline.saturating_duration_since(self.now));
        }
        panic!("expected two ends at rest, got {:?}", self.sides);
    }

    /// Moves what waits to its other end; tells whether anything did.
    fn exchange(&mut self) -> bool {
        let [client, server] = &mut self.sides;
        let there = client.exchange(server);
        let back = server.exchange(client);
        there || back
    }

    fn judge(&self) {
        let [client, server] = &self.sides;
        assert_eq!(client.is_open(), server.is_open(), "both are open or neither is");
        judge_way(client, server);
        judge_way(server, client);
        match (client.closed(), server.closed()) {
            (
                Some(Closed::Clean { frame, by }),
                Some(Closed::Clean { frame: other, by: other_by }),
            ) => {
                assert!([by, other_by].contains(&&By::Local), "somebody began");
                assert!(by == other_by || frame == other, "one goodbye");
            }
            (None, None) => assert!(client.is_open() && server.is_open()),
            (Some(_), Some(_)) => assert!(client.is_done() && server.is_done()),
            one_sided => panic!("expected two endings or none, got {one_sided:?}"),
        }
    }
}

const DELIVERIES: [Delivery; 3] = [Delivery::Whole, Delivery::Ask, Delivery::Parts];

/// What `from` said and `to` heard.
fn judge_way(from: &Side, to: &Side) {
    assert_eq!(from.queued(), 0, "an end at rest has nothing left to say");
    let (got, begun) = messages(to.seen());
    assert!(from.sent().starts_with(&got), "nothing is lost, doubled or moved");
    if let Some((kind, payload)) = begun {
        let next: Option<&Whole> = from.sent().get(got.len()).or(from.parts());
        let (expected_kind, whole) = next.expect("what has begun was begun");
        assert!(kind == *expected_kind && whole.starts_with(&payload));
    }
    let said_goodbye = to.seen().iter().any(|seen| matches!(seen, Seen::Close(_)));
    if from.is_open() || (said_goodbye && from.goodbye() == Goodbye::AfterAll) {
        assert_eq!(got, from.sent(), "all that was sent before the goodbye");
    }
    judge_pings(from, to);
}

fn judge_pings(from: &Side, to: &Side) {
    let ours = |payload: &&[u8]| payload.first() == Some(&side::PING);
    let pings: Vec<&[u8]> = to.seen().iter().filter_map(ping).filter(ours).collect();
    assert!(pings.iter().eq(from.pings().iter().take(pings.len())), "pings keep their order");
    assert!(!from.is_open() || pings.len() == from.pings().len(), "every ping arrives");
    let mut asked = from.pings().iter();
    for pong in from.seen().iter().filter_map(pong).filter(ours) {
        assert!(asked.any(|ping| ping == pong), "a pong answers a ping, and only once");
    }
}

fn ping(seen: &Seen) -> Option<&[u8]> {
    if let Seen::Ping(payload) = seen { Some(payload) } else { None }
}

fn pong(seen: &Seen) -> Option<&[u8]> {
    if let Seen::Pong(payload) = seen { Some(payload) } else { None }
}
