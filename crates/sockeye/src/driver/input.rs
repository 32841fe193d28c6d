//! The way in: reads go through the thread's buffer, or straight into the message that they belong to.

use std::{
    io,
    task::{Context, Poll, ready},
};

use sockeye_proto::{Connection, Event, Input};

use super::{Driver, PartsIn, Reading, Take, aside::Aside, door::Door};
use crate::{alarm, out::Through, rest, transport::Transport};

/// How often a transport that is always ready is read before others get their turn.
pub(super) const TURNS: usize = 32;

impl<S: Transport> Driver<S> {
    /// What the caller gets for an event.
    pub(super) fn offer<T: Take>(
        &mut self,
        context: &mut Context<'_>,
        take: &mut T,
        event: Event<'_>,
    ) -> Option<T::Output> {
        let Self { transport, connection, aside, writing, parts, .. } = self;
        let mut door = Door { transport, context, aside, writing };
        offer(connection, parts, &mut door, take, event).or_else(|| take.pause())
    }

    /// The next event of what was read before.
    pub(super) fn work_through_rest<T: Take>(
        &mut self,
        context: &mut Context<'_>,
        take: &mut T,
    ) -> Option<T::Output> {
        let Self { transport, connection, rest, aside, writing, parts, .. } = self;
        let (bytes, left, came) = rest.lend()?;
        let mut input = Input::new(bytes, came);
        let mark = |input: &Input<'_>| *left = input.remaining().len();
        let mut door = Door { transport, context, aside, writing };
        let output = work_through(connection, parts, &mut door, take, &mut input, mark);
        self.rest.settle();
        output
    }

    /// Reads once. Ready with the first event of what came, or with none.
    pub(super) fn poll_input<T: Take>(
        &mut self,
        context: &mut Context<'_>,
        take: &mut T,
    ) -> Poll<Option<T::Output>> {
        if self.reading == Reading::Ended {
            return Poll::Pending;
        }
        let direct = self.connection.payload_buf();
        if let Some(read) =
            direct.map(|mut buffer| self.transport.poll_read_buf(context, &mut buffer))
        {
            let Some(_) = judge_read(ready!(read), &mut self.aside) else {
                self.end_reading();
                return Poll::Ready(None);
            };
            let event = self.connection.handle_payload(alarm::now());
            return Poll::Ready(event.and_then(|event| self.offer(context, take, event)));
        }
        let Self { transport, connection, rest, aside, writing, parts, .. } = self;
        let mut reading = rest::Reading::new(rest);
        let read = ready!(transport.poll_read(context, reading.room()));
        let Some(read) = judge_read(read, aside) else {
            drop(reading);
            self.end_reading();
            return Poll::Ready(None);
        };
        let came = alarm::now();
        let (bytes, left) = reading.filled(read, came);
        let mut input = Input::new(bytes, came);
        let mark = |input: &Input<'_>| *left = input.remaining().len();
        let mut door = Door { transport, context, aside, writing };
        Poll::Ready(work_through(connection, parts, &mut door, take, &mut input, mark))
    }

    fn end_reading(&mut self) {
        self.reading = Reading::Ended;
        self.connection.handle_eof();
    }
}

/// How much was read; none at the end of the stream or at a failure, and then what waits may still leave.
fn judge_read(read: io::Result<usize>, aside: &mut Aside) -> Option<usize> {
    match read {
        Ok(read) => (read > 0).then_some(read),
        Err(error) => {
            aside.fail(error);
            None
        }
    }
}

/// The first event of an input that the caller wants to have. Before he is offered one, `mark` is told what is left.
fn work_through<T: Take>(
    connection: &mut Connection,
    parts: &mut PartsIn,
    door: &mut dyn Through,
    take: &mut T,
    input: &mut Input<'_>,
    mut mark: impl FnMut(&Input<'_>),
) -> Option<T::Output> {
    while let Some(event) = T::next(connection, input) {
        mark(input);
        if let Some(output) = offer(connection, parts, door, take, event) {
            return Some(output);
        }
    }
    mark(input);
    take.pause()
}

#[inline]
fn offer<T: Take>(
    connection: &mut Connection,
    parts: &mut PartsIn,
    door: &mut dyn Through,
    take: &mut T,
    event: Event<'_>,
) -> Option<T::Output> {
    if let (Event::Part(part), PartsIn::Skipped) = (&event, *parts) {
        *parts = if part.last { PartsIn::Wanted } else { PartsIn::Skipped };
        return None;
    }
    take.take(connection, door, event)
}
