//! `Door`: the transport, for what is written before it is queued.

use std::{
    io::IoSlice,
    task::{Context, Poll},
};

use tokio::task::coop;

use super::{Writing, aside::Aside};
use crate::{out::Through, transport::Transport};

pub(super) struct Door<'d, 'c, S> {
    pub(super) transport: &'d mut S,
    pub(super) context: &'d mut Context<'c>,
    pub(super) aside: &'d mut Aside,
    pub(super) writing: &'d mut Writing,
}

impl<S: Transport> Door<'_, '_, S> {
    /// Writes pieces that may leave one by one; tells how much was taken.
    pub(super) fn write_pieces(&mut self, pieces: &[IoSlice<'_>]) -> usize {
        if self.transport.is_write_vectored() {
            return self.offer(pieces);
        }
        let mut taken = 0;
        for piece in pieces {
            let mut rest: &[u8] = piece;
            while !rest.is_empty() {
                let more = self.offer(&[IoSlice::new(rest)]);
                if more == 0 {
                    return taken;
                }
                taken += more;
                rest = rest.get(more..).unwrap_or_default();
            }
        }
        taken
    }

    fn offer(&mut self, slices: &[IoSlice<'_>]) -> usize {
        match self.transport.poll_write(self.context, slices) {
            Poll::Ready(Ok(written)) => {
                *self.writing = Writing::Unflushed;
                written
            }
            Poll::Ready(Err(error)) => {
                // Whoever writes what waits is told that it fails; why is told once.
                self.aside.fail(error);
                0
            }
            Poll::Pending => 0,
        }
    }
}

impl<S: Transport> Through for Door<'_, '_, S> {
    fn is_open(&self) -> bool {
        // Without vectors the header would leave alone. Without budget tokio does not ask the transport.
        *self.writing != Writing::Ended
            && self.transport.is_write_vectored()
            && coop::has_budget_remaining()
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> usize {
        self.offer(slices)
    }
}
