//! What can go wrong, sorted by whose fault it is.
//!
//! The peer's misbehaviour is a [`Violation`], our own bounds are a [`LimitExceeded`]; both end a connection with a
//! [`Closed`](crate::Closed) and are never returned as `Err`. What the caller did wrong is a [`SendError`].

use std::fmt;

use crate::{CloseCode, frame::Opcode};

/// How a peer broke RFC 6455 or RFC 7692.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// A client's frame without a mask (RFC 6455 5.1).
    UnmaskedFrame,
    /// A server's frame with a mask (RFC 6455 5.1).
    MaskedFrame,
    /// Reserved bits that no extension gave a meaning (RFC 6455 5.2); the three bits as a number.
    ReservedBits {
        /// The three bits as they stood in the frame, RSV1 the highest.
        bits: u8,
    },
    /// The bit that marks a compressed message, on a frame that does not begin one (RFC 7692 6).
    MisplacedCompressedBit {
        /// The frame's opcode.
        opcode: Opcode,
    },
    /// An opcode that RFC 6455 5.2 keeps for later.
    ReservedOpcode {
        /// The opcode as it stood in the frame.
        opcode: u8,
    },
    /// A length in more bytes than it needs (RFC 6455 5.2).
    NonMinimalLength {
        /// The length that was written.
        len: u64,
    },
    /// A 64-bit length with its highest bit set (RFC 6455 5.2).
    LengthOver63Bits {
        /// The length that was written.
        len: u64,
    },
    /// A control frame that claims to be a fragment (RFC 6455 5.5).
    FragmentedControl {
        /// The frame's opcode.
        opcode: Opcode,
    },
    /// A control frame of more than 125 bytes (RFC 6455 5.5).
    ControlTooLong {
        /// The frame's opcode.
        opcode: Opcode,
    },
    /// A continuation where no message was begun (RFC 6455 5.4).
    UnexpectedContinuation,
    /// A new message inside an unfinished one (RFC 6455 5.4).
    ExpectedContinuation {
        /// The opcode that came instead.
        opcode: Opcode,
    },
    /// A Close frame with half a code (RFC 6455 5.5.1).
    CloseBodyOfOneByte,
    /// A Close frame with a code that may not travel (RFC 6455 7.4).
    ReservedCloseCode {
        /// The code as it stood in the frame.
        code: u16,
    },
    /// A Close frame whose reason is not UTF-8 (RFC 6455 5.5.1).
    CloseReasonNotUtf8,
    /// A text message that is not UTF-8 (RFC 6455 8.1).
    TextNotUtf8,
    /// A compressed message that is no valid DEFLATE data (RFC 7692 7.2.2).
    InvalidDeflate,
    /// Bytes that no frame of the hixie-76 draft begins with or holds.
    InvalidHixieFrame,
}

impl Violation {
    /// The code that the Close frame about it carries.
    #[must_use]
    pub fn close_code(&self) -> CloseCode {
        match self {
            Self::UnmaskedFrame
            | Self::MaskedFrame
            | Self::ReservedBits { .. }
            | Self::MisplacedCompressedBit { .. }
            | Self::ReservedOpcode { .. }
            | Self::NonMinimalLength { .. }
            | Self::LengthOver63Bits { .. }
            | Self::FragmentedControl { .. }
            | Self::ControlTooLong { .. }
            | Self::UnexpectedContinuation
            | Self::ExpectedContinuation { .. }
            | Self::CloseBodyOfOneByte
            | Self::ReservedCloseCode { .. }
            | Self::InvalidHixieFrame => CloseCode::PROTOCOL_ERROR,
            Self::CloseReasonNotUtf8 | Self::TextNotUtf8 | Self::InvalidDeflate => {
                CloseCode::INVALID_PAYLOAD
            }
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnmaskedFrame => f.write_str("expected a masked frame, got one without a mask"),
            Self::MaskedFrame => f.write_str("expected a frame without a mask, got a masked one"),
            Self::ReservedBits { bits } => {
                write!(f, "expected reserved bits 000, got {bits:03b}")
            }
            Self::MisplacedCompressedBit { opcode } => {
                write!(
                    f,
                    "expected RSV1 on the first frame of a message, got it on a {opcode} frame"
                )
            }
            Self::ReservedOpcode { opcode } => {
                write!(f, "expected a known opcode, got the reserved {opcode:#x}")
            }
            Self::NonMinimalLength { len } => {
                write!(f, "expected the shortest form of a length, got {len} in a longer one")
            }
            Self::LengthOver63Bits { len } => {
                write!(f, "expected a length below 2^63, got {len}")
            }
            Self::FragmentedControl { opcode } => {
                write!(f, "expected a whole control frame, got a fragment of a {opcode}")
            }
            Self::ControlTooLong { opcode } => {
                write!(f, "expected at most 125 bytes in a {opcode} frame, got more")
            }
            Self::UnexpectedContinuation => {
                f.write_str("expected the start of a message, got a continuation")
            }
            Self::ExpectedContinuation { opcode } => {
                write!(f, "expected a continuation of the message, got a new {opcode}")
            }
            Self::CloseBodyOfOneByte => {
                f.write_str("expected no close code or one of two bytes, got one byte")
            }
            Self::ReservedCloseCode { code } => {
                write!(f, "expected a close code that may travel, got {code}")
            }
            Self::CloseReasonNotUtf8 => {
                f.write_str("expected a close reason in UTF-8, got other bytes")
            }
            Self::TextNotUtf8 => f.write_str("expected text in UTF-8, got other bytes"),
            Self::InvalidDeflate => f.write_str("expected DEFLATE data, got other bytes"),
            Self::InvalidHixieFrame => f.write_str("expected a frame of hixie-76, got other bytes"),
        }
    }
}

impl std::error::Error for Violation {}

/// Which of our bounds a peer ran into. `docs/limits.md` has a row for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// Payload bytes of one frame.
    FrameBytes,
    /// Payload bytes of one message, as they came in.
    MessageBytes,
    /// Payload bytes of one compressed message, inflated.
    InflatedBytes,
    /// Payload bytes of one message that is delivered in parts.
    StreamedBytes,
    /// Frames of one message, empty ones too.
    Fragments,
    /// Control frames within one second.
    ControlFrames,
}

impl Limit {
    fn noun(self) -> &'static str {
        match self {
            Self::FrameBytes => "bytes in a frame",
            Self::MessageBytes => "bytes in a message",
            Self::InflatedBytes => "bytes in an inflated message",
            Self::StreamedBytes => "bytes in a streamed message",
            Self::Fragments => "fragments in a message",
            Self::ControlFrames => "control frames in a second",
        }
    }
}

/// One of our bounds, and by how much the peer passed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitExceeded {
    /// Which bound.
    pub limit: Limit,
    /// What is allowed.
    pub allowed: u64,
    /// What came: the size claimed where a header told it, else the first amount that was over.
    pub got: u64,
}

impl LimitExceeded {
    /// The code that the Close frame about it carries.
    #[must_use]
    pub fn close_code(&self) -> CloseCode {
        match self.limit {
            Limit::FrameBytes
            | Limit::MessageBytes
            | Limit::InflatedBytes
            | Limit::StreamedBytes => CloseCode::MESSAGE_TOO_BIG,
            Limit::Fragments | Limit::ControlFrames => CloseCode::POLICY_VIOLATION,
        }
    }
}

impl fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected at most {} {}, got {}", self.allowed, self.limit.noun(), self.got)
    }
}

impl std::error::Error for LimitExceeded {}

/// What makes a connection fail: the peer's fault, or our bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Violation(Violation),
    Limit(LimitExceeded),
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

impl From<LimitExceeded> for Fault {
    fn from(exceeded: LimitExceeded) -> Self {
        Self::Limit(exceeded)
    }
}
