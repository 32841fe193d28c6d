//! `Clock`: one timer for all the sockets of a thread.
//!
//! A timer of tokio's takes 128 bytes of an idle socket, a place in here 24. Deadlines are seconds away and nearly all
//! of them are never reached, so they may ring a little late, and looking through all of them now and then is cheap.

use std::{
    cell::RefCell,
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use tokio::{
    runtime::{Handle, Id},
    time::{self, Sleep},
};

use crate::alarm;

/// How late a deadline may ring, when there are others.
const GRAIN: Duration = Duration::from_millis(250);

thread_local! {
    static CLOCK: RefCell<Weak<Clock>> = const { RefCell::new(Weak::new()) };
}

#[derive(Debug)]
pub(crate) struct Clock {
    runtime: Id,
    started: Instant,
    places: Mutex<Places>,
}

/// A place on a clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot(u32);

#[derive(Debug, Default)]
struct Places {
    all: Vec<Place>,
    /// The first of those that are free; each knows the next one.
    free: Option<u32>,
    taken: usize,
    /// When the task of this clock wakes up by itself.
    rings_at: u64,
    task: Option<Waker>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Running,
    /// Its task is gone, with its runtime or because nobody was left.
    Stopped,
}

#[derive(Debug)]
enum Place {
    Free {
        next: Option<u32>,
    },
    Taken {
        /// Milliseconds since the clock was started; [`NEVER`] when nobody waits.
        deadline: u64,
        waker: Waker,
    },
}

const NEVER: u64 = u64::MAX;

impl Clock {
    /// A place on the clock of this thread, with a deadline.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, as tokio's own timers do.
    pub(crate) fn join(deadline: Instant, waker: &Waker) -> (Arc<Self>, Slot) {
        let runtime = Handle::current().id();
        let known = CLOCK.try_with(|clock| clock.borrow().upgrade()).ok().flatten();
        if let Some(clock) = known.filter(|clock| clock.runtime == runtime)
            && let Some(slot) = clock.add(deadline, waker)
        {
            return (clock, slot);
        }
        let started = alarm::now();
        let clock = Arc::new(Self { runtime, started, places: Mutex::default() });
        let slot = clock.add(deadline, waker).expect("a clock that has just been made runs");
        let _ = CLOCK.try_with(|kept| kept.replace(Arc::downgrade(&clock)));
        tokio::spawn(Task { clock: clock.clone(), sleep: Box::pin(time::sleep(GRAIN)) });
        (clock, slot)
    }

    fn add(&self, deadline: Instant, waker: &Waker) -> Option<Slot> {
        let deadline = self.millis(deadline);
        let mut places = self.lock();
        if places.state == State::Stopped {
            return None;
        }
        places.ring_by(deadline);
        Some(places.take(Place::Taken { deadline, waker: waker.clone() }))
    }

    /// Sets a deadline; `false` when this clock rings no more. One that is set for earlier already is left: whoever is
    /// woken by it finds that it is too early and comes back, which is cheaper than moving it with every read.
    pub(crate) fn set(&self, slot: Slot, at: Instant, waker: &Waker) -> bool {
        let at = self.millis(at);
        let mut places = self.lock();
        if places.state == State::Stopped {
            return false;
        }
        let Some(Place::Taken { deadline, waker: known }) = places.at(slot) else { return false };
        let before =
            if known.will_wake(waker) { None } else { Some(mem::replace(known, waker.clone())) };
        if at < *deadline {
            *deadline = at;
            places.ring_by(at);
        }
        drop(places);
        // A waker may be the last owner of its task, which may own a place on this clock.
        drop(before);
        true
    }

    pub(crate) fn leave(&self, slot: Slot) {
        let left = self.lock().leave(slot);
        // As above.
        drop(left);
    }

    fn millis(&self, at: Instant) -> u64 {
        let after = at.saturating_duration_since(self.started);
        let millis = u64::from(after.subsec_nanos().div_ceil(1_000_000));
        after.as_secs().saturating_mul(1000).saturating_add(millis)
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn at(&mut self, slot: Slot) -> Option<&mut Place> {
        usize::try_from(slot.0).ok().and_then(|slot| self.all.get_mut(slot))
    }

    fn take(&mut self, place: Place) -> Slot {
        self.taken += 1;
        let free = self.free.map(Slot);
        if let (Some(slot), Some(known)) = (free, free.and_then(|slot| self.at(slot))) {
            let Place::Free { next } = mem::replace(known, place) else {
                unreachable!("the list of the free leads to the free")
            };
            self.free = next;
            return slot;
        }
        let slot = u32::try_from(self.all.len()).expect("fewer sockets than that");
        self.all.push(place);
        Slot(slot)
    }

    fn leave(&mut self, slot: Slot) -> Option<Place> {
        let next = self.free;
        let left = self.at(slot).map(|place| mem::replace(place, Place::Free { next }))?;
        self.free = Some(slot.0);
        self.taken -= 1;
        Some(left)
    }

    fn ring_by(&mut self, deadline: u64) {
        if deadline < self.rings_at
            && let Some(task) = self.task.take()
        {
            task.wake();
        }
    }

    /// The wakers whose time has come; and when the next one's comes, if there is one.
    fn due(&mut self, now: u64) -> (Vec<Waker>, Option<u64>) {
        let mut due = Vec::new();
        let mut next = NEVER;
        for place in &mut self.all {
            let Place::Taken { deadline, waker } = place else { continue };
            if *deadline <= now {
                *deadline = NEVER;
                due.push(mem::replace(waker, Waker::noop().clone()));
            }
            next = next.min(*deadline);
        }
        (due, (next < NEVER).then_some(next))
    }

    fn is_empty(&self) -> bool {
        self.taken == 0
    }
}

/// Rings. It ends when nobody has a place any more.
struct Task {
    clock: Arc<Clock>,
    sleep: Pin<Box<Sleep>>,
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let clock = self.clock.clone();
            let now = alarm::now();
            let mut places = clock.lock();
            let (due, next) = places.due(clock.millis(now));
            if places.is_empty() {
                places.state = State::Stopped;
                return Poll::Ready(());
            }
            // Somebody has a place, but no deadline: he sets one before he waits.
            let idle = now + 100 * GRAIN;
            let next = next.map_or(idle, |next| clock.started + Duration::from_millis(next));
            let next = next.max(now + GRAIN);
            places.rings_at = clock.millis(next);
            places.task = Some(context.waker().clone());
            drop(places);
            due.into_iter().for_each(Waker::wake);
            self.sleep.as_mut().reset(time::Instant::from_std(next));
            if self.sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let places = {
            let mut places = self.clock.lock();
            places.state = State::Stopped;
            mem::take(&mut places.all)
        };
        // The runtime ends, so nobody rings for these any more.
        for place in places {
            if let Place::Taken { waker, .. } = place {
                waker.wake();
            }
        }
    }
}
