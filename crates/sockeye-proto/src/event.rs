//! What a connection tells its caller while it works through an input.

use std::{borrow::Cow, ops::Deref};

use bytes::Bytes;

use crate::{CloseFrame, Incoming, Kind};

/// Something that came from the peer.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A whole message.
    Message(Incoming<'a>),
    /// A message begins; only under [`Delivery::Ask`]. Call
    /// [`deliver_in_parts`](crate::Connection::deliver_in_parts) before going on to have it in parts.
    Start(Start),
    /// The next part of a message that is delivered in parts.
    Part(Part<'a>),
    /// A ping; its answer is queued already, unless the peer said goodbye before.
    Ping(Cow<'a, [u8]>),
    /// A pong.
    Pong(Cow<'a, [u8]>),
    /// The peer's goodbye. Nothing follows it.
    Close(CloseFrame),
}

impl Event<'_> {
    /// The event with a payload of its own; copies only what was lent.
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Self::Message(message) => Event::Message(Incoming::Owned(message.into_owned())),
            Self::Start(start) => Event::Start(start),
            Self::Part(part) => Event::Part(part.into_owned()),
            Self::Ping(payload) => Event::Ping(Cow::Owned(payload.into_owned())),
            Self::Pong(payload) => Event::Pong(Cow::Owned(payload.into_owned())),
            Self::Close(frame) => Event::Close(frame),
        }
    }
}

/// How messages are handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Each message whole, in one [`Event::Message`].
    #[default]
    Whole,
    /// Each message announced by an [`Event::Start`], then whole unless the caller wants parts.
    Ask,
    /// Each message as [`Event::Part`]s.
    Parts,
}

/// What the first frame tells of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Start {
    /// Text or binary.
    pub kind: Kind,
    /// Whether it is compressed.
    pub compressed: bool,
    /// Payload bytes that the first frame claims; the whole message if it is `whole`.
    pub len: u64,
    /// Whether the first frame is also the last.
    pub whole: bool,
}

/// A piece of a message. Text is checked as it comes; a piece may end inside a character.
#[derive(Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Text or binary.
    pub kind: Kind,
    /// The next bytes; may be empty.
    pub data: Data<'a>,
    /// Whether the message ends here.
    pub last: bool,
}

impl Part<'_> {
    fn into_owned(self) -> Part<'static> {
        let data = match self.data {
            Data::Lent(bytes) => Bytes::copy_from_slice(bytes),
            Data::Owned(bytes) => bytes,
        };
        Part { kind: self.kind, data: Data::Owned(data), last: self.last }
    }
}

/// Bytes that are lent from the input or owned.
#[derive(Debug, PartialEq, Eq)]
pub enum Data<'a> {
    /// They stand, unmasked, in the input that the caller lent.
    Lent(&'a [u8]),
    /// They have a buffer of their own.
    Owned(Bytes),
}

impl Deref for Data<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Lent(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }
}
