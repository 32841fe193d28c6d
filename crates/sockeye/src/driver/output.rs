//! The way out: what is queued leaves in vectored writes, as few as there can be.

use std::{
    io::{self, ErrorKind, IoSlice},
    task::{Context, Poll},
};

use sockeye_proto::{Closed, Kind, Outgoing, Prepared, SendError, Unsent};
use tokio::task::coop;

use super::{Driver, Turn, Writing, input::TURNS};
use crate::{Error, alarm, engine, scratch, transport::Transport};

/// As many slices as one write is given.
const SLICES: usize = 64;

/// As many as most writes need: to clear an array of all of them takes as long as to queue a small message.
const FEW_SLICES: usize = 4;

impl<S: Transport> Driver<S> {
    /// Writes as much of the output as the transport takes now, and ends our side of it once all is said.
    #[inline]
    pub(super) fn move_output(&mut self, context: &mut Context<'_>) {
        let nothing_to_do = self.writing == Writing::Open
            && self.connection.queued() == 0
            && !self.aside.has_overflow()
            && !self.connection.poll_shutdown();
        if nothing_to_do {
            return;
        }
        if let Err(error) = self.write(context) {
            self.handle_write_failure(error);
        }
    }

    fn write(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.writing == Writing::Ended {
            // Nothing leaves any more, so nothing waits to.
            self.connection.handle_write_failed();
        }
        self.queue_overflow();
        while self.connection.queued() > 0 {
            match self.poll_write(context) {
                Poll::Ready(Ok(0)) => return Err(ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(written)) => {
                    self.connection.handle_written(written);
                    self.writing = Writing::Unflushed;
                    self.queue_overflow();
                }
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => {
                    self.handle_pending_write(context);
                    break;
                }
            }
        }
        if self.writing == Writing::Unflushed
            && let Poll::Ready(flushed) = self.transport.poll_flush(context)
        {
            flushed?;
            self.writing = Writing::Open;
        }
        if self.writing == Writing::Open
            && self.connection.poll_shutdown()
            && let Poll::Ready(shut_down) = self.transport.poll_shutdown(context)
        {
            self.writing = Writing::Ended;
            shut_down?;
        }
        Ok(())
    }

    /// A task that has used its budget up is told by tokio to wait, and no transport is asked: that tells nothing of
    /// the peer. It tries again when it is polled the next time.
    fn handle_pending_write(&mut self, context: &Context<'_>) {
        if coop::has_budget_remaining() {
            self.connection.handle_stalled(alarm::now());
        } else {
            context.waker().wake_by_ref();
        }
    }

    #[inline]
    fn queue_overflow(&mut self) {
        if self.aside.has_overflow() {
            self.queue_what_had_no_room();
        }
    }

    #[cold]
    fn queue_what_had_no_room(&mut self) {
        let Some(message) = self.aside.take_overflow() else { return };
        if let Err(Unsent { message, reason: SendError::Full { .. } }) =
            self.connection.send(message)
        {
            self.aside.overflow(message);
        }
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut few = [IoSlice::new(&[]); FEW_SLICES];
        let mut many;
        let mut filled = self.connection.poll_output(&mut few);
        let mut slices = few.as_slice();
        if filled == FEW_SLICES {
            many = [IoSlice::new(&[]); SLICES];
            filled = self.connection.poll_output(&mut many);
            slices = &many;
        }
        let slices = slices.get(..filled).unwrap_or_default();
        if filled > 1 && !self.transport.is_write_vectored() {
            return scratch::with(|scratch| {
                let gathered = gather(slices, scratch);
                self.transport.poll_write(context, &[IoSlice::new(gathered)])
            });
        }
        self.transport.poll_write(context, slices)
    }

    /// What the peer has sent before the failure can still be read.
    pub(super) fn handle_write_failure(&mut self, error: io::Error) {
        self.writing = Writing::Ended;
        self.connection.handle_write_failed();
        self.aside.fail(error);
    }

    /// Queues a message as soon as there is room for it. It is taken out of `message` whole, or not at all.
    pub(crate) fn poll_feed(
        &mut self,
        context: &mut Context<'_>,
        message: &mut Option<Outgoing<'_>>,
    ) -> Poll<Result<(), Error>> {
        self.poll_queue(context, |driver| {
            let Some(waiting) = message.take() else { return Ok(()) };
            driver.try_send(waiting).map_err(|unsent| {
                *message = Some(unsent.message);
                unsent.reason
            })
        })
    }

    /// Waits for room for a message of `len` bytes.
    pub(crate) fn poll_reserve(
        &mut self,
        context: &mut Context<'_>,
        len: usize,
    ) -> Poll<Result<(), Error>> {
        self.poll_queue(context, |driver| driver.connection.may_send(len))
    }

    pub(crate) fn poll_prepared(
        &mut self,
        context: &mut Context<'_>,
        message: &Prepared,
    ) -> Poll<Result<(), Error>> {
        self.poll_queue(context, |driver| driver.connection.send_prepared(message))
    }

    pub(crate) fn poll_begin_parts(
        &mut self,
        context: &mut Context<'_>,
        kind: Kind,
    ) -> Poll<Result<(), Error>> {
        self.poll_queue(context, |driver| driver.connection.begin_parts(kind))
    }

    pub(crate) fn poll_part(
        &mut self,
        context: &mut Context<'_>,
        part: &[u8],
    ) -> Poll<Result<(), Error>> {
        self.poll_queue(context, |driver| driver.connection.send_part(part))
    }

    pub(crate) fn poll_finish_parts(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Error>> {
        self.poll_queue(context, |driver| driver.connection.finish_parts(&[]))
    }

    pub(crate) fn abandon_parts(&mut self) {
        self.connection.abandon_parts(alarm::now());
    }

    /// Tries to queue something until there is room for it, and makes room meanwhile.
    fn poll_queue(
        &mut self,
        context: &mut Context<'_>,
        mut queue: impl FnMut(&mut Self) -> Result<(), SendError>,
    ) -> Poll<Result<(), Error>> {
        for _ in 0..TURNS {
            if self.writing == Writing::Ended {
                return Poll::Ready(Err(self.refused(SendError::Closing)));
            }
            let queued = if !self.aside.has_overflow() { queue(self) } else { Err(self.full()) };
            match queued {
                // Another sender of a split socket is in the midst of a message.
                Err(SendError::Full { .. } | SendError::InsideParts) => {}
                queued => return Poll::Ready(queued.map_err(|reason| self.refused(reason))),
            }
            let before = self.standing();
            self.move_output(context);
            if self.standing() == before && self.poll_turn(context) == Turn::Waits {
                return Poll::Pending;
            }
        }
        self.poll_later(context)
    }

    /// Why nothing is queued while a message waits outside: as the output would say it.
    fn full(&self) -> SendError {
        self.connection.may_send(usize::MAX).err().unwrap_or(SendError::Closing)
    }

    pub(super) fn is_full(&self, len: usize) -> bool {
        self.aside.has_overflow()
            || matches!(self.connection.may_send(len), Err(SendError::Full { .. }))
    }

    /// Waits until all that is queued has left, or will not.
    pub(crate) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        for _ in 0..TURNS {
            self.move_output(context);
            if self.connection.queued() == 0 && self.writing != Writing::Unflushed {
                engine::hurry();
                return Poll::Ready(self.flushed());
            }
            if self.poll_turn(context) == Turn::Waits {
                return Poll::Pending;
            }
        }
        self.poll_later(context)
    }

    /// Nothing waits any more: all of it has left, or some of it never will.
    fn flushed(&mut self) -> Result<(), Error> {
        if self.connection.has_forgotten() {
            return Err(self.refused(SendError::Closing));
        }
        match self.writing {
            Writing::Ended => self.tell_failure().map_or(Ok(()), |error| Err(Error::Io(error))),
            Writing::Open | Writing::Unflushed => Ok(()),
        }
    }

    pub(crate) fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.connection.ping(payload).map_err(|reason| self.refused(reason))
    }

    pub(crate) fn try_send<'m>(&mut self, message: Outgoing<'m>) -> Result<(), Unsent<'m>> {
        if self.writing == Writing::Ended {
            return Err(Unsent { message, reason: SendError::Closing });
        }
        if self.aside.has_overflow() {
            return Err(Unsent { message, reason: self.full() });
        }
        self.connection.send(message)
    }

    pub(crate) fn try_send_prepared(&mut self, message: &Prepared) -> Result<(), SendError> {
        if self.aside.has_overflow() {
            return Err(self.full());
        }
        self.connection.send_prepared(message)
    }

    /// Takes a message in any case, behind what is queued.
    pub(crate) fn accept(&mut self, message: Outgoing<'static>) -> Result<(), SendError> {
        match self.try_send(message) {
            Err(Unsent { message, reason: SendError::Full { .. } })
                if !self.aside.has_overflow() =>
            {
                self.aside.overflow(message);
                Ok(())
            }
            sent => sent.map_err(SendError::from),
        }
    }

    /// Waits until nothing is left that had no room.
    pub(crate) fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_queue(context, |_| Ok(()))
    }

    /// Why nothing can be sent, as well as we know it.
    pub(crate) fn refused(&mut self, reason: SendError) -> Error {
        match (reason, self.connection.closed()) {
            (SendError::Closing, Some(Closed::Clean { .. })) => Error::Send(reason),
            (SendError::Closing, Some(_)) => self.ending().err().unwrap_or(Error::Send(reason)),
            (SendError::Closing, None) => {
                self.tell_failure().map_or(Error::Send(reason), Error::Io)
            }
            _ => Error::Send(reason),
        }
    }
}

/// Copies slices together, as much of them as there is room for.
fn gather<'g>(slices: &[IoSlice<'_>], room: &'g mut [u8]) -> &'g [u8] {
    let mut len = 0;
    for slice in slices {
        let left = room.get_mut(len..).unwrap_or_default();
        let taken = slice.len().min(left.len());
        if let (Some(to), Some(from)) = (left.get_mut(..taken), slice.get(..taken)) {
            to.copy_from_slice(from);
        }
        len += taken;
    }
    room.get(..len).unwrap_or_default()
}
