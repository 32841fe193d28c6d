//! How a connection ends: the states of the closing handshake (RFC 6455 7) and the five endings.

use std::{fmt, time::Instant};

use crate::{
    CloseCode, CloseFrame,
    error::{LimitExceeded, Violation},
};

/// Which side said goodbye first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// We did.
    Local,
    /// The peer did.
    Peer,
}

/// Which deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Timer {
    /// No byte came after a ping.
    Pong,
    /// A message came in too slowly.
    Message,
    /// The peer did not answer our goodbye.
    Close,
    /// The peer took nothing of what waited for it.
    Stall,
}

/// How a connection ended. Every connection has exactly one ending.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closed {
    /// Both sides said goodbye, with any code. Not an error.
    Clean {
        /// What the first goodbye said.
        frame: CloseFrame,
        /// Who said it.
        by: Side,
    },
    /// The peer broke the protocol.
    Violation(Violation),
    /// The peer ran into one of our bounds.
    Limit(LimitExceeded),
    /// A deadline passed.
    TimedOut(Timer),
    /// We left a message unfinished that was being sent in parts.
    Abandoned,
    /// The transport ended without a goodbye from the peer.
    Lost,
}

impl Closed {
    /// What our Close frame about it says.
    fn goodbye(&self) -> CloseFrame {
        match self {
            Self::Violation(violation) => {
                CloseFrame::new(violation.close_code(), violation.to_string())
            }
            Self::Limit(exceeded) => CloseFrame::new(exceeded.close_code(), exceeded.to_string()),
            Self::TimedOut(_) => CloseFrame::new(CloseCode::POLICY_VIOLATION, self.to_string()),
            Self::Abandoned => CloseFrame::new(CloseCode::INTERNAL_ERROR, self.to_string()),
            // RFC 6455 5.5.1: the answer to a Close typically carries the code it got.
            Self::Clean { frame, .. } => match frame.code() {
                Some(code) => code.into(),
                None => CloseFrame::EMPTY,
            },
            Self::Lost => CloseFrame::EMPTY,
        }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean { frame, by: Side::Local } => write!(f, "closed by us: {frame}"),
            Self::Clean { frame, by: Side::Peer } => write!(f, "closed by the peer: {frame}"),
            Self::Violation(violation) => violation.fmt(f),
            Self::Limit(exceeded) => exceeded.fmt(f),
            Self::TimedOut(Timer::Pong) => {
                f.write_str("expected a byte after a ping, got none in time")
            }
            Self::TimedOut(Timer::Message) => {
                f.write_str("expected a message to go on, got it too slowly")
            }
            Self::TimedOut(Timer::Close) => {
                f.write_str("expected an answer to our close, got none in time")
            }
            Self::TimedOut(Timer::Stall) => {
                f.write_str("expected what waits to be taken, got nothing taken in time")
            }
            Self::Abandoned => f.write_str("a message in parts was left unfinished"),
            Self::Lost => f.write_str("the transport ended without a close"),
        }
    }
}

/// For those who take an ending that is not clean for an error. It ends with what it says: it has no source.
impl std::error::Error for Closed {}

/// Where a connection is between its opening and its end.
///
/// ```text
///          close()            peer's Close
///   Open ----------> Sent ------------------> Exchanged --.
///    |                 |                                  | output empty, and then the
///    |  peer's Close   |                                  | transport's end or the deadline
///    +---------------- | -------------------> Exchanged --+-------------------------------> Done
///    |                 | violation, limit                 |
///    |  violation,     '--------------------> Failed -----+
///    |  limit, timer                                      |
///    '--------------------------------------> Failed -----'
///
///   The transport's end or the deadline leads from Open and Sent to Done at once. From Exchanged and Failed the
///   transport's end leads there when the output is empty: a peer that only stopped writing still gets our answer.
/// ```
///
/// `Open` and `Sent` read on; in `Exchanged` and `Failed` whatever still comes is thrown away (RFC 6455 1.4 and 7.1.7).
#[derive(Debug)]
pub(crate) enum Closing {
    Open,
    /// Boxed, since nearly all connections are open.
    Begun(Box<Begun>),
}

/// The states after `Open`.
#[derive(Debug)]
pub(crate) enum Begun {
    /// Our Close is queued or out.
    Sent(Goodbye),
    /// Both Closes are known; ours is queued or out.
    Exchanged(Ending),
    /// We read no further; our Close is queued or out.
    Failed(Ending),
    /// Nothing is left to do.
    Done(Closed),
}

#[derive(Debug)]
pub(crate) struct Goodbye {
    frame: CloseFrame,
    deadline: Option<Instant>,
}

#[derive(Debug)]
pub(crate) struct Ending {
    closed: Closed,
    deadline: Option<Instant>,
}

impl From<Begun> for Closing {
    fn from(begun: Begun) -> Self {
        Self::Begun(Box::new(begun))
    }
}

impl Closing {
    pub(crate) fn begun(&self) -> Option<&Begun> {
        match self {
            Self::Open => None,
            Self::Begun(begun) => Some(begun),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// Whether frames from the peer still mean something.
    pub(crate) fn reads(&self) -> bool {
        matches!(self.begun(), None | Some(Begun::Sent(_)))
    }

    pub(crate) fn closed(&self) -> Option<&Closed> {
        match self.begun()? {
            Begun::Sent(_) => None,
            Begun::Exchanged(ending) | Begun::Failed(ending) => Some(&ending.closed),
            Begun::Done(closed) => Some(closed),
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.begun()? {
            Begun::Sent(goodbye) => goodbye.deadline,
            Begun::Exchanged(ending) | Begun::Failed(ending) => ending.deadline,
            Begun::Done(_) => None,
        }
    }

    /// What we said, as long as the peer has not answered.
    pub(crate) fn our_goodbye(&self) -> Option<&CloseFrame> {
        match self.begun()? {
            Begun::Sent(goodbye) => Some(&goodbye.frame),
            _ => None,
        }
    }

    /// We say goodbye first.
    pub(crate) fn send(&mut self, frame: CloseFrame, deadline: Option<Instant>) {
        if self.is_open() {
            *self = Begun::Sent(Goodbye { frame, deadline }).into();
        }
    }

    /// The peer said goodbye; gives the answer that is due, if one is.
    pub(crate) fn receive(
        &mut self,
        frame: CloseFrame,
        deadline: Option<Instant>,
    ) -> Option<CloseFrame> {
        let (begun, answer) = match self.take() {
            None => {
                let closed = Closed::Clean { frame, by: Side::Peer };
                let answer = closed.goodbye();
                (Begun::Exchanged(Ending { closed, deadline }), Some(answer))
            }
            Some(Begun::Sent(Goodbye { frame, deadline })) => {
                let closed = Closed::Clean { frame, by: Side::Local };
                (Begun::Exchanged(Ending { closed, deadline }), None)
            }
            Some(after) => (after, None),
        };
        *self = begun.into();
        answer
    }

    /// We read no further; gives the Close that is due, if ours is not out already.
    pub(crate) fn fail(&mut self, closed: Closed, deadline: Option<Instant>) -> Option<CloseFrame> {
        let (goodbye, deadline) = match self.begun() {
            None => (Some(closed.goodbye()), deadline),
            // RFC 6455 5.5.1: nothing follows our Close, not even a second one.
            Some(Begun::Sent(sent)) => (None, sent.deadline),
            Some(_) => return None,
        };
        *self = Begun::Failed(Ending { closed, deadline }).into();
        goodbye
    }

    /// The transport ended, or the last deadline passed.
    pub(crate) fn finish(&mut self, unless_decided: Closed) {
        let closed = match self.take() {
            None | Some(Begun::Sent(_)) => unless_decided,
            Some(Begun::Exchanged(ending) | Begun::Failed(ending)) => ending.closed,
            Some(Begun::Done(closed)) => closed,
        };
        *self = Begun::Done(closed).into();
    }

    fn take(&mut self) -> Option<Begun> {
        match std::mem::replace(self, Self::Open) {
            Self::Open => None,
            Self::Begun(begun) => Some(*begun),
        }
    }
}
