//! Messages that lie whole in the input: lent from there, copied out, or inflated, without a buffer of their own.

use std::time::Instant;

use bytes::Bytes;

use super::{Connection, Step, kind, parts::inflating};
use crate::{
    Incoming, Kind, LimitExceeded, Message, MessageRef, Text,
    assembly::{self, Encoding},
    error::{Fault, Limit, Violation},
    event::Event,
    frame::{Header, Parsed},
    input::Input,
    mask::Mask,
    utf8,
};

/// A message of one frame that came whole.
#[derive(Debug)]
pub(super) struct WholeFrame<'a> {
    kind: Kind,
    mask: Option<Mask>,
    payload: &'a mut [u8],
}

impl Connection {
    /// The message of one frame that lies in the input from its first to its last byte, as most do; still masked.
    ///
    /// Whatever else the input begins with, wrong or merely unfinished, is left to the rest.
    #[inline]
    pub(super) fn take_whole<'a>(&mut self, input: &mut Input<'a>) -> Option<WholeFrame<'a>> {
        if self.dialect.draft().is_some() {
            return None;
        }
        let Ok(Parsed::Header(header, used)) = Header::parse(input.remaining()) else {
            return None;
        };
        let len = usize::try_from(header.len).ok()?;
        if !self.takes_whole(&header)
            || len > input.len() - used
            || !self.closing.reads()
            || self.judge(&header).is_err()
            || self.admit(Encoding::Plain, header.len).is_err()
        {
            return None;
        }
        self.heartbeat.heard(input.now());
        input.take(used);
        let payload = input.take(len);
        Some(WholeFrame { kind: kind(header.opcode), mask: header.mask, payload })
    }

    /// A message of one frame.
    #[inline]
    fn admit(&self, encoding: Encoding, len: u64) -> Result<(), LimitExceeded> {
        assembly::admit_whole(encoding, len, len, &self.config.limits)
    }

    /// A whole message as it lies in the input.
    #[inline]
    pub(super) fn lend<'a>(
        &mut self,
        frame: WholeFrame<'a>,
        now: Instant,
    ) -> Option<MessageRef<'a>> {
        let WholeFrame { kind, mask, payload } = frame;
        if let Some(mut mask) = mask {
            mask.apply(payload);
        }
        match kind {
            Kind::Binary => Some(MessageRef::Binary(payload)),
            Kind::Text => match utf8::from_utf8(payload) {
                Ok(text) => Some(MessageRef::Text(text)),
                Err(_) => self.refuse_text(now),
            },
        }
    }

    /// A whole message in a buffer of its own, unmasked while it is copied there.
    #[inline]
    pub(super) fn own(&mut self, frame: WholeFrame<'_>, now: Instant) -> Option<Message> {
        let mut payload = Vec::with_capacity(frame.payload.len());
        match frame.mask {
            Some(mut mask) => mask.append(frame.payload, &mut payload),
            None => payload.extend_from_slice(frame.payload),
        }
        match frame.kind {
            Kind::Binary => Some(Message::Binary(payload.into())),
            Kind::Text => match Text::try_from(Bytes::from(payload)) {
                Ok(text) => Some(Message::Text(text)),
                Err(_) => self.refuse_text(now),
            },
        }
    }

    #[cold]
    fn refuse_text<T>(&mut self, now: Instant) -> Option<T> {
        self.fail(Violation::TextNotUtf8.into(), now);
        None
    }

    /// A compressed message of one frame that lies whole in the input: inflated from there.
    pub(super) fn inflate_whole<'a>(
        &mut self,
        header: &Header,
        len: usize,
        input: &mut Input<'a>,
    ) -> Result<Step<'a>, Fault> {
        self.admit(Encoding::Compressed, header.len)?;
        let payload = input.take(len);
        if let Some(mut mask) = header.mask {
            mask.apply(payload);
        }
        let message = self.inflate(kind(header.opcode), payload)?;
        Ok(Step::Event(Event::Message(Incoming::Owned(message))))
    }

    /// A whole compressed message (RFC 7692 7.2.2); bounded while it is inflated.
    pub(super) fn inflate(&mut self, kind: Kind, compressed: &[u8]) -> Result<Message, Fault> {
        let limit = self.config.limits.max_message_bytes;
        let deflate = self.dialect.deflate_mut().expect("RSV1 is refused where nothing was agreed");
        let payload = deflate.receiving.message(compressed, limit).map_err(|broken| {
            inflating(broken, Limit::InflatedBytes, u64::try_from(limit).unwrap_or(u64::MAX))
        })?;
        match kind {
            Kind::Text => {
                Ok(Message::Text(payload.try_into().map_err(|_| Violation::TextNotUtf8)?))
            }
            Kind::Binary => Ok(Message::Binary(payload)),
        }
    }
}
