//! The way out: messages become frames in the output.

use std::time::Instant;

use super::Connection;
use crate::{
    Closed, Kind, Outgoing, Prepared, SendError, Unsent, frame::Opcode, outgoing::Payload,
    output::GATHER_BYTES, utf8::Validator,
};

/// Where the sending half stands.
#[derive(Debug)]
pub(super) enum Sending {
    /// The next frame begins a message.
    Whole,
    /// The next data frame goes on with a message in parts.
    Parts(Parts),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// What the next frame is: the message's kind, then continuations (RFC 6455 5.4).
    opcode: Opcode,
    text: Option<Validator>,
}

/// Whether a part ends its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Inside,
    Last,
}

impl From<Kind> for Opcode {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text,
            Kind::Binary => Self::Binary,
        }
    }
}

impl Connection {
    /// Queues a message.
    ///
    /// # Errors
    ///
    /// Gives the message back when the output is full, the connection is closing, or a message in parts is under way. An
    /// empty output takes one message of any size.
    pub fn send<'m>(&mut self, message: impl Into<Outgoing<'m>>) -> Result<(), Unsent<'m>> {
        let message = message.into();
        if let Err(reason) = self.may_send(message.as_bytes().len()) {
            return Err(Unsent { message, reason });
        }
        if let Some(sent) = self.send_draft(message.kind, message.as_bytes()) {
            return sent.map_err(|reason| Unsent { message, reason });
        }
        self.queue_message(message);
        Ok(())
    }

    /// Whether a message of `len` bytes could be queued now.
    ///
    /// # Errors
    ///
    /// Tells why not.
    #[inline]
    pub fn may_send(&self, len: usize) -> Result<(), SendError> {
        if !self.is_open() {
            return Err(SendError::Closing);
        }
        if let Sending::Parts(_) = self.sending {
            return Err(SendError::InsideParts);
        }
        self.has_room(len)
    }

    /// Begins a message in parts: [`send_part`](Self::send_part) goes on with it, [`finish_parts`](Self::finish_parts) ends it.
    ///
    /// # Errors
    ///
    /// The connection is closing, or a message in parts is under way already.
    pub fn begin_parts(&mut self, kind: Kind) -> Result<(), SendError> {
        self.may_send(0)?;
        if self.draft.is_some() {
            return Err(SendError::NotInHixie76);
        }
        let text = (kind == Kind::Text).then(Validator::default);
        self.sending = Sending::Parts(Parts { opcode: kind.into(), text });
        Ok(())
    }

    /// Queues the next part of a message. An empty part is nothing.
    ///
    /// # Errors
    ///
    /// The output is full, the connection is closing, no message in parts was begun, or the text is not UTF-8. Nothing was
    /// queued then, and the message can go on.
    pub fn send_part(&mut self, part: &[u8]) -> Result<(), SendError> {
        let parts = self.check_part(part)?;
        if part.is_empty() {
            return Ok(());
        }
        self.queue_part(parts.opcode, part, Place::Inside);
        self.sending = Sending::Parts(Parts { opcode: Opcode::Continuation, ..parts });
        Ok(())
    }

    /// Queues the last part of a message, which may be empty.
    ///
    /// # Errors
    ///
    /// As [`send_part`](Self::send_part); also for text that ends inside a character.
    pub fn finish_parts(&mut self, part: &[u8]) -> Result<(), SendError> {
        let parts = self.check_part(part)?;
        if let Some(validator) = parts.text {
            validator.finish().map_err(|_| SendError::TextNotUtf8)?;
        }
        self.queue_part(parts.opcode, part, Place::Last);
        self.sending = Sending::Whole;
        Ok(())
    }

    /// Gives a message in parts up. There is no way to take a begun message back, so this fails the connection with 1011.
    ///
    /// Does nothing when no message in parts is under way.
    pub fn abandon_parts(&mut self, now: Instant) {
        if let Sending::Parts(_) = self.sending {
            self.sending = Sending::Whole;
            self.end(Closed::Abandoned, now);
        }
    }

    fn has_room(&self, len: usize) -> Result<(), SendError> {
        let (queued, limit) = (self.output.len(), self.config.limits.max_output_bytes);
        if queued > 0 && queued.saturating_add(len) > limit {
            return Err(SendError::Full { queued, limit });
        }
        Ok(())
    }

    #[inline]
    fn queue_message(&mut self, message: Outgoing<'_>) {
        let len = message.as_bytes().len();
        let header = self.header(message.kind.into(), len);
        match message.payload {
            Payload::Shared(bytes) if header.mask.is_none() && len >= GATHER_BYTES => {
                self.output.shared_frame(&header, bytes);
            }
            Payload::Shared(bytes) => self.output.frame(&header, &bytes),
            Payload::Borrowed(bytes) => self.output.frame(&header, bytes),
        }
    }

    /// Queues a message that was encoded for many.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_prepared(&mut self, message: &Prepared) -> Result<(), SendError> {
        self.may_send(message.as_bytes().len())?;
        if let Some(sent) = self.send_draft(message.kind(), message.as_bytes()) {
            return sent;
        }
        let header = self.header(message.kind().into(), message.as_bytes().len());
        match header.mask {
            None => self.output.encoded(message.frame()),
            // A client masks each copy with a key of its own, so only the payload is shared.
            Some(_) => self.output.frame(&header, message.as_bytes()),
        }
        Ok(())
    }

    /// What the message in parts would be after `part`.
    fn check_part(&self, part: &[u8]) -> Result<Parts, SendError> {
        let Sending::Parts(mut parts) = self.sending else { return Err(SendError::OutsideParts) };
        if !self.is_open() {
            return Err(SendError::Closing);
        }
        self.has_room(part.len())?;
        if let Some(validator) = &mut parts.text {
            validator.push(part).map_err(|_| SendError::TextNotUtf8)?;
        }
        Ok(parts)
    }

    fn queue_part(&mut self, opcode: Opcode, part: &[u8], place: Place) {
        let mut header = self.header(opcode, part.len());
        header.fin = place == Place::Last;
        self.output.frame(&header, part);
    }
}
