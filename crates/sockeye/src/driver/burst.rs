//! Messages that were encoded for many, written by somebody who does not wait.

use std::task::Context;

use sockeye_proto::{Burst, CloseFrame};

use super::{Driver, Writing, door::Door};
use crate::{alarm, transport::Transport};

impl<S: Transport> Driver<S> {
    /// Sends the messages behind what is queued, as far as the transport takes them now and the queue has room; tells
    /// how many.
    pub(crate) fn send_burst(&mut self, context: &mut Context<'_>, burst: &mut Burst) -> usize {
        self.move_output(context);
        if self.writing == Writing::Ended || self.overflow.is_some() {
            return 0;
        }
        let Self { transport, connection, failure, writing, .. } = self;
        let mut door = Door { transport, context, failure, writing };
        let taken = connection.send_burst(burst, |slices| door.write_pieces(slices));
        self.move_output(context);
        taken
    }

    /// Says goodbye behind what is queued.
    pub(crate) fn dismiss(&mut self, context: &mut Context<'_>, frame: CloseFrame) {
        self.connection.close(frame, alarm::now());
        self.move_output(context);
    }
}
