//! `Trace`: every frame as a line, with what only those who know the message can say of it.

use std::{collections::VecDeque, fmt};

use tokio::time::{Duration, Instant};

use super::{
    frame::Header,
    tap::{Direction, Frame, Log},
};
use crate::json::Value;

/// What is known of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traced {
    /// Since the first connection was asked for.
    at: Duration,
    direction: Direction,
    header: Header,
    /// Bytes of the compressed message that ends with this frame.
    inflated: Option<usize>,
}

/// The frames that passed, and the messages that they may be parts of.
#[derive(Debug)]
pub(super) struct Trace {
    log: Log,
    began: Instant,
    /// How large the messages are that were sent and not seen to leave.
    sent: VecDeque<usize>,
    receives: Encoding,
}

/// How the message under way is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Plain,
    Compressed,
}

impl Trace {
    pub(super) fn new(log: Log) -> Self {
        Self { log, began: Instant::now(), sent: VecDeque::new(), receives: Encoding::Plain }
    }

    /// A message was handed over to be sent.
    pub(super) fn sends(&mut self, len: usize) {
        self.sent.push_back(len);
    }

    /// A connection was lost, and only so many messages wait for the next.
    pub(super) fn loses_all_but(&mut self, queued: usize) {
        self.sent.drain(..self.sent.len().saturating_sub(queued));
    }

    /// Whether a frame has passed that was not given yet.
    pub(super) fn is_behind(&self) -> bool {
        !self.log.frames().is_empty()
    }

    /// The frames up to the end of the next message, which has so many bytes.
    pub(super) fn up_to_message(&mut self, len: usize) -> Vec<Traced> {
        let mut traced = Vec::new();
        while let Some(frame) = self.next() {
            let mut seen = self.see(frame);
            let ends_message = frame.direction == Direction::Received
                && frame.header.is_final
                && !frame.header.opcode.is_control();
            if ends_message && self.receives == Encoding::Compressed {
                seen.inflated = Some(len);
            }
            traced.push(seen);
            if ends_message {
                break;
            }
        }
        traced
    }

    /// All frames that have passed.
    pub(super) fn rest(&mut self) -> Vec<Traced> {
        let mut traced = Vec::new();
        while let Some(frame) = self.next() {
            traced.push(self.see(frame));
        }
        traced
    }

    fn next(&self) -> Option<Frame> {
        self.log.frames().pop_front()
    }

    fn see(&mut self, frame: Frame) -> Traced {
        let Frame { at, direction, header } = frame;
        let at = at.saturating_duration_since(self.began);
        let mut inflated = None;
        if header.opcode.begins() {
            match direction {
                Direction::Sent => {
                    inflated = self.sent.pop_front().filter(|_| header.is_compressed);
                }
                Direction::Received if header.is_compressed => self.receives = Encoding::Compressed,
                Direction::Received => self.receives = Encoding::Plain,
            }
        }
        Traced { at, direction, header, inflated }
    }
}

impl Traced {
    pub(super) fn to_json(self) -> Value<'static> {
        let Self { at, direction, header, inflated } = self;
        let direction = match direction {
            Direction::Sent => "sent",
            Direction::Received => "received",
        };
        let mut members = vec![
            ("event", "frame".into()),
            ("time", at.into()),
            ("direction", direction.into()),
            ("opcode", header.opcode.to_string().into()),
            ("final", header.is_final.into()),
            ("compressed", header.is_compressed.into()),
            ("bytes", header.len.into()),
        ];
        members.extend(inflated.map(|len| ("inflated_bytes", len.into())));
        Value::Object(members)
    }
}

impl fmt::Display for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, direction, header, inflated } = self;
        let direction = match direction {
            Direction::Sent => '>',
            Direction::Received => '<',
        };
        write!(f, "{:10.6} {direction} {}", at.as_secs_f64(), header.opcode)?;
        if header.is_compressed {
            f.write_str(", compressed")?;
        }
        write!(f, ", {} bytes", header.len)?;
        if let Some(inflated) = inflated {
            write!(f, ", inflated {inflated}")?;
        }
        if !header.is_final {
            f.write_str(", to be continued")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::tap::Tap;

    /// What is traced of bytes from the server, one step per message's size.
    fn check(bytes: &[u8], messages: &[usize], expected: &[&str]) {
        let log = Log::default();
        let mut trace = Trace::new(log.clone());
        Tap::new((), bytes, log);
        let mut traced: Vec<Traced> =
            messages.iter().flat_map(|len| trace.up_to_message(*len)).collect();
        traced.extend(trace.rest());
        assert!(!trace.is_behind());
        let lines = traced.iter().map(ToString::to_string);
        let lines = lines.map(|mut line| line.split_off(11)).collect::<Vec<_>>();
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_frame_is_told_with_its_sizes() {
        check(b"\x81\x02hi\x89\x00", &[2], &["< text, 2 bytes", "< ping, 0 bytes"]);
        check(b"\xc1\x03abc", &[500], &["< text, compressed, 3 bytes, inflated 500"]);
        check(b"\xc1\x03abc", &[], &["< text, compressed, 3 bytes"]);
        check(b"\x8b\x00\xf3\x00", &[], &["< 0xb, 0 bytes", "< 0x3, compressed, 0 bytes"]);
    }

    #[test]
    fn a_message_in_fragments_has_its_size_at_its_end() {
        let bytes = b"\x42\x01a\x89\x00\x00\x01b\x80\x01c\x82\x00";
        check(
            bytes,
            &[700, 0],
            &[
                "< binary, compressed, 1 bytes, to be continued",
                "< ping, 0 bytes",
                "< continuation, 1 bytes, to be continued",
                "< continuation, 1 bytes, inflated 700",
                "< binary, 0 bytes",
            ],
        );
    }

    #[test]
    fn what_was_lost_with_a_connection_is_no_part_of_the_next() {
        let mut trace = Trace::new(Log::default());
        (1..=3).for_each(|len| trace.sends(len));
        trace.loses_all_but(1);
        assert_eq!(trace.sent, [3]);
        trace.loses_all_but(5);
        assert_eq!(trace.sent, [3]);
    }
}
