//! The way in: bytes become frames, frames become messages.
//!
//! Resumable at every byte. A partial header is kept inline; a partial payload stands in the message's own buffer.

use std::{borrow::Cow, mem, time::Instant};

use bytes::{BufMut, Bytes};

use super::{Connection, Role};
use crate::{
    Incoming, Kind, Message, MessageRef, Text, Timing,
    assembly::{self, Assembly, Encoding, Handover},
    deflate::{Broken, Left},
    error::{Fault, Limit, LimitExceeded, Violation},
    event::{Data, Delivery, Event, Part, Start},
    frame::{Header, MAX_HEADER_BYTES, Opcode, Parsed},
    input::Input,
    mask::Mask,
    utf8,
};

/// Below this a frame's rest is not worth a read of its own.
const DIRECT_BYTES: u64 = 64 * 1024;

/// What must have come of a message first: a header alone gets no room.
const DIRECT_AFTER_BYTES: usize = 4 * 1024;

/// The least room that a read of its own gets.
const DIRECT_STEP_BYTES: usize = 128 * 1024;

/// How much of a compressed payload is set aside at once while it is inflated in parts.
const COMPRESSED_STEP_BYTES: usize = 4 * 1024;

/// Where the receiving half stands.
#[derive(Debug, Default)]
pub(super) struct Receiving {
    stage: Stage,
    /// The message under way, if one is.
    message: Option<Box<Assembly>>,
    delivery: Delivery,
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
    Announced(Frame),
    /// The payload of a data frame.
    Payload(Frame),
    /// The payload of a control frame that is cut by the end of an input.
    Control(Box<Control>),
}

impl Default for Stage {
    fn default() -> Self {
        Self::Header { bytes: [0; MAX_HEADER_BYTES], len: 0 }
    }
}

/// A message of one frame that came whole.
#[derive(Debug)]
struct WholeFrame<'a> {
    kind: Kind,
    mask: Option<Mask>,
    payload: &'a mut [u8],
}

/// What is left of a data frame.
#[derive(Clone, Copy, Debug)]
struct Frame {
    left: u64,
    mask: Option<Mask>,
    fin: bool,
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

    /// Whether a message that is a frame by itself can be handed over as it lies in the input.
    fn takes_whole(&self, header: &Header) -> bool {
        matches!(self.stage, Stage::Header { len: 0, .. })
            && !header.compressed
            && self.is_message(header)
    }

    /// Whether a frame is a message by itself that is handed over whole.
    fn is_message(&self, header: &Header) -> bool {
        self.message.is_none()
            && self.delivery == Delivery::Whole
            && header.fin
            && matches!(header.opcode, Opcode::Text | Opcode::Binary)
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

    /// The message of one frame that lies in the input from its first to its last byte, as most do; still masked.
    ///
    /// Whatever else the input begins with, wrong or merely unfinished, is left to the rest.
    #[inline]
    fn take_whole<'a>(&mut self, input: &mut Input<'a>) -> Option<WholeFrame<'a>> {
        if self.draft.is_some() {
            return None;
        }
        let Ok(Parsed::Header(header, used)) = Header::parse(input.remaining()) else {
            return None;
        };
        let len = usize::try_from(header.len).ok()?;
        if !self.receiving.takes_whole(&header)
            || len > input.len() - used
            || !self.closing.reads()
            || self.judge(&header).is_err()
            || assembly::admit_whole(header.len, header.len, &self.config.limits).is_err()
        {
            return None;
        }
        self.heartbeat.heard(input.now());
        input.take(used);
        let payload = input.take(len);
        Some(WholeFrame { kind: kind(header.opcode), mask: header.mask, payload })
    }

    /// A whole message as it lies in the input.
    #[inline]
    fn lend<'a>(&mut self, frame: WholeFrame<'a>, now: Instant) -> Option<MessageRef<'a>> {
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
    fn own(&mut self, frame: WholeFrame<'_>, now: Instant) -> Option<Message> {
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

    /// Whatever does not begin with a whole message.
    #[inline]
    fn handle_rest<'a>(&mut self, input: &mut Input<'a>) -> Option<Event<'a>> {
        if self.draft.is_some() {
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

    /// How messages are handed over from the next one on.
    pub fn set_delivery(&mut self, delivery: Delivery) {
        self.receiving.delivery = delivery;
    }

    /// Hands the message under way over in parts, also when it began whole: what came so far is the first part.
    pub fn deliver_in_parts(&mut self) {
        if let Some(message) = &mut self.receiving.message {
            message.handover = Handover::Parts;
        }
    }

    /// Where the rest of a large frame can be read to, without a copy; `None` where nothing is won by it.
    ///
    /// After reading, call [`handle_payload`](Self::handle_payload). The room grows by bytes received, not by what
    /// the frame claims.
    pub fn payload_buf(&mut self) -> Option<impl BufMut + '_> {
        let receiving = &mut self.receiving;
        let (Stage::Payload(frame), Some(message)) = (&receiving.stage, &mut receiving.message)
        else {
            return None;
        };
        // What was read and not told yet belongs to the frame, too.
        let unsettled = u64::try_from(message.unsettled()).unwrap_or(u64::MAX);
        let left = frame.left.saturating_sub(unsettled);
        let came = message.received().len();
        let whole = message.handover == Handover::Whole;
        if !whole || left < DIRECT_BYTES || came < DIRECT_AFTER_BYTES {
            return None;
        }
        let (buffer, room) = message.room(left, DIRECT_STEP_BYTES);
        Some(buffer.limit(room))
    }

    /// Bytes were read into the [`payload_buf`](Self::payload_buf). Further events, if there are any, come from
    /// [`handle_input`](Self::handle_input).
    pub fn handle_payload(&mut self, now: Instant) -> Option<Event<'static>> {
        self.heartbeat.heard(now);
        self.handle_input(&mut Input::new(&mut [], now))
    }

    fn step<'a>(&mut self, input: &mut Input<'a>) -> Result<Step<'a>, Fault> {
        match &mut self.receiving.stage {
            Stage::Header { bytes, len } => match read_header(bytes, len, input)? {
                Some(header) => self.handle_header(&header, input),
                None => Ok(Step::Hungry),
            },
            Stage::Announced(frame) => {
                let frame = *frame;
                if let Some(message) = &mut self.receiving.message {
                    message.admit(frame.left, &self.config.limits)?;
                }
                self.receiving.stage = Stage::Payload(frame);
                Ok(Step::More)
            }
            Stage::Payload(_) => self.handle_data(input),
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
            Ok(len)
                if header.compressed && len <= input.len() && self.receiving.is_message(header) =>
            {
                self.inflate_whole(header, len, input)
            }
            _ => Ok(self.begin_frame(header, input.now())),
        }
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
        match (&self.deflate, opcode) {
            (None, _) => Err(Violation::ReservedBits { bits: 0b100 }),
            // RFC 7692 6: the bit belongs to the first frame of a data message and to no other.
            (Some(_), Opcode::Text | Opcode::Binary) => Ok(()),
            (Some(_), opcode) => Err(Violation::MisplacedCompressedBit { opcode }),
        }
    }

    /// A compressed message of one frame that lies whole in the input: inflated from there.
    fn inflate_whole<'a>(
        &mut self,
        header: &Header,
        len: usize,
        input: &mut Input<'a>,
    ) -> Result<Step<'a>, Fault> {
        assembly::admit_whole(header.len, header.len, &self.config.limits)?;
        let payload = input.take(len);
        if let Some(mut mask) = header.mask {
            mask.apply(payload);
        }
        let message = self.inflate(kind(header.opcode), payload)?;
        Ok(Step::Event(Event::Message(Incoming::Owned(message))))
    }

    fn begin_frame<'a>(&mut self, header: &Header, now: Instant) -> Step<'a> {
        let receiving = &mut self.receiving;
        receiving.stage =
            Stage::Announced(Frame { left: header.len, mask: header.mask, fin: header.fin });
        if receiving.message.is_some() {
            return Step::More;
        }
        let kind = kind(header.opcode);
        let encoding = if header.compressed { Encoding::Compressed } else { Encoding::Plain };
        let handover = match receiving.delivery {
            Delivery::Whole | Delivery::Ask => Handover::Whole,
            Delivery::Parts => Handover::Parts,
        };
        receiving.message = Some(Box::new(Assembly::new(kind, encoding, handover, now)));
        match receiving.delivery {
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
        let (Stage::Payload(frame), Some(message)) = (&mut receiving.stage, &mut receiving.message)
        else {
            return Ok(Step::Hungry);
        };
        if message.unsettled() > 0 {
            frame.left -= u64::try_from(message.unsettled()).unwrap_or(u64::MAX).min(frame.left);
            message.settle(frame.mask.as_mut())?;
        }
        if message.handover == Handover::Parts {
            return self.handle_part(input);
        }
        let piece = frame.take(input);
        if piece.is_empty() && frame.left > 0 {
            return Ok(Step::Hungry);
        }
        let follows = if frame.fin { frame.left } else { u64::MAX };
        message.push(piece, frame.mask.as_mut(), follows)?;
        if frame.left > 0 {
            return Ok(Step::More);
        }
        let fin = frame.fin;
        receiving.stage = Stage::default();
        let Some(message) = receiving.message.take_if(|_| fin) else { return Ok(Step::More) };
        let message = match message.encoding {
            Encoding::Plain => message.into_message()?,
            // Inflated at its end: until then a slow peer holds no decoder, only what it has sent.
            Encoding::Compressed => self.inflate(message.kind, message.received())?,
        };
        Ok(Step::Event(Event::Message(Incoming::Owned(message))))
    }

    /// A whole compressed message (RFC 7692 7.2.2); bounded while it is inflated.
    fn inflate(&mut self, kind: Kind, compressed: &[u8]) -> Result<Message, Fault> {
        let limit = self.config.limits.max_message_bytes;
        let deflate = self.deflate.as_mut().expect("RSV1 is refused where nothing was agreed");
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

    /// The next bytes of a message that is handed over in parts.
    fn handle_part<'a>(&mut self, input: &mut Input<'a>) -> Result<Step<'a>, Fault> {
        let receiving = &mut self.receiving;
        let (Stage::Payload(frame), Some(message)) = (&mut receiving.stage, &mut receiving.message)
        else {
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
        let piece = frame.take(input);
        if let Some(mask) = &mut frame.mask {
            mask.apply(piece);
        }
        message.pass(piece)?;
        let (ended, last) = (frame.left == 0, frame.left == 0 && frame.fin);
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
        let (Stage::Payload(frame), Some(message), Some(deflate)) =
            (&mut receiving.stage, &mut receiving.message, &mut self.deflate)
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
        if frame.left > 0 {
            let piece = frame.take_most(input, COMPRESSED_STEP_BYTES);
            if piece.is_empty() {
                return Ok(Step::Hungry);
            }
            message.push(piece, frame.mask.as_mut(), 0)?;
            return Ok(Step::More);
        }
        let fin = frame.fin;
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
fn inflating(broken: Broken, limit: Limit, allowed: u64) -> Fault {
    match broken {
        Broken::Invalid => Violation::InvalidDeflate.into(),
        Broken::OverLimit { got } => LimitExceeded { limit, allowed, got }.into(),
    }
}

/// The kind of a message, by the opcode of its first frame.
fn kind(opcode: Opcode) -> Kind {
    if opcode == Opcode::Text { Kind::Text } else { Kind::Binary }
}

impl Frame {
    /// What the input holds of this frame's payload.
    fn take<'a>(&mut self, input: &mut Input<'a>) -> &'a mut [u8] {
        self.take_most(input, usize::MAX)
    }

    fn take_most<'a>(&mut self, input: &mut Input<'a>, most: usize) -> &'a mut [u8] {
        let piece = input.take(usize::try_from(self.left).unwrap_or(usize::MAX).min(most));
        self.left -= u64::try_from(piece.len()).unwrap_or(u64::MAX).min(self.left);
        piece
    }
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
