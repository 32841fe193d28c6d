//! `Aside`: what a driver has only now and then, so that an idle one need not have room for it.

use std::io;

use sockeye_proto::{Event, Outgoing};

#[derive(Debug, Default)]
pub(super) struct Aside(Option<Box<Things>>);

#[derive(Debug, Default)]
struct Things {
    /// Accepted by `Sink`, which may not refuse, when the output had no room for it; everything else goes after it.
    overflow: Option<Outgoing<'static>>,
    /// What came while the caller waited for something else.
    held: Option<Event<'static>>,
    /// What the transport failed with. It stays, so that whoever asks again is told its kind.
    failure: Option<io::Error>,
}

impl Aside {
    #[inline]
    pub(super) fn has_overflow(&self) -> bool {
        self.0.as_ref().is_some_and(|things| things.overflow.is_some())
    }

    #[inline]
    pub(super) fn holds(&self) -> bool {
        self.0.as_ref().is_some_and(|things| things.held.is_some())
    }

    pub(super) fn overflow(&mut self, message: Outgoing<'static>) {
        self.things().overflow = Some(message);
    }

    pub(super) fn hold(&mut self, event: Event<'static>) {
        self.things().held = Some(event);
    }

    /// The first failure tells why; what comes of it later does not.
    #[cold]
    pub(super) fn fail(&mut self, error: io::Error) {
        self.things().failure.get_or_insert(error);
    }

    pub(super) fn take_overflow(&mut self) -> Option<Outgoing<'static>> {
        self.take(|things| things.overflow.take())
    }

    #[inline]
    pub(super) fn take_held(&mut self) -> Option<Event<'static>> {
        self.take(|things| things.held.take())
    }

    pub(super) fn failure(&mut self) -> Option<&mut io::Error> {
        self.0.as_mut()?.failure.as_mut()
    }

    fn things(&mut self) -> &mut Things {
        self.0.get_or_insert_default()
    }

    #[inline]
    fn take<T>(&mut self, take: impl FnOnce(&mut Things) -> Option<T>) -> Option<T> {
        let things = self.0.as_mut()?;
        let taken = take(things);
        if matches!(**things, Things { overflow: None, held: None, failure: None }) {
            self.0 = None;
        }
        taken
    }
}
