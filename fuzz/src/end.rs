//! `End`: one end of a connection as a target drives it, and what came out of it.

use std::{io::IoSlice, time::Instant};

use sockeye_proto::{CloseFrame, Closed, Connection, Event, Input, Kind, Message};

use crate::script::pieces;

/// An event that owns what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Message(Message),
    Start,
    Part { kind: Kind, data: Vec<u8>, last: bool },
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(CloseFrame),
}

impl From<Event<'_>> for Seen {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Message(message) => Self::Message(message.into_owned()),
            Event::Start(_) => Self::Start,
            Event::Part(part) => {
                Self::Part { kind: part.kind, data: part.data.to_vec(), last: part.last }
            }
            Event::Ping(payload) => Self::Ping(payload.into_owned()),
            Event::Pong(payload) => Self::Pong(payload.into_owned()),
            Event::Close(frame) => Self::Close(frame),
            other => panic!("expected an event that the targets know, got {other:?}"),
        }
    }
}

/// A connection at one moment.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) connection: Connection,
    pub(crate) now: Instant,
    pub(crate) seen: Vec<Seen>,
}

/// What a connection made of an input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) seen: Vec<Seen>,
    pub(crate) closed: Option<Closed>,
    pub(crate) written: Vec<u8>,
}

impl End {
    pub(crate) fn new(connection: Connection, now: Instant) -> Self {
        Self { connection, now, seen: Vec::new() }
    }

    /// Feeds bytes in the pieces that `cuts` make of them.
    pub(crate) fn feed(&mut self, bytes: &[u8], cuts: &[u8]) {
        let mut room = Vec::new();
        for piece in pieces(bytes, cuts) {
            room.clear();
            room.extend_from_slice(piece);
            let mut input = Input::new(&mut room, self.now);
            while let Some(event) = self.connection.handle_input(&mut input) {
                self.seen.push(event.into());
            }
            assert!(input.is_empty(), "an input is worked through to its end");
        }
    }

    /// Takes everything that waits to be written.
    pub(crate) fn written(&mut self) -> Vec<u8> {
        let mut written = Vec::new();
        while self.connection.queued() > 0 {
            let len = self.write(usize::MAX, &mut written);
            assert!(len > 0, "what is queued can be polled");
        }
        written
    }

    /// Moves up to `most` bytes of the output to `wire`, and tells how many.
    pub(crate) fn write(&mut self, most: usize, wire: &mut Vec<u8>) -> usize {
        let mut slices = [IoSlice::new(&[]); 4];
        let filled = self.connection.poll_output(&mut slices);
        let before = wire.len();
        for slice in slices.iter().take(filled) {
            assert!(!slice.is_empty(), "no slice without a byte");
            let left = most - (wire.len() - before);
            wire.extend_from_slice(slice.get(..left).unwrap_or(slice));
        }
        let written = wire.len() - before;
        assert!(written <= self.connection.queued(), "no more is polled than is queued");
        self.connection.handle_written(written);
        written
    }

    /// What became of it, and that an ending is one.
    pub(crate) fn outcome(mut self) -> Outcome {
        let (seen, written) = (std::mem::take(&mut self.seen), self.written());
        let closed = self.connection.closed().cloned();
        if closed.is_some() {
            self.feed(b"\x81\x85nothing more", &[]);
            assert_eq!(self.seen, [], "nothing comes after an ending");
        }
        self.connection.handle_eof();
        assert!(self.connection.is_done() && self.connection.queued() == 0);
        let last = self.connection.closed();
        assert_eq!(last, Some(closed.as_ref().unwrap_or(&Closed::Lost)), "an ending is for good");
        Outcome { seen, closed, written }
    }
}
