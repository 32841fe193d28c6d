//! `Tasks`: what an engine polls, in the order in which it was woken.

use std::{
    collections::VecDeque,
    mem, ptr,
    sync::Arc,
    task::{Context, RawWakerVTable},
    time::{Duration, Instant},
};

use super::{
    bell::{Bell, Pull},
    inbox::Inbox,
    slab::{Key, Slab},
};
use crate::task::Task;

/// The tasks of an engine.
pub(super) struct Tasks {
    all: Slab<Job>,
    ready: VecDeque<Key>,
    running: Option<Running>,
    inbox: Arc<Inbox>,
    /// A bell that no task has.
    spare: Option<Pull>,
    /// No deadline is before it.
    next_deadline: Tick,
}

/// Time in an engine, as deadlines have it: they are seconds away, and may ring somewhat late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tick(pub(super) u32);

impl Tick {
    pub(super) const NEVER: Self = Self(u32::MAX);

    /// How long one lasts.
    pub(super) const LENGTH: Duration = Duration::from_millis(250);

    /// The last one that has begun at a time.
    pub(super) fn before(start: Instant, time: Instant) -> Self {
        Self::after(time.saturating_duration_since(start))
    }

    /// The first one that begins at a time or later.
    pub(super) fn at_or_after(start: Instant, time: Instant) -> Self {
        let almost_one = Self::LENGTH - Duration::from_nanos(1);
        Self::after(time.saturating_duration_since(start).saturating_add(almost_one))
    }

    fn after(time: Duration) -> Self {
        let whole = time.as_secs().saturating_mul(4);
        let ticks = whole.saturating_add(u64::from(time.subsec_millis() / 250));
        u32::try_from(ticks).map_or(Self::NEVER, Self)
    }

    /// When it begins.
    pub(super) fn time(self, start: Instant) -> Instant {
        start + Self::LENGTH * self.0
    }
}

struct Job {
    /// Elsewhere while it is polled.
    task: Option<Task>,
    /// Only as long as somebody may ring it: who waits for a socket or a deadline of the engine's is rung by his key.
    bell: Option<Arc<Bell>>,
    deadline: Tick,
    /// Whether it is among those that are ready.
    ready: bool,
}

/// A task, and how it is woken from anywhere.
pub(super) struct Work {
    pub(super) task: Task,
    pub(super) pull: Pull,
}

/// The task that is polled, and what its waker is known by for as long.
#[derive(Clone, Copy)]
struct Running {
    key: Key,
    data: *const (),
    vtable: *const RawWakerVTable,
}

impl Tasks {
    pub(super) fn new(inbox: Arc<Inbox>) -> Self {
        let (all, ready) = (Slab::new(), VecDeque::new());
        Self { all, ready, running: None, inbox, spare: None, next_deadline: Tick::NEVER }
    }

    /// A new task, which is ready.
    pub(super) fn add(&mut self, task: Task) {
        let (task, bell, deadline) = (Some(task), None, Tick::NEVER);
        let key = self.all.insert(Job { task, bell, deadline, ready: false });
        self.ring(key);
    }

    /// Makes a task ready, once until it is polled. One that has ended is left in peace.
    pub(super) fn ring(&mut self, key: Key) {
        if let Some(job) = self.all.at(key)
            && !mem::replace(&mut job.ready, true)
        {
            self.ready.push_back(key);
        }
    }

    pub(super) fn ring_all(&mut self) {
        for (key, job) in self.all.each() {
            if !mem::replace(&mut job.ready, true) {
                self.ready.push_back(key);
            }
        }
    }

    /// The next one that is ready, to be polled and given back or taken out.
    pub(super) fn begin(&mut self) -> Option<(Key, Work)> {
        loop {
            let key = self.ready.pop_front()?;
            let Some(job) = self.all.at(key) else { continue };
            job.ready = false;
            let Some(task) = job.task.take() else { continue };
            let pull = match job.bell.take() {
                Some(bell) => Pull::new(bell),
                None => match self.spare.take() {
                    Some(pull) => pull.lend(key),
                    None => Pull::new(Bell::new(self.inbox.clone(), key)),
                },
            };
            let (data, vtable) = (pull.waker.data(), ptr::from_ref(pull.waker.vtable()));
            self.running = Some(Running { key, data, vtable });
            return Some((key, Work { task, pull }));
        }
    }

    /// The task that was begun waits for something.
    pub(super) fn pause(&mut self, key: Key, Work { task, pull }: Work) {
        let bell = self.stop(pull);
        if let Some(job) = self.all.at(key) {
            (job.task, job.bell) = (Some(task), bell);
        }
    }

    /// The task that was begun has ended.
    pub(super) fn end(&mut self, key: Key, pull: Pull) {
        self.stop(pull);
        self.all.remove(key);
    }

    /// No task is polled now; the bell of the one that was, if somebody holds on to it.
    fn stop(&mut self, pull: Pull) -> Option<Arc<Bell>> {
        self.running = None;
        match pull.take_back() {
            Ok(pull) => {
                self.spare = Some(pull);
                None
            }
            Err(bell) => Some(bell),
        }
    }

    /// The task that is polled, if it is the one that `context` wakes.
    pub(super) fn running(&self, context: &Context<'_>) -> Option<Key> {
        let Running { key, data, vtable } = self.running?;
        let waker = context.waker();
        (ptr::eq(waker.data(), data) && ptr::eq(waker.vtable(), vtable)).then_some(key)
    }

    /// Has a task rung at a deadline, if it is not rung before.
    pub(super) fn ring_at(&mut self, key: Key, deadline: Tick) {
        if let Some(job) = self.all.at(key) {
            job.deadline = job.deadline.min(deadline);
            self.next_deadline = self.next_deadline.min(deadline);
        }
    }

    /// No task wants to be rung before.
    pub(super) fn next_deadline(&self) -> Tick {
        self.next_deadline
    }

    /// Rings all whose deadline has come.
    pub(super) fn ring_due(&mut self, now: Tick) {
        self.next_deadline = Tick::NEVER;
        for (key, job) in self.all.each() {
            if job.deadline <= now {
                job.deadline = Tick::NEVER;
                if !mem::replace(&mut job.ready, true) {
                    self.ready.push_back(key);
                }
            }
            self.next_deadline = self.next_deadline.min(job.deadline);
        }
    }

    pub(super) fn is_any_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
