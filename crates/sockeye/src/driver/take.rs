//! What becomes of the events of a connection.

use bytes::Bytes;
use sockeye_proto::{
    Connection, Data, Delivery, Event as CoreEvent, Input, Kind, Message, MessageRef,
};

use crate::{Event, Out, out::Through};

/// A way to take events.
pub(crate) trait Take {
    type Output;

    /// The next event of an input, as it suits.
    fn next<'a>(connection: &mut Connection, input: &mut Input<'a>) -> Option<CoreEvent<'a>> {
        connection.handle_input_owned(input)
    }

    /// What the caller gets for it; `None` if the event is none of his concern.
    fn take(
        &mut self,
        connection: &mut Connection,
        transport: &mut dyn Through,
        event: CoreEvent<'_>,
    ) -> Option<Self::Output>;
}

/// Every event as it is, with a payload of its own.
pub(crate) struct All;

impl Take for All {
    type Output = CoreEvent<'static>;

    fn take(
        &mut self,
        _: &mut Connection,
        _: &mut dyn Through,
        event: CoreEvent<'_>,
    ) -> Option<CoreEvent<'static>> {
        Some(event.into_owned())
    }
}

/// Messages alone, owned.
pub(crate) struct Messages;

impl Take for Messages {
    type Output = Message;

    fn take(
        &mut self,
        _: &mut Connection,
        _: &mut dyn Through,
        event: CoreEvent<'_>,
    ) -> Option<Message> {
        match event {
            CoreEvent::Message(message) => Some(message.into_owned()),
            _ => None,
        }
    }
}

/// Messages and what control frames said.
pub(crate) struct Events;

impl Take for Events {
    type Output = Event;

    fn take(
        &mut self,
        _: &mut Connection,
        _: &mut dyn Through,
        event: CoreEvent<'_>,
    ) -> Option<Event> {
        Event::from_core(event)
    }
}

/// Messages alone, lent to a function of the caller's.
pub(crate) struct ByReference<F>(pub(crate) Option<F>);

impl<F, R> Take for ByReference<F>
where
    F: FnOnce(MessageRef<'_>, &mut Out<'_>) -> R,
{
    type Output = R;

    fn next<'a>(connection: &mut Connection, input: &mut Input<'a>) -> Option<CoreEvent<'a>> {
        connection.handle_input(input)
    }

    fn take(
        &mut self,
        connection: &mut Connection,
        transport: &mut dyn Through,
        event: CoreEvent<'_>,
    ) -> Option<R> {
        let CoreEvent::Message(message) = event else { return None };
        let give = self.0.take()?;
        let given = give(message.as_ref(), &mut Out::new(connection, transport));
        message.recycle();
        Some(given)
    }
}

/// The beginning of a message that is read in parts.
pub(crate) struct Opening;

/// How it comes.
pub(crate) enum Opened {
    InParts(Kind),
    /// It was there already when parts were asked for.
    Whole(Message),
}

impl Take for Opening {
    type Output = Opened;

    fn next<'a>(connection: &mut Connection, input: &mut Input<'a>) -> Option<CoreEvent<'a>> {
        // Asked anew each time: a caller that goes away leaves nothing but a question, which all others ignore.
        connection.set_delivery(Delivery::Ask);
        let event = connection.handle_input_owned(input);
        connection.set_delivery(Delivery::Whole);
        event
    }

    fn take(
        &mut self,
        connection: &mut Connection,
        _: &mut dyn Through,
        event: CoreEvent<'_>,
    ) -> Option<Opened> {
        match event {
            CoreEvent::Start(start) => {
                connection.deliver_in_parts();
                Some(Opened::InParts(start.kind))
            }
            CoreEvent::Message(message) => Some(Opened::Whole(message.into_owned())),
            _ => None,
        }
    }
}

/// The parts of a message that was opened, and whether each is the last.
pub(crate) struct Parts;

impl Take for Parts {
    type Output = (Bytes, bool);

    fn take(
        &mut self,
        _: &mut Connection,
        _: &mut dyn Through,
        event: CoreEvent<'_>,
    ) -> Option<(Bytes, bool)> {
        let CoreEvent::Part(part) = event else { return None };
        let bytes = match part.data {
            Data::Lent(bytes) => Bytes::copy_from_slice(bytes),
            Data::Owned(bytes) => bytes,
        };
        Some((bytes, part.last))
    }
}
