//! `Side`: one end of the pair, what it said and what it heard.

use std::time::Instant;

use sockeye_proto::{
    Burst, CloseCode, CloseFrame, Closed, Connection, Delivery, Input, Kind, Outgoing, Prepared,
    SendError, Unsent,
};

use super::MAX_OUTPUT_BYTES;
use crate::{
    end::{End, Seen},
    messages::Whole,
    script::Script,
};

/// The first byte of the pings that a script sends; those of the heartbeat have four bytes of a number.
pub(super) const PING: u8 = b'p';

/// Words that a message may say over and over, of characters of each width.
const WORDS: [&str; 6] = ["", "a", "{\"id\":", "κόσμε", "😀", "\u{10ffff}0"];

/// Enough for each way that a payload is stored and sent, and no more than a script takes long with.
const MAX_MESSAGE_BYTES: usize = 20 << 10;

/// What may wait beside the data that the limit counts: control frames, headers, a Close.
const MAX_OVERHEAD_BYTES: usize = 4 << 10;

/// Whether, and how, this side said goodbye while the connection was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goodbye {
    Unsaid,
    AfterAll,
    AtOnce,
}

#[derive(Debug)]
pub(super) struct Side {
    end: End,
    /// What was written and has not arrived.
    wire: Vec<u8>,
    sent: Vec<Whole>,
    /// The message in parts under way, as far as it was taken.
    parts: Option<Whole>,
    /// The one that was given up.
    abandoned: Option<Whole>,
    pings: Vec<Vec<u8>>,
    goodbye: Goodbye,
    closed: Option<Closed>,
    paused: bool,
    /// Nothing comes from the transport any more.
    ended: bool,
    /// Numbers what is sent, so that no message is like another.
    number: u32,
    /// What large messages may still take of the time.
    budget_bytes: usize,
}

impl Side {
    pub(super) fn new(connection: Connection, now: Instant) -> Self {
        Self {
            end: End::new(connection, now),
            wire: Vec::new(),
            sent: Vec::new(),
            parts: None,
            abandoned: None,
            pings: Vec::new(),
            goodbye: Goodbye::Unsaid,
            closed: None,
            paused: false,
            ended: false,
            number: 0,
            budget_bytes: 6 * MAX_MESSAGE_BYTES,
        }
    }

    pub(super) fn send(&mut self, script: &mut Script<'_>) {
        let how = script.byte() % 9;
        let text = self.content(script);
        let queued = self.end.connection.queued();
        let connection = &mut self.end.connection;
        let text_or_bytes = if how & 1 == 0 { Kind::Text } else { Kind::Binary };
        let refused = |unsent: Unsent<'_>| unsent.reason;
        let result = match how {
            0 => connection.send(&text).map_err(refused),
            1 => connection.send(text.as_bytes()).map_err(refused),
            2 => connection.send(text.clone()).map_err(refused),
            3 => connection.send(text.clone().into_bytes()).map_err(refused),
            4 => connection.send(Outgoing::from(&text).uncompressed()).map_err(refused),
            5 => connection.send_prepared(&Prepared::new(text.as_bytes())),
            6 => connection.send_prepared(&Prepared::new(&text)),
            8 => connection.may_send(text.len()).map(|()| {
                let mut burst = Burst::new(vec![Prepared::new(&text)]);
                assert_eq!(connection.send_burst(&mut burst, |_| 0), 1, "there is room");
            }),
            _ => {
                let message = Outgoing::from(text.clone().into_bytes()).uncompressed();
                connection.send_prepared(&Prepared::new(message))
            }
        };
        let len = text.len();
        match result {
            Ok(()) => self.sent.push((text_or_bytes, text.into_bytes())),
            Err(reason) => self.refused(reason, len, queued),
        }
    }

    /// One step of a message in parts.
    pub(super) fn send_parts(&mut self, script: &mut Script<'_>) {
        let (what, part) = (script.byte(), self.content(script));
        let (queued, connection) = (self.end.connection.queued(), &mut self.end.connection);
        let Some((kind, mut payload)) = self.parts.take() else {
            let kind = if what & 1 == 0 { Kind::Text } else { Kind::Binary };
            let begun = match what & 2 {
                0 => connection.begin_parts(kind),
                _ => connection.begin_uncompressed_parts(kind),
            };
            return match begun {
                Ok(()) => self.parts = Some((kind, Vec::new())),
                Err(reason) => self.refused(reason, 0, queued),
            };
        };
        let last = what & 0x30 == 0x30;
        let taken = if last {
            connection.finish_parts(part.as_bytes())
        } else {
            connection.send_part(part.as_bytes())
        };
        if taken.is_ok() {
            payload.extend_from_slice(part.as_bytes());
        }
        match (taken, last) {
            (Ok(()), true) => self.sent.push((kind, payload)),
            (Ok(()), false) => self.parts = Some((kind, payload)),
            (Err(reason), _) => {
                self.parts = Some((kind, payload));
                self.refused(reason, part.len(), queued);
            }
        }
    }

    /// The caller is told the truth, and nothing was queued.
    fn refused(&self, reason: SendError, len: usize, queued: usize) {
        let connection = &self.end.connection;
        assert_eq!(connection.queued(), queued);
        match reason {
            SendError::Closing => assert!(!connection.is_open()),
            SendError::InsideParts => assert!(self.parts.is_some()),
            SendError::Full { .. } => assert!(queued > 0 && queued + len > MAX_OUTPUT_BYTES),
            other => panic!("expected a reason that holds here, got {other}"),
        }
    }

    pub(super) fn ping(&mut self) {
        self.number += 1;
        let payload = [[PING].as_slice(), &self.number.to_be_bytes()].concat();
        if self.end.connection.ping(&payload).is_ok() {
            self.pings.push(payload);
        }
    }

    pub(super) fn close(&mut self, goodbye: Goodbye, script: &mut Script<'_>) {
        let frame = match CloseCode::new(1000 + u16::from(script.byte() % 16)) {
            Some(code) => CloseFrame::new(code, WORDS.concat()),
            None => CloseFrame::EMPTY,
        };
        // A hasty one still overtakes what waits before a patient one.
        if self.is_open() || (goodbye == Goodbye::AtOnce && self.closed().is_none()) {
            self.goodbye = goodbye;
        }
        match goodbye {
            Goodbye::AtOnce => self.end.connection.close_now(frame, self.end.now),
            _ => self.end.connection.close(frame, self.end.now),
        }
        assert!(!self.is_open());
    }

    pub(super) fn abandon_parts(&mut self) {
        if let Some(parts) = self.parts.take() {
            self.abandoned = Some(parts);
        }
        self.end.connection.abandon_parts(self.end.now);
    }

    /// Writes up to `most` bytes, which may be none.
    pub(super) fn write(&mut self, most: usize) -> usize {
        self.end.write(most, &mut self.wire)
    }

    /// Lets `to` read up to `most` of what was written; `patience` is how many events it takes before it looks away.
    /// Tells whether it saw them all.
    pub(super) fn deliver(&mut self, to: &mut Self, most: usize, patience: u8) -> bool {
        if to.ended {
            self.wire.clear();
            return true;
        }
        if to.paused {
            return false;
        }
        let mut piece: Vec<u8> = self.wire.drain(..most.min(self.wire.len())).collect();
        let mut input = Input::new(&mut piece, to.end.now);
        for _ in 0..=patience {
            let Some(event) = to.end.connection.handle_input(&mut input) else { return true };
            to.end.seen.push(event.into());
        }
        self.wire.splice(..0, input.remaining().iter().copied());
        false
    }

    /// Writes all, lets `to` read all, and ends the transport when it is time; tells whether anything happened.
    pub(super) fn exchange(&mut self, to: &mut Self) -> bool {
        let mut moved = false;
        while self.queued() > 0 {
            moved |= self.write(usize::MAX) > 0;
        }
        moved |= !self.wire.is_empty();
        while !self.deliver(to, usize::MAX, u8::MAX) {}
        if self.end.connection.poll_shutdown() && !to.ended {
            to.handle_eof();
            moved = true;
        }
        moved
    }

    pub(super) fn pass(&mut self, now: Instant) {
        self.end.now = now;
        self.end.connection.handle_timeout(now);
    }

    pub(super) fn lose(&mut self) {
        self.wire.clear();
        self.handle_eof();
    }

    fn handle_eof(&mut self) {
        self.ended = true;
        self.end.connection.handle_eof();
        assert!(self.is_done() || (self.closed().is_some() && self.queued() > 0));
    }

    pub(super) fn toggle_pause(&mut self) {
        if self.paused {
            return self.resume();
        }
        self.paused = true;
        self.end.connection.pause();
    }

    pub(super) fn resume(&mut self) {
        self.paused = false;
        self.end.connection.resume(self.end.now);
    }

    pub(super) fn set_delivery(&mut self, delivery: Delivery) {
        self.end.connection.set_delivery(delivery);
    }

    /// What holds after every step.
    pub(super) fn judge(&mut self) {
        let closed = self.end.connection.closed();
        if self.closed.is_some() {
            assert_eq!(closed, self.closed.as_ref(), "an ending is for good");
        }
        let fault = matches!(closed, Some(Closed::Violation(_) | Closed::Limit(_)));
        assert!(!fault, "expected two ends of ours to get along, got {closed:?}");
        self.closed = closed.cloned();
        let most = MAX_OUTPUT_BYTES + MAX_MESSAGE_BYTES + MAX_OVERHEAD_BYTES;
        assert!(self.queued() <= most, "the output is bounded");
    }

    pub(super) fn is_open(&self) -> bool {
        self.end.connection.is_open()
    }

    pub(super) fn is_done(&self) -> bool {
        self.end.connection.is_done()
    }

    pub(super) fn closed(&self) -> Option<&Closed> {
        self.end.connection.closed()
    }

    pub(super) fn queued(&self) -> usize {
        self.end.connection.queued()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.end.connection.poll_timeout()
    }

    pub(super) fn seen(&self) -> &[Seen] {
        &self.end.seen
    }

    pub(super) fn sent(&self) -> &[Whole] {
        &self.sent
    }

    pub(super) fn parts(&self) -> Option<&Whole> {
        self.parts.as_ref().or(self.abandoned.as_ref())
    }

    pub(super) fn pings(&self) -> &[Vec<u8>] {
        &self.pings
    }

    pub(super) fn goodbye(&self) -> Goodbye {
        self.goodbye
    }

    /// A text that was not sent before.
    fn content(&mut self, script: &mut Script<'_>) -> String {
        self.number += 1;
        let (word, size) = (script.pick(&WORDS), usize::from(script.byte()));
        let wanted = if size < 0xf0 { size } else { (size - 0xef) * (MAX_MESSAGE_BYTES / 17) };
        let wanted = wanted.min(self.budget_bytes);
        self.budget_bytes -= wanted;
        let mut text = if size == 0 { String::new() } else { format!("{} ", self.number) };
        text.push_str(&word.repeat(wanted / word.len().max(1)));
        text
    }
}
