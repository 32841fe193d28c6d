//! The way in: bytes become frames, frames become messages.
//!
//! Resumable at every byte. A partial header is kept inline; a partial payload stands in the message's own buffer.

mod direct;
mod parts;
mod whole;

use std::{borrow::Cow, mem, time::Instant};

use super::{Connection, Role};
use crate::{
    Incoming, Kind, Timing,
    assembly::{Assembly, Encoding, Frame, Handover},
    error::{Fault, Violation},
    event::{Delivery, Event, Start},
    frame::{Header, MAX_HEADER_BYTES, Opcode, Parsed},
    input::Input,
    mask::Mask,
};

/// Where the receiving half stands.
#[derive(Debug, Default)]
pub(super) struct Receiving {
    stage: Stage,
    /// The message under way, if one is.
    message: Option<Box<Assembly>>,
}

/// ```text
///            control            payload complete
///   Header ----------> Control ------------------> Header
///     |   data              judged             payload complete
///     '---------> Announced -----> Payload ---------------------> Header
/// ```
#[derive(Debug)]
enum Stage {
    /// The next header, as far as it came.
    Header { bytes: [u8; MAX_HEADER_BYTES], len: u8 },
    /// A data frame whose header came and whose size was not judged yet: the caller may still choose parts.
    Announced,
    /// The payload of a data frame.
    Payload,
    /// The payload of a control frame that is cut by the end of an input.
    Control(Box<Control>),
}

impl Default for Stage {
    fn default() -> Self {
        Self::Header { bytes: [0; MAX_HEADER_BYTES], len: 0 }
    }
}

#[derive(Debug)]
struct Control {
    opcode: Opcode,
    mask: Option<Mask>,
    len: usize,
    payload: Vec<u8>,
}

/// What a step through the input led to.
enum Step<'a> {
    Event(Event<'a>),
    /// The next step can be taken at once.
    More,
    /// The next step needs more input.
    Hungry,
}

impl Receiving {
    pub(super) fn release(&mut self) {
        self.stage = Stage::default();
        self.message = None;
    }

    /// Whether nothing can happen without further input.
    fn is_hungry(&self) -> bool {
        matches!(self.stage, Stage::Header { .. } | Stage::Control(_))
    }

    pub(super) fn deadline(&self, timing: &Timing) -> Option<Instant> {
        self.message.as_ref().and_then(|message| message.deadline(timing))
    }

    pub(super) fn resume(&mut self, now: Instant) {
        if let Some(message) = &mut self.message {
            message.resume(now);
        }
    }
}

impl Connection {
    /// Works through an input up to the next event; `None` when all of it was taken.
    ///
    /// Call it again for each further event. Whatever is left of the input when the caller stops earlier can be given
    /// again later, together with what came after it or alone.
    #[inline]
    pub fn handle_input<'a>(&mut self, input: &mut Input<'a>) -> Option<Event<'a>> {
        if let Some(frame) = self.take_whole(input)
            && let Some(message) = self.lend(frame, input.now())
        {
            return Some(Event::Message(Incoming::Lent(message)));
        }
        self.handle_rest(input)
    }

    /// The same for a caller that keeps what comes: each event owns its payload, in a buffer of exactly its size.
    ///
    /// Dearer than [`handle_input`](Self::handle_input) by an allocation, but cheaper than owning what that has lent: a
    /// message that came whole is unmasked while it is copied.
    ///
    /// ```
    /// use std::{sync::Arc, time::Instant};
    /// use sockeye_proto::{Config, Connection, Event, Incoming, Input, Message};
    ///
    /// let now = Instant::now();
    /// let mut server = Connection::server(Arc::new(Config::default()), None, now);
    /// let mut read = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    /// let event = server.handle_input_owned(&mut Input::new(&mut read, now));
    /// read.fill(0);
    /// assert_eq!(event, Some(Event::Message(Incoming::Owned(Message::from("Hello")))));
    /// ```
    pub fn handle_input_owned(&mut self, input: &mut Input<'_>) -> Option<Event<'static>> {
        if let Some(frame) = self.take_whole(input)
            && let Some(message) = self.own(frame, input.now())
        {
            return Some(Event::Message(Incoming::Owned(message)));
        }
        self.handle_rest(input).map(Event::into_owned)
    }

    /// Whatever does not begin with a whole message.
    #[inline]
    fn handle_rest<'a>(&mut self, input: &mut Input<'a>) -> Option<Event<'a>> {
        if self.dialect.draft().is_some() {
            return self.handle_draft(input);
        }
        if input.is_empty() && self.receiving.is_hungry() {
            return None;
        }
        self.handle_steps(input)
    }

    /// Works through an input step by step.
    #[inline(never)]
    fn handle_steps<'a>(&mut self, input: &mut Input<'a>) -> Option<Event<'a>> {
        if !input.is_empty() {
            self.heartbeat.heard(input.now());
        }
        while self.closing.reads() {
            match self.step(input) {
                Ok(Step::Event(event)) => return Some(event),
                Ok(Step::More) => {}
                Ok(Step::Hungry) => return None,
                Err(fault) => self.fail(fault, input.now()),
            }
        }
        input.discard();
        None
    }

    fn step<'a>(&mut self, input: &mut Input<'a>) -> Result<Step<'a>, Fault> {
        match &mut self.receiving.stage {
            Stage::Header { bytes, len } => match read_header(bytes, len, input)? {
                Some(header) => self.handle_header(&header, input),
                None => Ok(Step::Hungry),
            },
            Stage::Announced => {
                if let Some(message) = &mut self.receiving.message {
                    message.admit(&self.config.limits)?;
                }
                self.receiving.stage = Stage::Payload;
                Ok(Step::More)
            }
            Stage::Payload => self.handle_data(input),
            Stage::Control(control) => {
                if !control.read(input) {
                    return Ok(Step::Hungry);
                }
                let (opcode, payload) = (control.opcode, mem::take(&mut control.payload));
                self.receiving.stage = Stage::default();
                Ok(Step::Event(self.handle_control(opcode, Cow::Owned(payload), input.now())?))
            }
        }
    }

    fn handle_header<'a>(
        &mut self,
        header: &Header,
        input: &mut Input<'a>,
    ) -> Result<Step<'a>, Fault> {
        self.judge(header)?;
        if header.opcode.is_control() {
            return self.begin_control(header, input);
        }
        match usize::try_from(header.len) {
            Ok(len) if header.compressed && len <= input.len() && self.is_message(header) => {
                self.inflate_whole(header, len, input)
            }
            _ => Ok(self.begin_frame(header, input.now())),
        }
    }

    /// Whether a message that is a frame by itself can be handed over as it lies in the input.
    fn takes_whole(&self, header: &Header) -> bool {
        matches!(self.receiving.stage, Stage::Header { len: 0, .. })
            && !header.compressed
            && self.is_message(header)
    }

    /// Whether a frame is a message by itself that is handed over whole.
    fn is_message(&self, header: &Header) -> bool {
        self.receiving.message.is_none()
            && self.delivery == Delivery::Whole
            && header.fin
            && matches!(header.opcode, Opcode::Text | Opcode::Binary)
    }

    /// What makes a header wrong on this connection at this moment.
    #[inline]
    fn judge(&self, header: &Header) -> Result<(), Violation> {
        // RFC 6455 5.1: a client masks every frame, a server none.
        match (self.role, header.mask) {
            (Role::Server, None) => return Err(Violation::UnmaskedFrame),
            (Role::Client, Some(_)) => return Err(Violation::MaskedFrame),
            _ => {}
        }
        if header.compressed {
            self.judge_compressed(header.opcode)?;
        }
        // RFC 6455 5.4: fragments of one message follow each other, with nothing but control frames in between.
        match (header.opcode, &self.receiving.message) {
            (Opcode::Continuation, None) => Err(Violation::UnexpectedContinuation),
            (opcode @ (Opcode::Text | Opcode::Binary), Some(_)) => {
                Err(Violation::ExpectedContinuation { opcode })
            }
            _ => Ok(()),
        }
    }

    #[cold]
    fn judge_compressed(&self, opcode: Opcode) -> Result<(), Violation> {
        match (self.dialect.deflate(), opcode) {
            (None, _) => Err(Violation::ReservedBits { bits: 0b100 }),
            // RFC 7692 6: the bit belongs to the first frame of a data message and to no other.
            (Some(_), Opcode::Text | Opcode::Binary) => Ok(()),
            (Some(_), opcode) => Err(Violation::MisplacedCompressedBit { opcode }),
        }
    }

    fn begin_frame<'a>(&mut self, header: &Header, now: Instant) -> Step<'a> {
        let receiving = &mut self.receiving;
        receiving.stage = Stage::Announced;
        let frame = Frame { left: header.len, mask: header.mask, fin: header.fin };
        if let Some(message) = &mut receiving.message {
            message.frame = frame;
            return Step::More;
        }
        let kind = kind(header.opcode);
        let encoding = if header.compressed { Encoding::Compressed } else { Encoding::Plain };
        let handover = match self.delivery {
            Delivery::Whole | Delivery::Ask => Handover::Whole,
            Delivery::Parts => Handover::Parts,
        };
        receiving.message = Some(Box::new(Assembly::new(kind, encoding, handover, frame, now)));
        match self.delivery {
            Delivery::Whole | Delivery::Parts => Step::More,
            Delivery::Ask => {
                let (compressed, len, whole) = (header.compressed, header.len, header.fin);
                Step::Event(Event::Start(Start { kind, compressed, len, whole }))
            }
        }
    }

    fn begin_control<'a>(
        &mut self,
        header: &Header,
        input: &mut Input<'a>,
    ) -> Result<Step<'a>, Fault> {
        let now = input.now();
        self.flood.count(self.config.limits.max_control_frames_per_second, now)?;
        let len = usize::try_from(header.len).unwrap_or(usize::MAX);
        if len > input.len() {
            let (opcode, mask) = (header.opcode, header.mask);
            let control = Control { opcode, mask, len, payload: Vec::with_capacity(len) };
            self.receiving.stage = Stage::Control(Box::new(control));
            return Ok(Step::More);
        }
        let payload = input.take(len);
        if let Some(mut mask) = header.mask {
            mask.apply(payload);
        }
        Ok(Step::Event(self.handle_control(header.opcode, Cow::Borrowed(payload), now)?))
    }

    /// The next bytes of a data frame's payload.
    fn handle_data<'a>(&mut self, input: &mut Input<'a>) -> Result<Step<'a>, Fault> {
        let receiving = &mut self.receiving;
        let (Stage::Payload, Some(message)) = (&receiving.stage, &mut receiving.message) else {
            return Ok(Step::Hungry);
        };
        message.settle_direct()?;
        if message.handover == Handover::Parts {
            return self.handle_part(input);
        }
        let piece = message.frame.take(input);
        if piece.is_empty() && message.frame.left > 0 {
            return Ok(Step::Hungry);
        }
        message.push(piece)?;
        if message.frame.left > 0 {
            return Ok(Step::More);
        }
        let fin = message.frame.fin;
        receiving.stage = Stage::default();
        let Some(message) = receiving.message.take_if(|_| fin) else { return Ok(Step::More) };
        let message = match message.encoding {
            Encoding::Plain => message.into_message()?,
            // Inflated at its end: until then a slow peer holds no decoder, only what it has sent.
            Encoding::Compressed => self.inflate(message.kind, message.received())?,
        };
        Ok(Step::Event(Event::Message(Incoming::Owned(message))))
    }
}

/// The kind of a message, by the opcode of its first frame.
fn kind(opcode: Opcode) -> Kind {
    if opcode == Opcode::Text { Kind::Text } else { Kind::Binary }
}

impl Control {
    /// Takes what the input holds of the payload; tells whether it is complete.
    fn read(&mut self, input: &mut Input<'_>) -> bool {
        let piece = input.take(self.len - self.payload.len());
        if let Some(mask) = &mut self.mask {
            mask.apply(piece);
        }
        self.payload.extend_from_slice(piece);
        self.payload.len() == self.len
    }
}

/// Reads a header across inputs; a part of one is kept in `bytes`.
fn read_header(
    bytes: &mut [u8; MAX_HEADER_BYTES],
    len: &mut u8,
    input: &mut Input<'_>,
) -> Result<Option<Header>, Violation> {
    loop {
        let kept = bytes.get(..usize::from(*len)).unwrap_or_default();
        match Header::parse(kept)? {
            Parsed::Header(header, _) => {
                *len = 0;
                return Ok(Some(header));
            }
            Parsed::Unfinished(whole) => {
                let piece = input.take(whole - kept.len());
                for (slot, byte) in bytes.iter_mut().skip(usize::from(*len)).zip(piece.iter()) {
                    *slot = *byte;
                    *len += 1;
                }
                // What came is judged at once: a header that is wrong already ends the connection without its rest.
                if piece.is_empty() {
                    return Ok(None);
                }
            }
        }
    }
}
