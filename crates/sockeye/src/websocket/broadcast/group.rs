//! `Group`: the members of one runtime, what they are still to be sent, and the task that sends it.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    mem,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use sockeye_proto::{Burst, Prepared, SendError};
use tokio::{
    runtime::{Handle, Id},
    task::{coop, yield_now},
};

use super::{
    Slow, lock,
    seat::{Seat, Stay},
    waiting::Waiting,
};
use crate::transport::Transport;

/// Bytes that may lie in a log: half of a queue of the default size, so that it fills none that was empty.
const LOG_BYTES: usize = 512 * 1024;

/// What a message takes beside its payload, so that empty ones are bounded, too.
const MESSAGE_BYTES: usize = 512;

/// As many sockets are written to before others of the runtime get their turn, and as many bytes.
const TURN_SEATS: usize = 256;
const TURN_BYTES: usize = 4 << 20;

#[derive(Debug)]
pub(super) struct Group<S> {
    runtime: Id,
    slow: Slow,
    waiting: Waiting,
    log: Mutex<Log>,
    /// By their numbers, in the order in which they came.
    seats: Mutex<BTreeMap<u64, Arc<Seat<S>>>>,
}

/// What was sent and not taken by the task yet.
#[derive(Debug, Default)]
struct Log {
    messages: Vec<Prepared>,
    bytes: usize,
    /// How many messages there were before these.
    past: u64,
    /// How many of those were handed to the sockets.
    handed: u64,
    /// How many members there are.
    joined: usize,
    /// How many there ever were.
    numbers: u64,
    /// The task, if it waits.
    task: Option<Waker>,
    state: State,
}

/// ```text
///   Served ──▶ Closing ──▶ Ended
///      └─────────────────────▲
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Served,
    /// Nobody can send any more; what lies in the log still goes out.
    Closing,
    /// The task is gone, as it goes with its runtime.
    Ended,
}

/// The group of a task, as long as that lives.
struct Task<S>(Arc<Group<S>>);

impl Log {
    /// The number of the next message.
    fn next(&self) -> u64 {
        self.past + number(self.messages.len())
    }

    /// How many the task reaches.
    fn members(&self) -> usize {
        if self.state == State::Ended { 0 } else { self.joined }
    }

    fn is_full(&self, more: usize) -> bool {
        self.bytes > 0 && self.bytes + more > LOG_BYTES
    }
}

fn number(len: usize) -> u64 {
    u64::try_from(len).expect("no pointer has more bits")
}

fn cost(message: &Prepared) -> usize {
    message.as_bytes().len().saturating_add(MESSAGE_BYTES)
}

impl<S> Group<S> {
    pub(super) fn runtime(&self) -> Id {
        self.runtime
    }

    pub(super) fn is_served(&self) -> bool {
        lock(&self.log).state == State::Served
    }

    pub(super) fn members(&self) -> usize {
        lock(&self.log).members()
    }

    /// Whether a message may be put.
    pub(super) fn has_room(&self, message: &Prepared) -> Result<(), SendError> {
        let log = lock(&self.log);
        if log.is_full(cost(message)) {
            return Err(SendError::Full { queued: log.bytes, limit: LOG_BYTES });
        }
        Ok(())
    }

    /// Puts a message into the log, and whom to wake for it to `wakers`; tells how many members there are.
    pub(super) fn put(&self, message: &Prepared, wakers: &mut Vec<Waker>) -> usize {
        let mut log = lock(&self.log);
        let members = log.members();
        if members > 0 {
            log.bytes += cost(message);
            log.messages.push(message.clone());
            wakers.extend(log.task.take());
        }
        members
    }

    /// A place for a member; `seat` is told the number of the first message that it gets.
    pub(super) fn join(&self, seat: impl FnOnce(u64) -> Seat<S>) -> (u64, Arc<Seat<S>>) {
        let mut log = lock(&self.log);
        let seat = Arc::new(seat(log.next()));
        let number = log.numbers;
        log.numbers += 1;
        log.joined += 1;
        drop(log);
        lock(&self.seats).insert(number, seat.clone());
        (number, seat)
    }

    /// Gives a place back, if it was not given back before.
    pub(super) fn leave(&self, number: u64) {
        let left = lock(&self.seats).remove(&number);
        if left.is_some() {
            lock(&self.log).joined -= 1;
        }
    }

    /// Nobody sends any more.
    pub(super) fn close(&self) {
        let mut log = lock(&self.log);
        if log.state == State::Served {
            log.state = State::Closing;
        }
        let task = log.task.take();
        drop(log);
        task.into_iter().for_each(Waker::wake);
    }

    /// The next members from a number on.
    fn seats(&self, from: u64, most: usize) -> Vec<(u64, Arc<Seat<S>>)> {
        let seats = lock(&self.seats);
        let next = seats.range(from..).take(most);
        next.map(|(number, seat)| (*number, seat.clone())).collect()
    }

    /// What lies in the log, and the number of its first message; none when nothing will come any more.
    fn poll_log(&self, context: &mut Context<'_>) -> Poll<Option<(u64, Vec<Prepared>)>> {
        let mut log = lock(&self.log);
        if log.messages.is_empty() {
            if log.state != State::Served {
                return Poll::Ready(None);
            }
            let former = log.task.replace(context.waker().clone());
            drop(log);
            drop(former);
            return Poll::Pending;
        }
        let first = log.past;
        log.past = log.next();
        log.bytes = 0;
        let messages = mem::take(&mut log.messages);
        drop(log);
        self.waiting.wake();
        Poll::Ready(Some((first, messages)))
    }

    /// All messages up to this one were handed to the sockets.
    fn handed(&self, number: u64) {
        lock(&self.log).handed = number;
        self.waiting.wake();
    }

    /// The number of the next message.
    pub(super) fn next(&self) -> u64 {
        lock(&self.log).next()
    }

    /// Whether all messages before this one were handed to the sockets, or never will be.
    pub(super) fn has_handed(&self, number: u64) -> bool {
        let log = lock(&self.log);
        log.handed >= number || log.state == State::Ended
    }
}

impl<S: Transport + Send + 'static> Group<S> {
    /// A group without members, and its task.
    pub(super) fn serve(runtime: &Handle, slow: Slow, waiting: Waiting) -> Arc<Self> {
        let group = Arc::new(Self {
            runtime: runtime.id(),
            slow,
            waiting,
            log: Mutex::default(),
            seats: Mutex::default(),
        });
        // It takes turns by itself, and a write that was put off would be forgotten.
        runtime.spawn(coop::unconstrained(run(Task(group.clone()))));
        group
    }

    /// Sends what lay in the log to all who had joined by then.
    async fn deliver(&self, first: u64, messages: Vec<Prepared>) {
        let bytes: usize = messages.iter().map(cost).sum();
        let turn = (TURN_BYTES / bytes.max(1)).clamp(1, TURN_SEATS);
        let mut burst = Burst::new(messages);
        let mut from = 0;
        loop {
            let seats = self.seats(from, turn);
            for (number, seat) in &seats {
                if seat.deliver(first, &mut burst, self.slow) == Stay::Over {
                    self.leave(*number);
                }
            }
            match seats.last() {
                Some((number, _)) if seats.len() == turn => from = number + 1,
                _ => return,
            }
            yield_now().await;
        }
    }
}

/// Sends what is put into the log, until nothing more can be.
async fn run<S: Transport + Send + 'static>(task: Task<S>) {
    let Task(group) = &task;
    while let Some((first, messages)) = poll_fn(|context| group.poll_log(context)).await {
        let next = first + number(messages.len());
        group.deliver(first, messages).await;
        group.handed(next);
        // Whoever sends without end has filled the log again.
        yield_now().await;
    }
}

impl<S> Drop for Task<S> {
    fn drop(&mut self) {
        let mut log = lock(&self.0.log);
        log.state = State::Ended;
        log.bytes = 0;
        let messages = mem::take(&mut log.messages);
        drop(log);
        drop(messages);
        self.0.waiting.wake();
    }
}
