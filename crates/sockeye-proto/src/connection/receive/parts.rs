//! Messages that are handed over in parts, as they arrive.

use bytes::Bytes;

use super::{Connection, Stage, Step};
use crate::{
    assembly::{Encoding, Handover},
    deflate::{Broken, Left},
    error::{Fault, Limit, LimitExceeded, Violation},
    event::{Data, Delivery, Event, Part},
    input::Input,
};

/// How much of a compressed payload is set aside at once while it is inflated in parts.
const COMPRESSED_STEP_BYTES: usize = 4 * 1024;

impl Connection {
    /// How messages are handed over from the next one on.
    pub fn set_delivery(&mut self, delivery: Delivery) {
        self.delivery = delivery;
    }

    /// Hands the message under way over in parts, also when it began whole: what came so far is the first part.
    pub fn deliver_in_parts(&mut self) {
        if let Some(message) = &mut self.receiving.message {
            message.handover = Handover::Parts;
        }
    }

    /// The next bytes of a message that is handed over in parts.
    pub(super) fn handle_part<'a>(&mut self, input: &mut Input<'a>) -> Result<Step<'a>, Fault> {
        let receiving = &mut self.receiving;
        let (Stage::Payload, Some(message)) = (&receiving.stage, &mut receiving.message) else {
            return Ok(Step::Hungry);
        };
        if message.encoding == Encoding::Compressed {
            return self.handle_compressed_part(input);
        }
        let kind = message.kind;
        if !message.received().is_empty() {
            let data = Data::Owned(message.drain());
            return Ok(Step::Event(Event::Part(Part { kind, data, last: false })));
        }
        let piece = message.frame.take(input);
        if let Some(mask) = &mut message.frame.mask {
            mask.apply(piece);
        }
        message.pass(piece)?;
        let ended = message.frame.left == 0;
        let last = ended && message.frame.fin;
        if last {
            message.finish()?;
            receiving.message = None;
        }
        if ended {
            receiving.stage = Stage::default();
        }
        match (piece.is_empty(), last) {
            (true, false) if ended => Ok(Step::More),
            (true, false) => Ok(Step::Hungry),
            _ => Ok(Step::Event(Event::Part(Part { kind, data: Data::Lent(piece), last }))),
        }
    }

    /// The same for a compressed message: inflated in bounded steps, each of which is a part.
    fn handle_compressed_part<'a>(&mut self, input: &mut Input<'a>) -> Result<Step<'a>, Fault> {
        let receiving = &mut self.receiving;
        let (Stage::Payload, Some(message), Some(deflate)) =
            (&receiving.stage, &mut receiving.message, self.dialect.deflate_mut())
        else {
            return Ok(Step::Hungry);
        };
        let (kind, limit) = (message.kind, self.config.limits.max_streamed_bytes);
        let (data, step) = deflate
            .receiving
            .piece(message.received(), limit)
            .map_err(|broken| inflating(broken, Limit::StreamedBytes, limit))?;
        message.consume(step.consumed);
        message.pass(&data)?;
        if !data.is_empty() {
            let data = Data::Owned(data);
            return Ok(Step::Event(Event::Part(Part { kind, data, last: false })));
        }
        if step.left == Left::More {
            return Ok(Step::More);
        }
        if message.frame.left > 0 {
            let piece = message.frame.take_most(input, COMPRESSED_STEP_BYTES);
            if piece.is_empty() {
                return Ok(Step::Hungry);
            }
            message.push_step(piece)?;
            return Ok(Step::More);
        }
        let fin = message.frame.fin;
        receiving.stage = Stage::default();
        let Some(message) = receiving.message.take_if(|_| fin) else { return Ok(Step::More) };
        deflate
            .receiving
            .finish()
            .map_err(|broken| inflating(broken, Limit::StreamedBytes, limit))?;
        message.finish()?;
        let data = Data::Owned(Bytes::new());
        Ok(Step::Event(Event::Part(Part { kind, data, last: true })))
    }
}

/// What was wrong with a compressed message.
pub(super) fn inflating(broken: Broken, limit: Limit, allowed: u64) -> Fault {
    match broken {
        Broken::Invalid => Violation::InvalidDeflate.into(),
        Broken::OverLimit { got } => LimitExceeded { limit, allowed, got }.into(),
    }
}
