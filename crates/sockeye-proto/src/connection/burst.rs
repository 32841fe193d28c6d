//! Messages that were encoded for many leave together.

use std::io::IoSlice;

use super::{Connection, Role, send::Sending};
use crate::{Burst, Prepared, SendError, assembly::Encoding, burst::Form};

/// What waits behind a message that is being sent in parts, since no other may begin inside it (RFC 6455 5.4).
#[derive(Debug, Default)]
pub(super) struct Held {
    messages: Vec<Prepared>,
    bytes: usize,
}

impl Connection {
    /// Sends messages that were encoded for many and writes at once, as far as `write` takes them: it is given slices
    /// for one vectored write, and tells how many bytes were taken. What was not taken waits in the output.
    ///
    /// Tells how many of the messages were taken, the first ones: fewer than all when the output is full or the
    /// connection is closing. Those are judged one after the other, as by [`send_prepared`](Self::send_prepared) with
    /// a write after each. Inside a message in parts they wait for its end, within the same bound. The draft of 2010
    /// goes without binary ones.
    ///
    /// `write` is called at most once, and not when something waits already: whoever wants to write first does so
    /// before. A transport's error is its caller's to keep. After a panic in `write` the connection can only be
    /// dropped.
    pub fn send_burst(
        &mut self,
        burst: &mut Burst,
        write: impl FnOnce(&[IoSlice<'_>]) -> usize,
    ) -> usize {
        if !self.is_open() {
            return 0;
        }
        if let Sending::Parts(under_way) = &mut self.sending {
            let room = self.config.limits.max_output_bytes.saturating_sub(self.output.len());
            return under_way.held.take(burst.messages(), room);
        }
        let as_it_is = self.role == Role::Server && self.dialect.draft().is_none();
        if !as_it_is || !self.output.is_empty() {
            return self.queue_burst(burst);
        }
        let (form, level) = (self.form(), self.config.deflate.level);
        let (messages, layout) = burst.lay_out(form, level);
        let limit = self.config.limits.max_output_bytes;
        let taken = self.output.offer_burst(layout, limit, write);
        if let Some(deflate) = self.dialect.deflate_mut() {
            // The peer's window takes these in, so ours must, too.
            let sent = messages.iter().zip(layout.encodings()).take(taken);
            sent.filter(|(_, encoding)| *encoding == Encoding::Compressed)
                .for_each(|(message, _)| deflate.sending.adopt(message.as_bytes()));
        }
        taken
    }

    fn queue_burst(&mut self, burst: &Burst) -> usize {
        let refused = burst.messages().iter().position(|message| {
            !matches!(self.send_prepared(message), Ok(()) | Err(SendError::NotInHixie76))
        });
        refused.unwrap_or(burst.messages().len())
    }

    /// What encoded messages look like on this connection.
    pub(super) fn form(&self) -> Form {
        match self.dialect.deflate() {
            None => Form::Plain,
            Some(deflate) => Form::Compressed {
                bits: deflate.sending.bits(),
                from_bytes: self.config.deflate.threshold_bytes,
            },
        }
    }

    /// Queues what had to wait for its end.
    pub(super) fn queue_held(&mut self, held: Held) {
        for message in held.messages {
            self.queue_prepared(&message);
        }
    }
}

impl Held {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes messages as long as there is room, and one in any case; tells how many.
    fn take(&mut self, messages: &[Prepared], room: usize) -> usize {
        let mut taken = 0;
        for message in messages {
            let bytes = message.as_bytes().len() + size_of::<Prepared>();
            if self.bytes > 0 && self.bytes + bytes > room {
                break;
            }
            self.bytes += bytes;
            self.messages.push(message.clone());
            taken += 1;
        }
        taken
    }
}
