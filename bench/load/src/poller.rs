//! Sockets that became readable or writable, edge-triggered.

use std::{os::fd::AsFd, time::Duration};

use rustix::{
    buffer::spare_capacity,
    event::{
        Timespec,
        epoll::{self, CreateFlags, Event, EventData, EventFlags},
    },
    fd::OwnedFd,
    io::Errno,
};

/// As many events as are taken at once.
const EVENTS: usize = 1024;

/// An epoll instance; its sockets have numbers.
pub(crate) struct Poller {
    epoll: OwnedFd,
    events: Vec<Event>,
}

/// What happened to one socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Readiness {
    pub(crate) number: usize,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
}

impl Poller {
    pub(crate) fn new() -> Result<Self, String> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)
            .map_err(|error| format!("expected an epoll instance, got {error}"))?;
        Ok(Self { epoll, events: Vec::with_capacity(EVENTS) })
    }

    pub(crate) fn add(&self, socket: impl AsFd, number: usize) -> Result<(), String> {
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        epoll::add(&self.epoll, socket, EventData::new_u64(number as u64), flags)
            .map_err(|error| format!("expected to watch a socket, got {error}"))
    }

    /// What happened, at the latest after this time.
    pub(crate) fn wait(
        &mut self,
        most: Duration,
    ) -> Result<impl Iterator<Item = Readiness> + use<'_>, String> {
        let most =
            Timespec::try_from(most).map_err(|error| format!("expected a time, got {error}"))?;
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&most)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(format!("expected events, got {error}")),
        }
        let ended = EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR;
        Ok(self.events.iter().map(move |event| {
            let (flags, data) = (event.flags, event.data);
            Readiness {
                number: data.u64() as usize,
                readable: flags.intersects(EventFlags::IN | ended),
                writable: flags.intersects(EventFlags::OUT | ended),
            }
        }))
    }
}
