//! `Tasks`: what an engine polls, in the order in which it was woken.

use std::{
    collections::VecDeque,
    future::Future,
    mem,
    pin::Pin,
    ptr,
    sync::Arc,
    task::{Context, RawWakerVTable, Waker},
    time::{Duration, Instant},
};

use super::{
    inbox::{Bell, Inbox},
    slab::{Key, Slab},
};

/// Something that an engine runs to its end.
pub(super) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The tasks of an engine.
pub(super) struct Tasks {
    all: Slab<Job>,
    ready: VecDeque<Key>,
    running: Option<Running>,
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
    work: Option<Work>,
    deadline: Tick,
    /// Whether it is among those that are ready.
    ready: bool,
}

/// A task, and how it is woken from anywhere.
pub(super) struct Work {
    pub(super) task: Task,
    pub(super) waker: Waker,
}

/// The task that is polled, and what its waker is known by for as long.
#[derive(Clone, Copy)]
struct Running {
    key: Key,
    data: *const (),
    vtable: *const RawWakerVTable,
}

impl Tasks {
    pub(super) const fn new() -> Self {
        Self { all: Slab::new(), ready: VecDeque::new(), running: None, next_deadline: Tick::NEVER }
    }

    /// A new task, which is ready.
    pub(super) fn add(&mut self, task: Task, inbox: &Arc<Inbox>) -> Key {
        let key = self.all.insert(Job { work: None, deadline: Tick::NEVER, ready: false });
        let waker = Bell::new(inbox.clone(), key).into();
        if let Some(job) = self.all.at(key) {
            job.work = Some(Work { task, waker });
        }
        self.ring(key);
        key
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
            let Some(work) = job.work.take() else { continue };
            let (data, vtable) = (work.waker.data(), ptr::from_ref(work.waker.vtable()));
            self.running = Some(Running { key, data, vtable });
            return Some((key, work));
        }
    }

    /// The task that was begun waits for something.
    pub(super) fn pause(&mut self, key: Key, work: Work) {
        self.running = None;
        if let Some(job) = self.all.at(key) {
            job.work = Some(work);
        }
    }

    /// The task that was begun has ended.
    pub(super) fn end(&mut self, key: Key) {
        self.running = None;
        self.all.remove(key);
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
