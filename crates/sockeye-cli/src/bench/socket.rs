//! `Socket`: one open WebSocket under load.
//!
//! Two ways lead to a server: `Raw`, the fast one, over plain TCP, and the library's `WebSocket` for the rest. Nothing
//! moves unless it is polled, and nothing is held between two polls but the socket itself.

mod library;
mod raw;

use std::{
    task::{Context, Poll},
    time::Instant,
};

use sockeye::MessageRef;

pub(super) use self::{library::Library, raw::Raw};
use super::{cycle::Cycle, trouble::Trouble};

/// An open WebSocket.
#[derive(Debug)]
pub(super) enum Socket {
    Raw(Box<Raw>),
    Library(Library),
}

/// What came from the server.
#[derive(Debug)]
pub(super) enum Came<'a> {
    Piece(Piece<'a>),
    Pong,
}

/// The next bytes of a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece<'a> {
    /// There are more to come.
    Part(&'a [u8]),
    /// They are all that was left of it.
    Last(&'a [u8]),
}

impl<'a> Piece<'a> {
    pub(super) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Part(bytes) | Self::Last(bytes) => bytes,
        }
    }

    /// A message in pieces of this length, as reads may cut it.
    #[cfg(test)]
    pub(super) fn cut(message: &'a [u8], len: usize) -> impl Iterator<Item = Self> {
        let mut pieces = message.chunks(len).peekable();
        std::iter::from_fn(move || {
            let piece = pieces.next()?;
            Some(if pieces.peek().is_none() { Self::Last(piece) } else { Self::Part(piece) })
        })
    }

    pub(super) fn is_last(self) -> bool {
        matches!(self, Self::Last(_))
    }
}

impl Socket {
    /// Has the next `count` messages of the cycle sent.
    pub(super) fn send_cycle(&mut self, cycle: &Cycle, count: u64) -> Result<(), Trouble> {
        match self {
            Self::Raw(raw) => raw.send_cycle(count),
            Self::Library(library) => return library.send_cycle(cycle, count),
        }
        Ok(())
    }

    /// Has a message sent that is made for the moment.
    pub(super) fn send(&mut self, message: MessageRef<'_>) -> Result<(), Trouble> {
        match self {
            Self::Raw(raw) => raw.send(message),
            Self::Library(library) => library.send(message),
        }
    }

    /// Has a ping sent.
    pub(super) fn ping(&mut self, context: &mut Context<'_>) -> Result<(), Trouble> {
        match self {
            Self::Raw(raw) => raw.ping(),
            Self::Library(library) => library.ping(context),
        }
    }

    /// Writes what waits, and reads once: tells when that was, after giving what came to `give`.
    pub(super) fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        cycle: &Cycle,
        room: &mut [u8],
        give: impl FnMut(Came<'_>) -> Result<(), Trouble>,
    ) -> Poll<Result<Instant, Trouble>> {
        match self {
            Self::Raw(raw) => raw.poll_receive(context, cycle, room, give),
            Self::Library(library) => library.poll_receive(context, give),
        }
    }

    /// Says goodbye and waits until the server has answered and ended the connection.
    pub(super) fn poll_close(
        &mut self,
        context: &mut Context<'_>,
        cycle: &Cycle,
        room: &mut [u8],
    ) -> Poll<Result<(), Trouble>> {
        match self {
            Self::Raw(raw) => raw.poll_close(context, cycle, room),
            Self::Library(library) => library.poll_close(context),
        }
    }
}
