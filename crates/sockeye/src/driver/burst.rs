//! Messages that were encoded for many, written by somebody who does not wait.

use std::{io, task::Context};

use sockeye_proto::{Burst, CloseFrame};

use super::{Driver, Writing, door::Door};
use crate::{alarm, transport::Transport};

impl<S: Transport> Driver<S> {
    /// Sends the messages behind what is queued, as far as the transport takes them now and the queue has room; tells
    /// how many.
    pub(crate) fn send_burst(&mut self, context: &mut Context<'_>, burst: &mut Burst) -> usize {
        self.move_output(context);
        let mut taken = self.offer_burst(context, burst);
        // What did not fit the queue may do so now that it has moved.
        while let Some(rest @ [_, ..]) = burst.messages().get(taken..) {
            let more = self.offer_burst(context, &mut Burst::new(rest.to_vec()));
            if more == 0 {
                break;
            }
            taken += more;
        }
        taken
    }

    fn offer_burst(&mut self, context: &mut Context<'_>, burst: &mut Burst) -> usize {
        if self.has_stopped_writing() || self.aside.has_overflow() {
            return 0;
        }
        let Self { transport, connection, aside, writing, .. } = self;
        let mut door = Door { transport, context, aside, writing };
        let taken = connection.send_burst(burst, |slices| door.write_pieces(slices));
        self.move_output(context);
        taken
    }

    /// Whether nothing can leave any more.
    pub(crate) fn has_stopped_writing(&self) -> bool {
        self.writing == Writing::Ended
    }

    /// Nothing leaves any more: nobody knows where in a frame the transport has stopped.
    pub(crate) fn stop_writing(&mut self, error: io::Error) {
        self.handle_write_failure(error);
    }

    /// Says goodbye behind what is queued.
    pub(crate) fn dismiss(&mut self, context: &mut Context<'_>, frame: CloseFrame) {
        self.connection.close(frame, alarm::now());
        self.move_output(context);
    }
}
