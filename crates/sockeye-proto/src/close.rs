//! Close codes and Close frames (RFC 6455 5.5.1 and 7.4): which codes may travel, and what a Close says.
//!
//! The moves of a closing connection stand in `closing`; here are only the values.

use std::fmt;

use crate::{Text, error::Violation, utf8};

/// A status code that may stand in a Close frame.
///
/// RFC 6455 7.4 and the IANA registry: 1000 to 1003, 1007 to 1014, and 3000 to 4999. 1005, 1006 and 1015 describe an
/// ending that had no such frame, so they cannot be built.
///
/// ```
/// use sockeye_proto::CloseCode;
///
/// assert_eq!(CloseCode::new(1000), Some(CloseCode::NORMAL));
/// assert_eq!(CloseCode::new(4999).map(CloseCode::get), Some(4999));
/// assert_eq!(CloseCode::new(1006), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the server shuts down, or the page is left.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: data of a kind that is not accepted.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// 1007: data that does not fit the message's kind, such as text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// 1008: a message or a behaviour against a policy.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// 1009: a message too big to process.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// 1010: the client expected an extension that the server did not agree to.
    pub const MANDATORY_EXTENSION: Self = Self(1010);
    /// 1011: this side cannot go on.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// 1012: the service restarts.
    pub const SERVICE_RESTART: Self = Self(1012);
    /// 1013: try again later.
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// 1014: a gateway got an invalid answer from upstream.
    pub const BAD_GATEWAY: Self = Self(1014);

    /// The code, if it may travel.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        // RFC 6455 7.4.2, and IANA for 1012 to 1014: the rest is reserved, or names an ending without a frame.
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloseCode({})", self.0)
    }
}

/// What a Close frame says: a code with a reason, or nothing at all.
///
/// A Close frame may be empty; then there is no code (which APIs elsewhere call 1005).
///
/// ```
/// use sockeye_proto::{CloseCode, CloseFrame};
///
/// let frame = CloseFrame::new(CloseCode::GOING_AWAY, "restarting");
/// assert_eq!(frame.code(), Some(CloseCode::GOING_AWAY));
/// assert_eq!(frame.reason(), "restarting");
/// assert_eq!(CloseFrame::EMPTY.code(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CloseFrame {
    code: Option<CloseCode>,
    reason: Text,
}

impl CloseFrame {
    /// A Close without a code.
    pub const EMPTY: Self = Self { code: None, reason: Text::new() };

    /// The longest reason that fits a control frame beside its code (RFC 6455 5.5).
    pub const MAX_REASON_BYTES: usize = 123;

    /// A Close with a code and a reason, which may be empty.
    ///
    /// A reason over [`MAX_REASON_BYTES`](Self::MAX_REASON_BYTES) is cut at the last character that fits: a goodbye
    /// that says less beats one that cannot be sent.
    #[must_use]
    pub fn new(code: CloseCode, reason: impl AsRef<str>) -> Self {
        let reason = reason.as_ref();
        let end = reason.floor_char_boundary(Self::MAX_REASON_BYTES);
        Self { code: Some(code), reason: Text::from(reason.get(..end).unwrap_or_default()) }
    }

    /// The code; `None` when the frame was empty.
    #[must_use]
    pub fn code(&self) -> Option<CloseCode> {
        self.code
    }

    /// The reason, mostly for logs; empty when none was given.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Reads the payload of a Close frame.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, Violation> {
        let (code, reason) = match payload {
            [] => return Ok(Self::EMPTY),
            // RFC 6455 5.5.1: if there is a body, its first two bytes are the code.
            [_] => return Err(Violation::CloseBodyOfOneByte),
            [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        };
        let code = CloseCode::new(code).ok_or(Violation::ReservedCloseCode { code })?;
        let reason = utf8::from_utf8(reason).map_err(|_| Violation::CloseReasonNotUtf8)?;
        Ok(Self { code: Some(code), reason: Text::from(reason) })
    }

    /// Writes the payload of a Close frame.
    pub(crate) fn encode(&self, into: &mut Vec<u8>) {
        if let Some(code) = self.code {
            into.extend_from_slice(&code.get().to_be_bytes());
            into.extend_from_slice(self.reason.as_bytes());
        }
    }
}

impl From<CloseCode> for CloseFrame {
    fn from(code: CloseCode) -> Self {
        Self { code: Some(code), reason: Text::new() }
    }
}

impl fmt::Display for CloseFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            None => f.write_str("no code"),
            Some(code) if self.reason.is_empty() => write!(f, "{code}"),
            Some(code) => write!(f, "{code} ({})", self.reason),
        }
    }
}

#[cfg(test)]
mod tests;
