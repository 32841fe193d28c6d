//! Messages come out as they were put into frames: whole, in parts, or as the caller chooses on the way; beyond a limit
//! they end the connection.

use std::{sync::Arc, time::Instant};

use bytes::BufMut;
use sockeye_proto::{Closed, Config, Connection, Delivery, Input, Kind, Limits, Violation};

use crate::{
    end::{End, Outcome, Seen},
    messages::{Whole, messages},
    script::Script,
    wire,
};

/// All large frames of one script, which are there for the reads that pass by the input.
const MAX_LARGE_FRAMES: usize = 2;

/// A stream of valid frames, and what it holds.
#[derive(Debug, Default)]
struct Stream {
    bytes: Vec<u8>,
    controls: Vec<Seen>,
    messages: Vec<Whole>,
    /// Frames and payload of the message that is not complete.
    begun: Option<(usize, Whole)>,
    /// Whole messages before the first that breaks a rule or a limit, if one does.
    good: Option<usize>,
    large_frames: usize,
}

/// Builds a stream and reads it in each way.
pub fn run(data: &[u8]) {
    let mut script = Script::new(data);
    let bytes = script.pick(&[300, 100_000, 1 << 20]);
    let fragments = script.pick(&[3, 64]);
    let limits = Limits::default()
        .message_bytes(bytes)
        .frame_bytes(bytes)
        .streamed_bytes(u64::try_from(bytes).expect("64 bits are enough"))
        .fragments(fragments)
        .control_frames_per_second(u32::MAX);
    let cuts = script.cuts();
    let choices = script.bytes();
    let mut stream = Stream::default();
    while !script.is_over() {
        stream.push(&mut script, &limits);
    }
    // A large frame in small pieces takes long, and is no other than a small one in such pieces.
    let coarse = if stream.large_frames > 0 { 0xc0 } else { 0 };
    let cuts: Vec<u8> = cuts.iter().map(|cut| cut | coarse).collect();
    for delivery in [Delivery::Whole, Delivery::Parts] {
        let mut end = end(&limits, delivery);
        end.feed(&stream.bytes, &cuts);
        stream.judge(end.outcome(), delivery);
    }
    let outcome = read_as_chosen(end(&limits, Delivery::Ask), &stream.bytes, choices, &cuts);
    stream.judge(outcome, Delivery::Ask);
}

fn end(limits: &Limits, delivery: Delivery) -> End {
    let (config, now) = (Config::default().limits(limits.clone()), Instant::now());
    let mut connection = Connection::server(Arc::new(config), None, now);
    connection.set_delivery(delivery);
    End::new(connection, now)
}

impl Stream {
    /// One more frame.
    fn push(&mut self, script: &mut Script<'_>, limits: &Limits) {
        match script.byte() {
            control @ 0xf0.. => {
                let payload = script.bytes();
                let payload = payload.get(..125).unwrap_or(payload);
                let (first, seen) = match control & 1 {
                    0 => (0x89, Seen::Ping(payload.to_vec())),
                    _ => (0x8a, Seen::Pong(payload.to_vec())),
                };
                wire::masked(first, payload, &mut self.bytes);
                if self.good.is_none() {
                    self.controls.push(seen);
                }
            }
            data => {
                let payload = self.payload(data, script);
                self.data(data, &payload, limits);
            }
        }
    }

    fn payload(&mut self, data: u8, script: &mut Script<'_>) -> Vec<u8> {
        let bytes = script.bytes();
        if data & 0xc == 0xc && self.large_frames < MAX_LARGE_FRAMES {
            self.large_frames += 1;
            let pattern = if bytes.is_empty() { b"-" } else { bytes };
            return pattern.repeat((72_000 + script.number() / 4) / pattern.len());
        }
        match data & 0x10 {
            0 => bytes.to_vec(),
            _ => String::from_utf8_lossy(bytes).into_owned().into_bytes(),
        }
    }

    fn data(&mut self, data: u8, payload: &[u8], limits: &Limits) {
        let fin = data & 1 == 1;
        let kind = if data & 2 == 0 { Kind::Text } else { Kind::Binary };
        let opcode = match (&self.begun, kind) {
            (Some(_), _) => 0,
            (None, Kind::Text) => 1,
            (None, Kind::Binary) => 2,
        };
        wire::masked(if fin { 0x80 } else { 0 } | opcode, payload, &mut self.bytes);
        let (frames, whole) = self.begun.get_or_insert_with(|| (0, (kind, Vec::new())));
        *frames += 1;
        whole.1.extend_from_slice(payload);
        let limited = whole.1.len() > limits.max_message_bytes
            || u32::try_from(*frames).is_ok_and(|frames| frames > limits.max_fragments);
        if limited || !is_right(whole, fin) {
            self.good.get_or_insert(self.messages.len());
        }
        if let Some((_, whole)) = self.begun.take_if(|_| fin) {
            self.messages.push(whole);
        }
    }

    fn judge(&self, outcome: Outcome, delivery: Delivery) {
        let good = self.good.unwrap_or(self.messages.len());
        let expected = self.messages.get(..good).unwrap_or_default();
        let (got, begun) = messages(&outcome.seen);
        assert_eq!(got, expected, "{delivery:?}");
        let kept = |seen: &Seen| matches!(seen, Seen::Ping(_) | Seen::Pong(_));
        let controls: Vec<Seen> = outcome.seen.into_iter().filter(kept).collect();
        assert_eq!(controls, self.controls, "control frames between fragments");
        match outcome.closed {
            None => assert_eq!(self.good, None),
            Some(Closed::Violation(Violation::TextNotUtf8) | Closed::Limit(_)) => {
                assert!(self.good.is_some());
            }
            Some(other) => panic!("expected a limit or broken text, got {other}"),
        }
        if let Some((kind, payload)) = begun {
            let under_way = self.begun.as_ref().map(|(_, whole)| whole);
            let (expected_kind, whole) =
                self.messages.get(good).or(under_way).expect("it is there");
            assert!(kind == *expected_kind && whole.starts_with(&payload));
        }
    }
}

/// Whether text is UTF-8, or can become it as long as it is not complete.
fn is_right((kind, payload): &Whole, complete: bool) -> bool {
    match (kind, std::str::from_utf8(payload)) {
        (Kind::Binary, _) | (_, Ok(_)) => true,
        (Kind::Text, Err(error)) => !complete && error.error_len().is_none(),
    }
}

/// Reads with a caller that changes his mind: `choices` say when he asks for parts and when he reads past the input.
fn read_as_chosen(mut end: End, bytes: &[u8], choices: &[u8], cuts: &[u8]) -> Outcome {
    let choices = if choices.is_empty() { &[0] } else { choices };
    let mut choices = choices.iter().copied().cycle();
    let mut choose = || choices.next().unwrap_or_default();
    let mut lens = cuts.iter().map(|cut| usize::from(*cut) + 1).cycle();
    let (mut rest, mut room) = (bytes, Vec::new());
    while !rest.is_empty() {
        let choice = choose();
        if choice & 0x30 == 0x30 {
            end.connection.deliver_in_parts();
        }
        rest = match choice & 1 {
            1 => read_directly(&mut end, rest, lens.next()),
            _ => rest,
        };
        let (piece, after) = rest.split_at(lens.next().unwrap_or(rest.len()).min(rest.len()));
        room.clear();
        room.extend_from_slice(piece);
        rest = after;
        let mut input = Input::new(&mut room, end.now);
        while let Some(event) = end.connection.handle_input(&mut input) {
            end.seen.push(event.into());
            if end.seen.last() == Some(&Seen::Start) && choose() & 2 == 2 {
                end.connection.deliver_in_parts();
            }
        }
    }
    end.outcome()
}

/// Puts bytes where the connection wants them without a copy, if it does; tells what is left.
fn read_directly<'b>(end: &mut End, bytes: &'b [u8], most: Option<usize>) -> &'b [u8] {
    let Some(read) = put_directly(end, bytes, most.unwrap_or(usize::MAX)) else { return bytes };
    while let Some(event) = end.connection.handle_payload(end.now) {
        end.seen.push(event.into());
    }
    &bytes[read..]
}

fn put_directly(end: &mut End, bytes: &[u8], most: usize) -> Option<usize> {
    let mut room = end.connection.payload_buf()?;
    let len = most.min(room.remaining_mut()).min(bytes.len());
    room.put_slice(&bytes[..len]);
    Some(len)
}
