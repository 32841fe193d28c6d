//! `Event`: messages, and what control frames said.

use bytes::Bytes;
use sockeye_proto::{CloseFrame, Event as CoreEvent, Message};

/// Something that came from the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A message.
    Message(Message),
    /// A ping; it is answered already.
    Ping(Bytes),
    /// A pong.
    Pong(Bytes),
    /// The peer's goodbye; it is answered already. Nothing follows it.
    Close(CloseFrame),
}

impl Event {
    pub(crate) fn from_core(event: CoreEvent<'_>) -> Option<Self> {
        match event {
            CoreEvent::Message(message) => Some(Self::Message(message.into_owned())),
            CoreEvent::Ping(payload) => Some(Self::Ping(payload.into_owned().into())),
            CoreEvent::Pong(payload) => Some(Self::Pong(payload.into_owned().into())),
            CoreEvent::Close(frame) => Some(Self::Close(frame)),
            // Parts have a reader of their own.
            _ => None,
        }
    }
}
