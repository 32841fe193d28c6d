//! The way in: reads go through the thread's buffer, or straight into the message that they belong to.

use std::{
    io,
    task::{Context, Poll, ready},
};

use sockeye_proto::{Connection, Event, Input};

use super::{Driver, PartsIn, Take};
use crate::{alarm, rest::Rest, scratch, transport::Transport};

/// How often a transport that is always ready is read before others get their turn.
pub(super) const TURNS: usize = 32;

impl<S: Transport> Driver<S> {
    /// What the caller gets for an event.
    pub(super) fn offer<T: Take>(&mut self, take: &mut T, event: Event<'_>) -> Option<T::Output> {
        offer(&mut self.connection, &mut self.parts, take, event)
    }

    /// The next event of what was read before.
    pub(super) fn work_through_rest<T: Take>(&mut self, take: &mut T) -> Option<T::Output> {
        if self.rest.is_empty() {
            return None;
        }
        let mut input = Input::new(self.rest.bytes(), alarm::now());
        let output = work_through(&mut self.connection, &mut self.parts, take, &mut input);
        let left = input.remaining().len();
        self.rest.keep_last(left);
        output
    }

    /// Reads once. Ready with the first event of what came, or with none.
    pub(super) fn poll_input<T: Take>(
        &mut self,
        context: &mut Context<'_>,
        take: &mut T,
    ) -> Poll<Option<T::Output>> {
        let direct = self.connection.payload_buf();
        if let Some(read) =
            direct.map(|mut buffer| self.transport.poll_read_buf(context, &mut buffer))
        {
            let read = self.judge_read(ready!(read));
            let event = read.and_then(|_| self.connection.handle_payload(alarm::now()));
            return Poll::Ready(event.and_then(|event| self.offer(take, event)));
        }
        scratch::with(|scratch| {
            let read = ready!(self.transport.poll_read(context, scratch));
            let Some(read) = self.judge_read(read) else { return Poll::Ready(None) };
            let bytes = scratch.get_mut(..read).unwrap_or_default();
            let mut input = Input::new(bytes, alarm::now());
            let output = work_through(&mut self.connection, &mut self.parts, take, &mut input);
            self.rest = Rest::new(input.remaining());
            Poll::Ready(output)
        })
    }

    /// How much was read; none at the end of the stream or at a failure, and then what waits may still leave.
    fn judge_read(&mut self, read: io::Result<usize>) -> Option<usize> {
        match read {
            Ok(read) if read > 0 => return Some(read),
            Ok(_) => {}
            Err(error) => {
                self.failure.get_or_insert_with(|| Box::new(error));
            }
        }
        self.connection.handle_eof();
        None
    }
}

/// The first event of an input that the caller wants to have.
fn work_through<T: Take>(
    connection: &mut Connection,
    parts: &mut PartsIn,
    take: &mut T,
    input: &mut Input<'_>,
) -> Option<T::Output> {
    while let Some(event) = T::next(connection, input) {
        if let Some(output) = offer(connection, parts, take, event) {
            return Some(output);
        }
    }
    None
}

fn offer<T: Take>(
    connection: &mut Connection,
    parts: &mut PartsIn,
    take: &mut T,
    event: Event<'_>,
) -> Option<T::Output> {
    if let (Event::Part(part), PartsIn::Skipped) = (&event, *parts) {
        *parts = if part.last { PartsIn::Wanted } else { PartsIn::Skipped };
        return None;
    }
    take.take(connection, event)
}
