//! The way out: messages become frames in the output.

use std::{io::IoSlice, mem, time::Instant};

use super::{Connection, burst::Held};
use crate::{
    Closed, Kind, Outgoing, Prepared, Role, SendError, Unsent,
    assembly::Encoding,
    deflate::{Ends, Outcome},
    frame::Opcode,
    outgoing::Payload,
    output::GATHER_BYTES,
    utf8::Validator,
};

/// Where the sending half stands.
#[derive(Debug)]
pub(super) enum Sending {
    /// The next frame begins a message.
    Whole,
    /// The next data frame goes on with a message in parts.
    Parts(Box<UnderWay>),
}

/// A message in parts. Boxed, since it is rare and would be most of what a connection is.
#[derive(Debug)]
pub(super) struct UnderWay {
    parts: Parts,
    pub(super) held: Held,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// What the next frame is: the message's kind, then continuations (RFC 6455 5.4).
    opcode: Opcode,
    encoding: Encoding,
    text: Option<Validator>,
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
    /// Gives the message back when the output is full, the connection is closing, or a message in parts is under way.
    /// An empty output takes one message of any size.
    #[inline]
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

    /// Sends a message and writes at once: `write` is given what waits and this message behind it, as slices for one
    /// vectored write, and tells how many bytes were taken. What was not taken waits in the output.
    ///
    /// A server's large borrowed payload is offered from where it is, and only what was not taken of it is copied;
    /// every other message is queued as [`send`](Self::send) does and then offered. So this is for large messages;
    /// small ones leave cheaper many at a time, by `send` and one write.
    ///
    /// `write` is called once, as if between [`poll_output`](Self::poll_output) and
    /// [`handle_written`](Self::handle_written): 0 says that the transport takes nothing. A transport's error is its
    /// caller's to keep. Not all that waits need be offered, and this message is not where too much waits before it.
    /// After a panic in `write` the connection can only be dropped.
    ///
    /// ```
    /// use std::{io::Write, sync::Arc, time::Instant};
    /// use sockeye_proto::{Config, Connection};
    ///
    /// let mut server = Connection::server(Arc::new(Config::default()), None, Instant::now());
    /// let mut transport = Vec::new();
    /// let payload = [7; 10_000];
    /// server.send_through(&payload, |slices| transport.write_vectored(slices).unwrap_or(0))?;
    /// assert_eq!((transport.len(), server.queued()), (4 + 10_000, 0));
    /// # Ok::<(), sockeye_proto::SendError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); `write` is not called then.
    pub fn send_through<'m>(
        &mut self,
        message: impl Into<Outgoing<'m>>,
        write: impl FnOnce(&[IoSlice<'_>]) -> usize,
    ) -> Result<(), Unsent<'m>> {
        let message = message.into();
        let Some(payload) = self.lent_payload(&message) else {
            self.send(message)?;
            self.output.offer(write);
            return Ok(());
        };
        if let Err(reason) = self.may_send(payload.len()) {
            return Err(Unsent { message, reason });
        }
        let header = self.header(message.kind.into(), payload.len());
        self.output.offer_frame(&header, payload, write);
        Ok(())
    }

    /// A borrowed payload that is worth writing from where it is: large, and neither masked nor compressed.
    fn lent_payload<'m>(&self, message: &Outgoing<'m>) -> Option<&'m [u8]> {
        let Payload::Borrowed(payload) = message.payload else { return None };
        let compressed = self.dialect.deflate().is_some()
            && message.compression.is_worth_it(payload, self.config.deflate.threshold_bytes);
        let as_it_is = self.role == Role::Server && self.dialect.draft().is_none() && !compressed;
        (as_it_is && payload.len() >= GATHER_BYTES).then_some(payload)
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
        if let Sending::Parts(..) = self.sending {
            return Err(SendError::InsideParts);
        }
        self.has_room(len)
    }

    /// Begins a message in parts: [`send_part`](Self::send_part) goes on with it,
    /// [`finish_parts`](Self::finish_parts) ends it.
    ///
    /// It travels compressed where that was agreed on.
    ///
    /// # Errors
    ///
    /// The connection is closing, or a message in parts is under way already.
    pub fn begin_parts(&mut self, kind: Kind) -> Result<(), SendError> {
        let encoding =
            if self.dialect.deflate().is_some() { Encoding::Compressed } else { Encoding::Plain };
        self.begin(kind, encoding)
    }

    /// Begins a message in parts that travels as it is; see [`Outgoing::uncompressed`].
    ///
    /// # Errors
    ///
    /// As [`begin_parts`](Self::begin_parts).
    pub fn begin_uncompressed_parts(&mut self, kind: Kind) -> Result<(), SendError> {
        self.begin(kind, Encoding::Plain)
    }

    fn begin(&mut self, kind: Kind, encoding: Encoding) -> Result<(), SendError> {
        self.may_send(0)?;
        if self.dialect.draft().is_some() {
            return Err(SendError::NotInHixie76);
        }
        let text = (kind == Kind::Text).then(Validator::default);
        let parts = Parts { opcode: kind.into(), encoding, text };
        self.sending = Sending::Parts(Box::new(UnderWay { parts, held: Held::default() }));
        Ok(())
    }

    /// Queues the next part of a message. An empty part is nothing.
    ///
    /// # Errors
    ///
    /// The output is full, the connection is closing, no message in parts was begun, or the text is not UTF-8.
    /// Nothing was queued then, and the message can go on.
    pub fn send_part(&mut self, part: &[u8]) -> Result<(), SendError> {
        let parts = self.check_part(part)?;
        if part.is_empty() {
            return Ok(());
        }
        self.queue_part(parts, part, Ends::Part);
        if let Sending::Parts(under_way) = &mut self.sending {
            under_way.parts = Parts { opcode: Opcode::Continuation, ..parts };
        }
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
        self.queue_part(parts, part, Ends::Message);
        if let Sending::Parts(under_way) = mem::replace(&mut self.sending, Sending::Whole) {
            self.queue_held(under_way.held);
        }
        Ok(())
    }

    /// Gives a message in parts up. Where some of it is queued already it cannot be taken back, so an open connection
    /// fails with 1011.
    ///
    /// Does nothing when no message in parts is under way.
    pub fn abandon_parts(&mut self, now: Instant) {
        let Sending::Parts(under_way) = mem::replace(&mut self.sending, Sending::Whole) else {
            return;
        };
        if !self.is_open() {
            return;
        }
        let UnderWay { parts, held } = *under_way;
        match parts.opcode {
            Opcode::Continuation => self.end(Closed::Abandoned, now),
            _ => self.queue_held(held),
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
        if self.dialect.deflate().is_some() && self.queue_compressed(&message) {
            return;
        }
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

    /// Queues a message compressed, if that is wanted and makes it smaller.
    fn queue_compressed(&mut self, message: &Outgoing<'_>) -> bool {
        let payload = message.as_bytes();
        let Some(deflate) = self.dialect.deflate_mut() else { return false };
        if !message.compression.is_worth_it(payload, self.config.deflate.threshold_bytes) {
            return false;
        }
        let mut compressed = room::take();
        let outcome = deflate.sending.message(payload, &mut compressed);
        if outcome == Outcome::Compressed {
            self.queue_frame(message.kind.into(), Encoding::Compressed, &compressed);
        }
        room::give(compressed);
        outcome == Outcome::Compressed
    }

    fn queue_frame(&mut self, opcode: Opcode, encoding: Encoding, payload: &[u8]) {
        let mut header = self.header(opcode, payload.len());
        header.compressed = encoding == Encoding::Compressed;
        self.output.frame(&header, payload);
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
        self.queue_prepared(message);
        Ok(())
    }

    pub(super) fn queue_prepared(&mut self, message: &Prepared) {
        let frame = message.frame(self.form(), self.config.deflate.level);
        if frame.encoding() == Encoding::Compressed
            && let Some(deflate) = self.dialect.deflate_mut()
        {
            // The peer's window takes the message in, so ours must, too.
            deflate.sending.adopt(message.as_bytes());
        }
        match self.role {
            Role::Server => self.output.encoded(frame.bytes()),
            // A client masks each copy with a key of its own, so only the payload is shared.
            Role::Client => {
                self.queue_frame(message.kind().into(), frame.encoding(), frame.payload());
            }
        }
    }

    /// What the message in parts would be after `part`.
    fn check_part(&self, part: &[u8]) -> Result<Parts, SendError> {
        let Sending::Parts(under_way) = &self.sending else {
            return Err(SendError::OutsideParts);
        };
        let mut parts = under_way.parts;
        if !self.is_open() {
            return Err(SendError::Closing);
        }
        // What is held leaves with the end of this message.
        self.has_room(part.len().saturating_add(under_way.held.bytes()))?;
        if let Some(validator) = &mut parts.text {
            validator.push(part).map_err(|_| SendError::TextNotUtf8)?;
        }
        Ok(parts)
    }

    fn queue_part(&mut self, parts: Parts, part: &[u8], ends: Ends) {
        let mut compressed = room::take();
        let payload = match (parts.encoding, self.dialect.deflate_mut()) {
            (Encoding::Compressed, Some(deflate)) => {
                deflate.sending.part(part, &mut compressed, ends);
                compressed.as_slice()
            }
            _ => part,
        };
        let mut header = self.header(parts.opcode, payload.len());
        header.fin = ends == Ends::Message;
        // RFC 7692 6.1: the first frame alone tells that the message is compressed.
        header.compressed =
            parts.encoding == Encoding::Compressed && parts.opcode != Opcode::Continuation;
        self.output.frame(&header, payload);
        room::give(compressed);
    }
}

/// One buffer per thread for what was just compressed and is copied behind its header at once.
mod room {
    use std::cell::Cell;

    /// What a thread keeps between messages.
    const MAX_BYTES: usize = 64 * 1024;

    thread_local! {
        static ROOM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }

    pub(super) fn take() -> Vec<u8> {
        ROOM.try_with(Cell::take).unwrap_or_default()
    }

    pub(super) fn give(mut room: Vec<u8>) {
        room.clear();
        room.shrink_to(MAX_BYTES);
        // Outside its thread's life the buffer is simply dropped.
        let _ = ROOM.try_with(|kept| kept.set(room));
    }
}
