//! `Ending`: what became of a WebSocket after something was said on it.

use std::{fmt, time::Duration};

use super::{frame::Incoming, inbox::End, verdict};

/// What became of a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// A Close with this code.
    Close(u16),
    /// A Close that gives none.
    CloseWithoutCode,
    /// The stream ended without a Close.
    Ended(End),
    /// It goes on: what was asked last was answered.
    Alive,
    /// No answer and no end within this time.
    Silent(Duration),
}

impl Ending {
    pub(super) fn of_close(frame: &Incoming) -> Self {
        match frame.payload.first_chunk() {
            Some(code) => Self::Close(u16::from_be_bytes(*code)),
            None => Self::CloseWithoutCode,
        }
    }

    /// Whether the server let go of the connection, however it did.
    pub(super) fn is_failure(self) -> bool {
        match self {
            Self::Close(_) | Self::CloseWithoutCode | Self::Ended(End::Fin | End::Reset) => true,
            Self::Ended(End::Excess | End::Nonsense) | Self::Alive | Self::Silent(_) => false,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close(code) => write!(f, "Close {code}"),
            Self::CloseWithoutCode => f.write_str("a Close without a code"),
            Self::Ended(end) => write!(f, "{end} without a Close"),
            Self::Alive => f.write_str("a connection that goes on"),
            Self::Silent(time) => f.write_str(&verdict::nothing_within(*time)),
        }
    }
}
