//! `Readiness`: what is known about a socket between two edges.

use std::{mem, task::Waker};

use rustix::{event::epoll::EventFlags, io::Errno};

use super::slab::Key;

/// The direction that somebody wants to move bytes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

/// What is left to be had after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Perhaps.
    More,
    Nothing,
}

impl Left {
    /// The kernel moves as much as it can (epoll(7)), so less than was asked for is all there is.
    pub(super) fn after(moved: usize, asked: usize) -> Self {
        if moved < asked { Self::Nothing } else { Self::More }
    }
}

/// ```text
///            the kernel took or gave less           somebody wants to go on
///   Ready ──────────────────────────────▶ Dry ──────────────────────────────▶ Awaited
///     ▲                                    │                                     │
///     └──────────────── an edge ───────────┴─────────── an edge, and a wake-up ──┘
/// ```
///
/// At the end of a way it is ready for ever: the next call tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    Dry,
    Awaited,
    Ended,
}

/// Who waits for an edge: sockets have one task at a time.
#[derive(Debug, Default)]
pub(super) enum Waiter {
    #[default]
    Nobody,
    /// A task of the engine's.
    Task(Key),
    /// Something else, as what a handler has spawned in tokio.
    Other(Box<Waker>),
}

impl Waiter {
    /// Whoever waits from now on. Who did before is handed out, because dropping it may come back here.
    #[must_use = "dropped when nothing is borrowed"]
    pub(super) fn replace(&mut self, task: Option<Key>, waker: &Waker) -> Self {
        let waiter = match (task, &*self) {
            (Some(task), _) => Self::Task(task),
            (None, Self::Other(known)) if known.will_wake(waker) => return Self::Nobody,
            (None, _) => Self::Other(Box::new(waker.clone())),
        };
        mem::replace(self, waiter)
    }
}

/// Both ways of a socket, and whoever waits for either.
#[derive(Debug)]
pub(super) struct Readiness {
    inwards: State,
    outwards: State,
    waiter: Waiter,
}

impl Readiness {
    /// Of a socket that nobody has tried.
    pub(super) const fn new() -> Self {
        Self { inwards: State::Ready, outwards: State::Ready, waiter: Waiter::Nobody }
    }

    fn way(&mut self, way: Way) -> &mut State {
        match way {
            Way::In => &mut self.inwards,
            Way::Out => &mut self.outwards,
        }
    }

    /// Whether it is worth trying.
    pub(super) fn is_ready(&mut self, way: Way) -> bool {
        matches!(self.way(way), State::Ready | State::Ended)
    }

    /// Attempts it as long as it is worth trying; none when the way is dry.
    pub(super) fn attempt<R>(
        &mut self,
        way: Way,
        mut attempt: impl FnMut() -> Result<(R, Left), Errno>,
    ) -> Option<Result<R, Errno>> {
        while self.is_ready(way) {
            match attempt() {
                Ok((done, Left::More)) => return Some(Ok(done)),
                Ok((done, Left::Nothing)) => {
                    self.run_dry(way);
                    return Some(Ok(done));
                }
                Err(Errno::AGAIN) => self.run_dry(way),
                Err(Errno::INTR) => {}
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }

    fn run_dry(&mut self, way: Way) {
        let state = self.way(way);
        if *state == State::Ready {
            *state = State::Dry;
        }
    }

    /// Somebody waits for the edge. Who did before is handed out, because dropping it may come back here.
    #[must_use = "dropped when nothing is borrowed"]
    pub(super) fn wait(&mut self, way: Way, task: Option<Key>, waker: &Waker) -> Waiter {
        *self.way(way) = State::Awaited;
        self.waiter.replace(task, waker)
    }

    /// Whom to wake after an edge.
    #[must_use = "woken when nothing is borrowed"]
    pub(super) fn handle_edge(&mut self, flags: EventFlags) -> Waiter {
        let failed = EventFlags::HUP | EventFlags::ERR;
        let inwards = edge(flags, EventFlags::IN, failed | EventFlags::RDHUP);
        let outwards = edge(flags, EventFlags::OUT, failed);
        let mut awaited = false;
        for (state, edge) in [(&mut self.inwards, inwards), (&mut self.outwards, outwards)] {
            let Some(edge) = edge else { continue };
            awaited |= *state == State::Awaited;
            if *state != State::Ended {
                *state = edge;
            }
        }
        if awaited { mem::take(&mut self.waiter) } else { Waiter::Nobody }
    }
}

/// What the kernel says about one way.
fn edge(flags: EventFlags, ready: EventFlags, ended: EventFlags) -> Option<State> {
    if flags.intersects(ended) {
        Some(State::Ended)
    } else {
        flags.intersects(ready).then_some(State::Ready)
    }
}
