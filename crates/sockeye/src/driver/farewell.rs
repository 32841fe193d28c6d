//! The goodbye of a server that leaves: it is said by whoever waits for the peer.

use std::task::{Context, Poll, ready};

use sockeye_proto::CloseCode;

use super::Driver;
use crate::{alarm, hall::Seat};

impl<S> Driver<S> {
    #[cfg(feature = "hyper")]
    pub(crate) fn sit(&mut self, seat: Seat) {
        self.seat = Some(seat);
    }

    /// Says 1001 if the server leaves. Called between two reads, when all that was read has been handed over.
    #[inline]
    pub(super) fn heed_farewell(&mut self) {
        if self.seat.as_ref().is_some_and(Seat::is_leaving) {
            self.say_farewell();
        }
    }

    #[cold]
    fn say_farewell(&mut self) {
        self.connection.close(CloseCode::GOING_AWAY, alarm::now());
    }

    /// As [`heed_farewell`](Self::heed_farewell), for a caller that waits: ready when there is a goodbye to write.
    pub(super) fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(seat) = self.seat.as_mut().filter(|_| self.connection.is_open()) else {
            return Poll::Pending;
        };
        ready!(seat.poll_leaving(context));
        self.heed_farewell();
        Poll::Ready(())
    }
}
