//! `Cycle`: the messages that are sent over and over, as the core puts them on the wire.
//!
//! Masked, and compressed where that was agreed on, before the run: sending costs a copy into the kernel and no more. A
//! compressed frame refers to nothing before it, so it may stand anywhere. What comes back is compared with what was
//! sent.

use std::{io::IoSlice, sync::Arc, time::Instant};

use sockeye::{Config, DeflateParams, Kind, MessageRef, Prepared};
use sockeye_proto::Connection;

use super::{socket::Piece, trouble::Trouble};

/// A piece of a message up to this size is compared byte by byte, of a longer one half as much at both ends: the client
/// needs its time for receiving.
const COMPARED_BYTES: usize = 4 * 1024;

/// Messages, and the frames that they make.
#[derive(Debug)]
pub(super) struct Cycle {
    kind: Kind,
    messages: Vec<Vec<u8>>,
    wire: Vec<u8>,
    /// Where each frame ends in `wire`.
    ends: Vec<usize>,
}

impl Cycle {
    /// At least one message; all of them can be sent on any connection that agreed on the same.
    pub(super) fn new(
        kind: Kind,
        messages: Vec<Vec<u8>>,
        deflate: Option<DeflateParams>,
        config: &Arc<Config>,
        seed: [u8; 32],
    ) -> Self {
        assert!(!messages.is_empty(), "a cycle has a message");
        let mut core = Connection::client(config.clone(), deflate, seed, Instant::now());
        let (mut wire, mut ends) = (Vec::new(), Vec::with_capacity(messages.len()));
        for message in &messages {
            core.send_prepared(&Prepared::new(view(kind, message)))
                .expect("an open connection with an empty output takes a message");
            drain(&mut core, &mut wire);
            ends.push(wire.len());
        }
        Self { kind, messages, wire, ends }
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    /// The message of this number, counted over all rounds.
    pub(super) fn message(&self, number: u64) -> MessageRef<'_> {
        view(self.kind, self.payload(number))
    }

    fn payload(&self, number: u64) -> &[u8] {
        let place = (number % self.messages.len() as u64) as usize;
        self.messages.get(place).map(Vec::as_slice).expect("a remainder is below the length")
    }

    /// The frames from this number on, `most` or up to the end of the round, and how many they are.
    pub(super) fn frames(&self, number: u64, most: u64) -> (&[u8], u64) {
        let first = (number % self.len() as u64) as usize;
        let last = first.saturating_add(most as usize).min(self.len());
        let start = first.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = last.checked_sub(1).and_then(|last| self.ends.get(last)).copied();
        let range = start.unwrap_or(0)..end.unwrap_or(0);
        (self.wire.get(range).unwrap_or_default(), (last - first) as u64)
    }
}

/// Compares what comes back with what was sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Check {
    /// Messages that came back whole.
    pub(super) whole: u64,
    /// Bytes of the next one that came back.
    at: usize,
}

impl Check {
    /// Takes a piece of a message.
    pub(super) fn take(&mut self, cycle: &Cycle, piece: Piece<'_>) -> Result<(), Trouble> {
        let (last, piece) = (piece.is_last(), piece.bytes());
        let message = cycle.payload(self.whole);
        let end = self.at + piece.len();
        let changed = |_| Trouble::Changed { expected: message.len(), got: end };
        let expected = message.get(self.at..end).ok_or(()).map_err(changed)?;
        if !is_same(expected, piece) || (last && end != message.len()) {
            return Err(changed(()));
        }
        self.at = end;
        if last {
            self.whole += 1;
            self.at = 0;
        }
        Ok(())
    }
}

fn is_same(expected: &[u8], got: &[u8]) -> bool {
    let len = expected.len();
    if len <= COMPARED_BYTES {
        return expected == got;
    }
    let end = len - COMPARED_BYTES / 2;
    expected.get(..COMPARED_BYTES / 2) == got.get(..COMPARED_BYTES / 2)
        && expected.get(end..) == got.get(end..)
}

/// Text that is none would have been made by us.
fn view(kind: Kind, payload: &[u8]) -> MessageRef<'_> {
    match kind {
        Kind::Text => {
            MessageRef::Text(std::str::from_utf8(payload).expect("text is made as UTF-8"))
        }
        Kind::Binary => MessageRef::Binary(payload),
    }
}

fn drain(core: &mut Connection, wire: &mut Vec<u8>) {
    while core.queued() > 0 {
        let mut slices = [IoSlice::new(&[]); 4];
        let filled = core.poll_output(&mut slices);
        let before = wire.len();
        slices.iter().take(filled).for_each(|slice| wire.extend_from_slice(slice));
        core.handle_written(wire.len() - before);
    }
}

#[cfg(test)]
mod tests;
