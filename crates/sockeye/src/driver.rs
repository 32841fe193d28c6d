//! `Driver`: the only place where a transport and a connection meet.
//!
//! There is no task behind it. Whoever waits, for a message or for room to send, moves the bytes of both directions
//! while he waits: he answers pings, keeps the heartbeat and writes what is queued.

mod aside;
mod burst;
mod door;
mod farewell;
mod input;
mod output;
mod take;

use std::{
    io, mem,
    task::{Context, Poll, ready},
    time::Duration,
};

use sockeye_proto::{Closed, Connection, Event};

pub(crate) use self::take::{ByReference, Each, Events, Messages, Opened, Opening, Parts, Take};
use self::{aside::Aside, take::All};
use crate::{
    Error,
    alarm::{self, Alarm},
    hall::Seat,
    rest::Rest,
    transport::Transport,
};

/// A transport, the protocol on it, and what must not be lost between two calls.
#[derive(Debug)]
pub(crate) struct Driver<S> {
    transport: S,
    connection: Connection,
    /// Read, and not worked through yet.
    rest: Rest,
    aside: Aside,
    alarm: Alarm,
    reading: Reading,
    writing: Writing,
    parts: PartsIn,
    told: bool,
    /// Where a server finds the socket when it leaves; most sockets have none.
    seat: Option<Seat>,
}

/// Whether somebody reads the message that comes in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PartsIn {
    Wanted,
    /// Its reader was dropped: the rest of the message is thrown away.
    Skipped,
}

/// What one half of a split socket can change for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    queued: usize,
    holds: bool,
    may_send: bool,
    done: bool,
}

/// Room that there must be for an answer before a message is lent.
const ANSWER_BYTES: usize = 64 * 1024;

/// Whoever waits deals with a deadline sooner than this.
const PRESENCE: Duration = Duration::from_secs(1);

/// How the peer's side of the transport stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Open,
    /// It has ended, or it failed.
    Ended,
}

/// How our side of the transport stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Open,
    /// What was written last may still be inside the transport.
    Unflushed,
    /// It was shut down, or it failed.
    Ended,
}

/// What a turn that waits for nothing in particular came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Something moved: the next turn may find more.
    Moved,
    /// Only the transport, the clock or the caller can go on.
    Waits,
}

impl<S: Transport> Driver<S> {
    pub(crate) fn new(transport: S, connection: Connection, unread: &[u8]) -> Self {
        Self {
            transport,
            connection,
            rest: Rest::new(unread, alarm::now()),
            aside: Aside::default(),
            alarm: Alarm::default(),
            reading: Reading::Open,
            writing: Writing::Open,
            parts: PartsIn::Wanted,
            told: false,
            seat: None,
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing {
            queued: self.connection.queued(),
            holds: self.aside.holds(),
            may_send: self.connection.may_send(0).is_ok(),
            done: self.connection.is_done(),
        }
    }

    /// Whether the end was told as an error already.
    pub(crate) fn has_told_its_end(&self) -> bool {
        self.told
    }

    /// Nobody reads the rest of the message that comes in parts.
    pub(crate) fn skip_parts(&mut self) {
        self.parts = PartsIn::Skipped;
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    pub(crate) fn transport(&self) -> &S {
        &self.transport
    }

    /// The next event, in the manner of `take`; `None` at a clean end.
    ///
    /// Nothing is awaited between taking an event and returning it, so a caller that goes away loses nothing.
    pub(crate) fn poll_event<T: Take>(
        &mut self,
        context: &mut Context<'_>,
        take: &mut T,
    ) -> Poll<Result<Option<T::Output>, Error>> {
        self.read_on();
        for _ in 0..input::TURNS {
            if let Some(event) = self.aside.take_held()
                && let Some(output) = self.offer(context, take, event)
            {
                return Poll::Ready(Ok(Some(output)));
            }
            if let Some(output) = self.work_through_rest(context, take) {
                return Poll::Ready(Ok(Some(output)));
            }
            self.heed_farewell();
            self.move_output(context);
            if self.connection.is_done() {
                return Poll::Ready(self.ending().map(|()| None));
            }
            match self.poll_input(context, take) {
                Poll::Ready(Some(output)) => return Poll::Ready(Ok(Some(output))),
                Poll::Ready(None) => {}
                Poll::Pending if self.poll_farewell(context).is_ready() => {}
                Poll::Pending => ready!(self.poll_deadline(context)),
            }
        }
        self.poll_later(context)
    }

    fn read_on(&mut self) {
        // To ask for the time takes as long as a small message does.
        if self.connection.is_paused() {
            self.connection.resume(alarm::now());
        }
    }

    /// A peer that never lets the transport run dry must not keep the task from everybody else, nor a deadline from
    /// being kept.
    fn poll_later<T>(&mut self, context: &mut Context<'_>) -> Poll<T> {
        let _ = self.poll_deadline(context);
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Reads for a caller that waits for room. What comes is held, one event at most; with that in hand nothing more is
    /// read, and the peer is not blamed for silence.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Turn {
        if self.aside.holds() {
            self.connection.pause();
            return match self.poll_deadline(context) {
                Poll::Ready(()) => Turn::Moved,
                Poll::Pending => Turn::Waits,
            };
        }
        self.read_on();
        let event = match self.work_through_rest(context, &mut All) {
            Some(event) => Some(event),
            None if self.connection.is_done() => return Turn::Waits,
            None => match self.poll_input(context, &mut All) {
                Poll::Ready(event) => event,
                Poll::Pending if self.poll_deadline(context).is_ready() => None,
                Poll::Pending => return Turn::Waits,
            },
        };
        // Control frames were answered as they came; only what the caller must not miss is held.
        if let Some(event) = event.filter(|event| !matches!(event, Event::Ping(_) | Event::Pong(_)))
        {
            self.aside.hold(event);
        }
        Turn::Moved
    }

    /// Ready when a deadline passed and was dealt with.
    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.connection.poll_timeout() else { return Poll::Pending };
        ready!(self.alarm.poll(context, deadline));
        let now = alarm::now();
        if now.saturating_duration_since(deadline) > PRESENCE {
            // Nobody was here when it passed, so what was not read by then cannot be held against the peer.
            self.connection.pause();
            self.connection.resume(now);
        }
        self.connection.handle_timeout(now);
        Poll::Ready(())
    }

    /// How it ended: well, or how else.
    fn ending(&mut self) -> Result<(), Error> {
        self.told = !matches!(self.connection.closed(), Some(Closed::Clean { .. }));
        match self.connection.closed() {
            Some(Closed::Clean { .. }) => Ok(()),
            Some(Closed::Lost) | None => Err(match self.tell_failure() {
                Some(failure) => Error::Io(failure),
                None => Error::Closed(Closed::Lost),
            }),
            Some(closed) => Err(Error::Closed(closed.clone())),
        }
    }

    /// What the transport failed with; whoever asks again is told its kind.
    fn tell_failure(&mut self) -> Option<io::Error> {
        let failure = self.aside.failure()?;
        let kind = failure.kind();
        Some(mem::replace(failure, kind.into()))
    }

    /// As [`poll_event`](Self::poll_event), for a caller who answers from what he is lent: while the peer takes so
    /// little that the queue is filling, he is lent nothing.
    pub(crate) fn poll_lent<T: Take>(
        &mut self,
        context: &mut Context<'_>,
        take: &mut T,
    ) -> Poll<Result<Option<T::Output>, Error>> {
        if self.is_full(ANSWER_BYTES) {
            self.move_output(context);
            if self.is_full(ANSWER_BYTES) {
                self.connection.pause();
                ready!(self.poll_deadline(context));
            }
        }
        self.poll_event(context, take)
    }

    /// Waits for the end; what still comes is thrown away.
    pub(crate) fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            match ready!(self.poll_event(context, &mut All)) {
                Ok(Some(_)) => {}
                Ok(None) => return Poll::Ready(Ok(())),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}
