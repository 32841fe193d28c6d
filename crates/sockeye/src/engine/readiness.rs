//! `Readiness`: what is known about a socket between two edges.

use std::task::{Context, Poll, Waker};

use rustix::{event::epoll::EventFlags, io::Errno};

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

/// Both ways of a socket, and whoever waits for either: sockets have one task at a time.
#[derive(Debug)]
pub(super) struct Readiness {
    inwards: State,
    outwards: State,
    waker: Option<Waker>,
}

impl Readiness {
    /// Of a socket that nobody has tried.
    pub(super) const fn new() -> Self {
        Self { inwards: State::Ready, outwards: State::Ready, waker: None }
    }

    fn way(&mut self, way: Way) -> &mut State {
        match way {
            Way::In => &mut self.inwards,
            Way::Out => &mut self.outwards,
        }
    }

    /// Attempts it as long as it is worth trying; else the task of `context` waits for the edge. A waker that is no
    /// longer needed is handed out, because dropping it may come back here.
    pub(super) fn poll<R>(
        &mut self,
        way: Way,
        context: &Context<'_>,
        mut attempt: impl FnMut() -> Result<(R, Left), Errno>,
    ) -> (Poll<Result<R, Errno>>, Option<Waker>) {
        while matches!(self.way(way), State::Ready | State::Ended) {
            match attempt() {
                Ok((done, Left::More)) => return (Poll::Ready(Ok(done)), None),
                Ok((done, Left::Nothing)) => {
                    self.run_dry(way);
                    return (Poll::Ready(Ok(done)), None);
                }
                Err(Errno::AGAIN) => self.run_dry(way),
                Err(Errno::INTR) => {}
                Err(error) => return (Poll::Ready(Err(error)), None),
            }
        }
        *self.way(way) = State::Awaited;
        let known = self.waker.as_ref().is_some_and(|known| known.will_wake(context.waker()));
        let former = if known { None } else { self.waker.replace(context.waker().clone()) };
        (Poll::Pending, former)
    }

    fn run_dry(&mut self, way: Way) {
        let state = self.way(way);
        if *state == State::Ready {
            *state = State::Dry;
        }
    }

    /// Whom to wake after an edge.
    #[must_use = "woken when nothing is borrowed"]
    pub(super) fn handle_edge(&mut self, flags: EventFlags) -> Option<Waker> {
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
        if awaited { self.waker.take() } else { None }
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
