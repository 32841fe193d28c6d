//! Control frames (RFC 6455 5.5): pings answered, pongs noted, goodbyes exchanged.

use std::{borrow::Cow, time::Instant};

use super::Connection;
use crate::{
    CloseFrame, SendError,
    error::Violation,
    event::Event,
    frame::{Header, MAX_CONTROL_BYTES, Opcode},
};

impl Connection {
    /// Sends a ping; it goes ahead of queued data. The pong comes as [`Event::Pong`].
    ///
    /// # Errors
    ///
    /// The payload is over 125 bytes, too many control frames wait, or the connection is closing.
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), SendError> {
        if !self.is_open() {
            return Err(SendError::Closing);
        }
        if payload.len() > MAX_CONTROL_BYTES {
            return Err(SendError::PingTooLong { len: payload.len() });
        }
        if self.dialect.draft().is_some() {
            return Err(SendError::NotInHixie76);
        }
        let header = self.header(Opcode::Ping, payload.len());
        if self.output.ping(&header, payload) {
            return Ok(());
        }
        Err(SendError::Full {
            queued: self.output.len(),
            limit: self.config.limits.max_output_bytes,
        })
    }

    /// Says goodbye. What was queued before goes out first; nothing can be sent after.
    ///
    /// Messages still come until the peer answers; then [`closed`](Self::closed) tells
    /// [`Closed::Clean`](crate::Closed::Clean). Does nothing when the connection is closing already.
    pub fn close(&mut self, frame: impl Into<CloseFrame>, now: Instant) {
        if self.is_open() {
            let frame = frame.into();
            self.queue_close(&frame);
            self.closing.send(frame, self.close_deadline(now));
        }
    }

    /// Says goodbye ahead of everything that has not begun to leave; that is forgotten. After a
    /// [`close`](Self::close) it lets that goodbye go ahead in the same way.
    ///
    /// On a connection of hixie-76, whose frames have no headers to tell them apart by, it is the same as `close`.
    pub fn close_now(&mut self, frame: impl Into<CloseFrame>, now: Instant) {
        let waited = self.closing.reads() && self.forget_waiting();
        // Our Close is the last frame there can be, so it was among what was forgotten.
        match self.closing.our_goodbye().cloned() {
            Some(goodbye) if waited => self.queue_close(&goodbye),
            _ => self.close(frame, now),
        }
    }

    /// A whole control frame came, its payload unmasked.
    pub(super) fn handle_control<'a>(
        &mut self,
        opcode: Opcode,
        payload: Cow<'a, [u8]>,
        now: Instant,
    ) -> Result<Event<'a>, Violation> {
        match opcode {
            Opcode::Close => {
                let frame = CloseFrame::parse(&payload)?;
                self.handle_close(frame.clone(), now);
                Ok(Event::Close(frame))
            }
            Opcode::Ping => {
                // RFC 6455 5.5.2: answered unless a Close came. After our own only data frames are forbidden (5.5.1).
                if self.closing.reads() {
                    let header = self.header(Opcode::Pong, payload.len());
                    self.output.pong(&header, &payload);
                }
                Ok(Event::Ping(payload))
            }
            _ => {
                // RFC 6455 5.5.3: a pong that nobody asked for is legal and means nothing.
                self.heartbeat.pong(&payload, now);
                Ok(Event::Pong(payload))
            }
        }
    }

    /// The peer said goodbye.
    pub(super) fn handle_close(&mut self, frame: CloseFrame, now: Instant) {
        if let Some(answer) = self.closing.receive(frame, self.close_deadline(now)) {
            self.answer_close(&answer);
        }
        self.release();
    }

    /// Queues a Close that the peer's doing brought about.
    pub(super) fn answer_close(&mut self, frame: &CloseFrame) {
        // It follows the data that is flowing, so that answers in the same breath arrive, but it is never stuck
        // behind data that the peer does not take.
        if self.output.is_stalled() {
            self.forget_waiting();
        }
        self.queue_close(frame);
    }

    /// A frame of the draft does not tell its length, so none of them can be told from its end: they all stay.
    fn forget_waiting(&mut self) -> bool {
        let forgot = self.dialect.draft().is_none() && self.output.cut();
        self.forgot |= forgot;
        forgot
    }

    pub(super) fn queue_ping(&mut self, payload: &[u8]) {
        let header = self.header(Opcode::Ping, payload.len());
        // A lane that is full of control frames is about to leave, or the peer takes nothing and the deadline will
        // tell.
        let _ = self.output.ping(&header, payload);
    }

    fn queue_close(&mut self, frame: &CloseFrame) {
        if let Some(draft) = self.dialect.draft() {
            return self.output.encoded(&draft.close());
        }
        let mut payload = Vec::new();
        frame.encode(&mut payload);
        let header = self.header(Opcode::Close, payload.len());
        self.output.frame(&header, &payload);
    }

    /// The header of a whole frame, with a fresh mask in the client's role (RFC 6455 5.3).
    #[inline]
    pub(super) fn header(&mut self, opcode: Opcode, len: usize) -> Header {
        let mask = self.masks.as_mut().map(|masks| masks.next());
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        Header { fin: true, compressed: false, opcode, mask, len }
    }
}
