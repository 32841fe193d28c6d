//! What an application hands over for sending, and how it gets it back when it cannot be sent.

use std::fmt;

use bytes::Bytes;

use crate::{Incoming, Kind, Message, MessageRef, Text};

/// A message on its way out: borrowed or owned, text or binary.
///
/// Built from whatever is at hand; see the `From` implementations. A borrowed payload is copied once, into the
/// output; an owned one that is large is sent from where it is.
///
/// ```
/// use sockeye_proto::{Kind, Outgoing};
///
/// assert_eq!(Outgoing::from("hello").kind(), Kind::Text);
/// assert_eq!(Outgoing::from(&[1_u8, 2, 3][..]).uncompressed().as_bytes(), [1, 2, 3]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing<'m> {
    pub(crate) kind: Kind,
    pub(crate) payload: Payload<'m>,
    pub(crate) compression: Compression,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Payload<'m> {
    Borrowed(&'m [u8]),
    Shared(Bytes),
}

/// Whether a message may be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    WhereAgreed,
    Never,
}

impl Compression {
    /// Whether a payload is to be compressed where that was agreed on.
    pub(crate) fn is_worth_it(self, payload: &[u8], from_bytes: usize) -> bool {
        self == Self::WhereAgreed && payload.len() >= from_bytes
    }
}

impl<'m> Outgoing<'m> {
    fn new(kind: Kind, payload: Payload<'m>) -> Self {
        Self { kind, payload, compression: Compression::WhereAgreed }
    }

    /// Text or binary.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The payload.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.payload {
            Payload::Borrowed(bytes) => bytes,
            Payload::Shared(bytes) => bytes,
        }
    }

    /// Sends this message as it is, even where compression was agreed on.
    ///
    /// For what is compressed already, and for messages that join a secret with text that somebody else chose: their
    /// compressed length would tell of the secret.
    #[must_use]
    pub fn uncompressed(mut self) -> Self {
        self.compression = Compression::Never;
        self
    }
}

impl<'m> From<&'m str> for Outgoing<'m> {
    fn from(text: &'m str) -> Self {
        Self::new(Kind::Text, Payload::Borrowed(text.as_bytes()))
    }
}

impl<'m> From<&'m String> for Outgoing<'m> {
    fn from(text: &'m String) -> Self {
        Self::from(text.as_str())
    }
}

impl<'m> From<&'m [u8]> for Outgoing<'m> {
    fn from(bytes: &'m [u8]) -> Self {
        Self::new(Kind::Binary, Payload::Borrowed(bytes))
    }
}

impl<'m> From<&'m Vec<u8>> for Outgoing<'m> {
    fn from(bytes: &'m Vec<u8>) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl<'m, const N: usize> From<&'m [u8; N]> for Outgoing<'m> {
    fn from(bytes: &'m [u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl<'m> From<MessageRef<'m>> for Outgoing<'m> {
    fn from(message: MessageRef<'m>) -> Self {
        Self::new(message.kind(), Payload::Borrowed(message.as_bytes()))
    }
}

impl From<String> for Outgoing<'_> {
    fn from(text: String) -> Self {
        Self::new(Kind::Text, Payload::Shared(text.into()))
    }
}

impl From<Text> for Outgoing<'_> {
    fn from(text: Text) -> Self {
        Self::new(Kind::Text, Payload::Shared(text.into_bytes()))
    }
}

impl From<Bytes> for Outgoing<'_> {
    fn from(bytes: Bytes) -> Self {
        Self::new(Kind::Binary, Payload::Shared(bytes))
    }
}

impl From<Vec<u8>> for Outgoing<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(Kind::Binary, Payload::Shared(bytes.into()))
    }
}

impl From<Message> for Outgoing<'_> {
    fn from(message: Message) -> Self {
        Self::new(message.kind(), Payload::Shared(message.into_bytes()))
    }
}

impl<'m> From<Incoming<'m>> for Outgoing<'m> {
    fn from(message: Incoming<'m>) -> Self {
        match message {
            Incoming::Lent(message) => message.into(),
            Incoming::Owned(message) => message.into(),
        }
    }
}

/// Why something cannot be sent. Always the caller's to handle: nothing was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The connection is closing or closed.
    Closing,
    /// What is queued already leaves no room; wait until some of it has left.
    Full {
        /// Bytes that wait.
        queued: usize,
        /// Bytes that may wait.
        limit: usize,
    },
    /// A message is being sent in parts; no other may begin inside it (RFC 6455 5.4).
    InsideParts,
    /// A part was given where no message in parts was begun.
    OutsideParts,
    /// The parts of a text message are not UTF-8.
    TextNotUtf8,
    /// The payload of a ping has at most 125 bytes (RFC 6455 5.5).
    PingTooLong {
        /// Bytes that were given.
        len: usize,
    },
    /// The hixie-76 draft has no such frame: it knows text alone.
    NotInHixie76,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closing => f.write_str("the connection is closing"),
            Self::Full { queued, limit } => {
                write!(f, "expected at most {limit} bytes in the output, got {queued} waiting")
            }
            Self::InsideParts => {
                f.write_str("expected the next part of a message, got a new message")
            }
            Self::OutsideParts => f.write_str("expected the start of a message, got a part"),
            Self::TextNotUtf8 => f.write_str("expected parts of text in UTF-8, got other bytes"),
            Self::PingTooLong { len } => {
                write!(f, "expected at most 125 bytes in a ping, got {len}")
            }
            Self::NotInHixie76 => f.write_str("expected text, got what hixie-76 cannot carry"),
        }
    }
}

impl std::error::Error for SendError {}

/// A message that was not sent, given back, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent<'m> {
    /// The message, untouched.
    pub message: Outgoing<'m>,
    /// Why.
    pub reason: SendError,
}

impl fmt::Display for Unsent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a message of {} bytes was not sent", self.message.as_bytes().len())
    }
}

impl std::error::Error for Unsent<'_> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}

impl From<Unsent<'_>> for SendError {
    fn from(unsent: Unsent<'_>) -> Self {
        unsent.reason
    }
}
