//! `Raw`: the core on a TCP socket, with frames that were encoded before.
//!
//! The core reads everything that comes and answers control frames. What is sent lies ready in a `Cycle`; only what the
//! core has to say itself goes between its frames.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use sockeye::{CloseCode, Closed, MessageRef};
use sockeye_proto::{Connection, Event, Input};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::{Came, Piece};
use crate::bench::{cycle::Cycle, trouble::Trouble};

/// A WebSocket over plain TCP.
#[derive(Debug)]
pub(in crate::bench) struct Raw {
    stream: TcpStream,
    core: Connection,
    /// What came behind the head of the response.
    unread: Vec<u8>,
    writing: Writing,
    /// Messages of the cycle whose frames have begun to leave.
    begun: u64,
    /// Messages of the cycle that are to follow them.
    waiting: u64,
}

/// ```text
///             frames wait                         the core has something to say
///        .-------------------> Frames  <------.  .------------------> Words
///        |                       |            |  |                      |
///     Nothing <------------------'------------ Nothing <----------------'
///                  all of it is written                    all of it is written
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    /// The last frame that was begun is written.
    Nothing,
    /// Frames of the cycle: so many bytes of those that begin with this number are written.
    Frames { first: u64, count: u64, written: usize },
    /// What the core has queued.
    Words,
}

impl Raw {
    pub(in crate::bench) fn new(stream: TcpStream, core: Connection, unread: Vec<u8>) -> Self {
        Self { stream, core, unread, writing: Writing::Nothing, begun: 0, waiting: 0 }
    }

    pub(super) fn send_cycle(&mut self, count: u64) {
        self.waiting += count;
    }

    pub(super) fn send(&mut self, message: MessageRef<'_>) -> Result<(), Trouble> {
        self.core.send(message).map_err(|unsent| Trouble::Library(unsent.reason.into()))
    }

    pub(super) fn ping(&mut self) -> Result<(), Trouble> {
        self.core.ping(b"").map_err(|error| Trouble::Library(error.into()))
    }

    pub(super) fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        cycle: &Cycle,
        room: &mut [u8],
        give: impl FnMut(Came<'_>) -> Result<(), Trouble>,
    ) -> Poll<Result<Instant, Trouble>> {
        // Reading goes on while the server takes nothing: it may be waiting for us to read, or have said why.
        let wrote = self.poll_write(context, cycle);
        if !self.unread.is_empty() {
            let mut unread = std::mem::take(&mut self.unread);
            return Poll::Ready(self.take(&mut unread, give));
        }
        let Poll::Ready(read) = self.poll_read(context, room) else {
            ready!(wrote)?;
            return Poll::Pending;
        };
        let len = read?;
        let read = room.get_mut(..len).expect("a read fills no more than its room");
        Poll::Ready(self.take(read, give))
    }

    pub(super) fn poll_close(
        &mut self,
        context: &mut Context<'_>,
        cycle: &Cycle,
        room: &mut [u8],
    ) -> Poll<Result<(), Trouble>> {
        self.core.close(CloseCode::NORMAL, Instant::now());
        loop {
            match ready!(self.poll_receive(context, cycle, room, |_| Ok(()))) {
                Ok(_) => {}
                Err(Trouble::Ended(Closed::Clean { .. })) => {}
                Err(trouble) => return Poll::Ready(Err(trouble)),
            }
            if self.core.is_done() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn poll_read(&mut self, context: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buf = ReadBuf::new(room);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut buf))?;
        Poll::Ready(Ok(buf.filled().len()))
    }

    /// Has the core read what came.
    fn take(
        &mut self,
        read: &mut [u8],
        mut give: impl FnMut(Came<'_>) -> Result<(), Trouble>,
    ) -> Result<Instant, Trouble> {
        let now = Instant::now();
        if read.is_empty() {
            self.core.handle_eof();
        }
        let mut input = Input::new(read, now);
        while let Some(event) = self.core.handle_input(&mut input) {
            match event {
                Event::Message(message) => give(Came::Piece(Piece::Last(message.as_bytes())))?,
                Event::Part(part) if part.last => give(Came::Piece(Piece::Last(&part.data)))?,
                Event::Part(part) => give(Came::Piece(Piece::Part(&part.data)))?,
                Event::Pong(_) => give(Came::Pong)?,
                _ => {}
            }
        }
        match self.core.closed() {
            Some(closed) => Err(Trouble::Ended(closed.clone())),
            None => Ok(now),
        }
    }

    /// Ready when nothing waits.
    fn poll_write(&mut self, context: &mut Context<'_>, cycle: &Cycle) -> Poll<io::Result<()>> {
        loop {
            match self.writing {
                Writing::Nothing if self.core.queued() > 0 => self.writing = Writing::Words,
                Writing::Nothing if self.waiting > 0 => {
                    let (_, count) = cycle.frames(self.begun, self.waiting);
                    self.writing = Writing::Frames { first: self.begun, count, written: 0 };
                    self.begun += count;
                    self.waiting -= count;
                }
                Writing::Nothing => return Poll::Ready(Ok(())),
                Writing::Frames { first, count, written } => {
                    let (frames, _) = cycle.frames(first, count);
                    let rest = frames.get(written..).unwrap_or_default();
                    let len = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
                    let written = written + len;
                    self.writing = if written < frames.len() {
                        Writing::Frames { first, count, written }
                    } else {
                        Writing::Nothing
                    };
                }
                Writing::Words => {
                    let mut slices = [IoSlice::new(&[]); 16];
                    let filled = self.core.poll_output(&mut slices);
                    let slices = slices.get(..filled).unwrap_or_default();
                    let stream = Pin::new(&mut self.stream);
                    let len = ready!(stream.poll_write_vectored(context, slices))?;
                    self.core.handle_written(len);
                    if self.core.queued() == 0 {
                        self.writing = Writing::Nothing;
                    }
                }
            }
        }
    }
}
