//! `Library`: the library's `WebSocket`, for what the fast path does not carry.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use sockeye::{CloseCode, Event, MessageRef, WebSocket};

use super::{Came, Piece};
use crate::bench::{cycle::Cycle, trouble::Trouble};

/// A WebSocket over whatever the library opened. Its futures hold nothing between two polls, so each poll makes one.
#[derive(Debug)]
pub(in crate::bench) struct Library {
    ws: WebSocket,
    /// Messages of the cycle that were sent.
    sent: u64,
}

impl Library {
    pub(in crate::bench) fn new(ws: WebSocket) -> Self {
        Self { ws, sent: 0 }
    }

    pub(super) fn send_cycle(&mut self, cycle: &Cycle, count: u64) -> Result<(), Trouble> {
        for number in self.sent..self.sent + count {
            self.send(cycle.message(number))?;
        }
        self.sent += count;
        Ok(())
    }

    pub(super) fn send(&mut self, message: MessageRef<'_>) -> Result<(), Trouble> {
        self.ws.try_send(message).map_err(|unsent| Trouble::Library(unsent.reason.into()))
    }

    pub(super) fn ping(&mut self, context: &mut Context<'_>) -> Result<(), Trouble> {
        match pin!(self.ws.ping(b"")).poll(context) {
            Poll::Ready(outcome) => Ok(outcome?),
            // It is queued, and leaves with the next poll.
            Poll::Pending => Ok(()),
        }
    }

    pub(super) fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        mut give: impl FnMut(Came<'_>) -> Result<(), Trouble>,
    ) -> Poll<Result<Instant, Trouble>> {
        let received = pin!(self.ws.recv_event()).poll(context);
        match ready!(received)? {
            Some(Event::Message(message)) => give(Came::Piece(Piece::Last(message.as_bytes())))?,
            Some(Event::Pong(_)) => give(Came::Pong)?,
            Some(_) => {}
            None => {
                let closed = self.ws.closed().expect("a WebSocket that gives no more has ended");
                return Poll::Ready(Err(Trouble::Ended(closed.clone())));
            }
        }
        Poll::Ready(Ok(Instant::now()))
    }

    pub(super) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Trouble>> {
        Poll::Ready(Ok(ready!(pin!(self.ws.close(CloseCode::NORMAL)).poll(context))?))
    }
}
