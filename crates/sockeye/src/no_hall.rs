//! What stands in place of `hall` where there is no server: nobody leaves, and a seat takes no room.

use std::task::{Context, Poll};

/// There is none.
#[derive(Debug)]
pub(crate) enum Seat {}

impl Seat {
    pub(crate) fn is_leaving(&self) -> bool {
        match *self {}
    }

    pub(crate) fn poll_leaving(&mut self, _: &mut Context<'_>) -> Poll<()> {
        match *self {}
    }
}
