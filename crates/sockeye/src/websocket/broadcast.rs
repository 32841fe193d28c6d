//! `Broadcast`: one message to many sockets, written by one task of each runtime, and not by a wake-up of each socket.
//!
//! ```text
//!                     ┌─▶ Group of one runtime: log ──▶ its task ──▶ a write to each of its sockets
//!   send ──▶ Room ────┤
//!                     └─▶ Group of another: ...
//! ```
//!
//! A thread of an engine is a runtime of its own, so sockets stay where they are. What is sent within one turn of
//! whoever sends lies in the log together and leaves in one write to each socket. No rule of the protocol is in here:
//! which form the messages take, and how many of them a socket has room for, the connection knows.

mod group;
mod seat;
mod waiting;

use std::{
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use sockeye_proto::{Prepared, SendError};
use tokio::runtime::Handle;

use self::group::Group;
pub use self::seat::{Delivered, Member};
use self::waiting::Waiting;
use super::Sender;
use crate::{Io, transport::Transport};

/// Sends each message to many sockets. Cloning is cheap, and a clone sends to the same ones.
///
/// A message is encoded once, and compressed at most once for each size of window. Nobody is woken to send it on: one
/// task of each runtime writes it to all the sockets there, and on engines each thread to its own. What is sent in one
/// go, as by a handler that works through what it has read, leaves in one write to each socket.
///
/// ```
/// use sockeye::{Broadcast, Message, WebSocket};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sockeye::Error> {
/// let room = Broadcast::new();
/// let (near, far) = tokio::io::duplex(1024);
/// let server = WebSocket::server(far, Default::default(), Default::default(), &[]);
/// let (_receiver, sender) = server.split();
/// let member = room.join(&sender);
/// assert_eq!(room.send("hello").await, 1);
///
/// let mut client = WebSocket::client(near, Default::default(), Default::default(), &[]);
/// assert_eq!(client.recv().await?, Some(Message::from("hello")));
/// drop(member);
/// assert_eq!(room.send("to nobody").await, 0);
/// # Ok(())
/// # }
/// ```
///
/// All get the messages in the same order. What a handler sends by its own [`Sender`] may leave before what it has sent
/// to all, but not inside it.
///
/// # Who does not keep up
///
/// What a socket does not take at once waits in its own queue, which
/// [`max_output_bytes`](crate::Limits::max_output_bytes) bounds, and leaves when somebody waits in one of its halves.
/// Where there is no room for a message, the connection is closed with 1008, behind what waits already; in a
/// [`lossy`](Self::lossy) broadcast it goes without that message. The others notice nothing of it.
///
/// Whoever sends more than can be written is held up himself: [`send`](Self::send) waits as long as more than 512 KiB
/// have not been handed to the sockets yet.
pub struct Broadcast<S = Io>(Arc<Room<S>>);

/// All that one broadcast reaches.
#[derive(Debug)]
struct Room<S> {
    groups: Mutex<Vec<Arc<Group<S>>>>,
    slow: Slow,
    waiting: Waiting,
}

/// What becomes of a socket that has no room for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slow {
    /// It is closed with 1008.
    Closes,
    /// It goes without it.
    Misses,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S> Broadcast<S> {
    /// One that reaches nobody yet. Who does not keep up is closed with 1008.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Slow::Closes)
    }

    /// One that reaches nobody yet. Who does not keep up misses messages, whole ones, and gets those for which there is
    /// room again: for what is stale soon, as the position of a cursor is.
    #[must_use]
    pub fn lossy() -> Self {
        Self::with(Slow::Misses)
    }

    fn with(slow: Slow) -> Self {
        Self(Arc::new(Room { groups: Mutex::default(), slow, waiting: Waiting::new() }))
    }

    /// Sends a message to everybody who has joined; tells how many they are.
    ///
    /// Waits while others, or this one, have sent more than was handed to the sockets; that does not depend on whether
    /// those keep up, but a runtime that joined and is not driven holds everybody up. Cancel safe: all get the message
    /// once this has returned, and nobody if it is dropped before. A socket that is closed before it was handed the
    /// message goes without: [`flush`](Self::flush) waits for that, as before a server leaves.
    pub async fn send(&self, message: impl Into<Prepared>) -> usize {
        let message = message.into();
        let mut waiter = self.0.waiting.waiter();
        poll_fn(|context| {
            let offered = self.0.offer(&message).or_else(|_| {
                waiter.wait(context.waker());
                self.0.offer(&message)
            });
            offered.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Sends a message to everybody who has joined, if there is room for it now; tells how many they are. It may be
    /// called anywhere, as in the function that [`recv_with`](crate::Receiver::recv_with) lends a message to.
    ///
    /// # Errors
    ///
    /// [`SendError::Full`] when too much that was sent before was not handed to the sockets yet. Then nobody gets the
    /// message.
    pub fn try_send(&self, message: impl Into<Prepared>) -> Result<usize, SendError> {
        self.0.offer(&message.into())
    }

    /// Waits until all that was sent has been handed to the sockets: has left, or waits in their queues.
    ///
    /// For whoever wants to hold those back that send too much: by then [`queued`](Sender::queued) tells what their own
    /// socket has not taken. Cancel safe.
    pub async fn flush(&self) {
        let mut left = self.0.sent();
        let mut waiter = self.0.waiting.waiter();
        poll_fn(|context| {
            waiter.wait(context.waker());
            left.retain(|(group, next)| !group.has_handed(*next));
            if left.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// How many have joined.
    #[must_use]
    pub fn members(&self) -> usize {
        lock(&self.0.groups).iter().map(|group| group.members()).sum()
    }
}

impl<S: Transport + Send + 'static> Broadcast<S> {
    /// Has a socket get every message from now on, until the [`Member`] is dropped or the socket has ended. It may join
    /// others, too.
    ///
    /// The messages are written in the runtime that this is called in, which should be the one that the socket is
    /// received from. A member does not keep its socket open: that ends with its halves.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn join(&self, sender: &Sender<S>) -> Member<S> {
        Member::new(self.0.group(&Handle::current()), sender)
    }
}

impl<S> Room<S> {
    /// All groups, and the numbers that their next messages have.
    fn sent(&self) -> Vec<(Arc<Group<S>>, u64)> {
        lock(&self.groups).iter().map(|group| (group.clone(), group.next())).collect()
    }

    /// Puts a message into all logs, or into none.
    fn offer(&self, message: &Prepared) -> Result<usize, SendError> {
        // Held to the end, so that there is one order for all.
        let groups = lock(&self.groups);
        groups.iter().try_for_each(|group| group.has_room(message))?;
        let mut members = 0;
        let mut wakers = Vec::new();
        for group in &*groups {
            members += group.put(message, &mut wakers);
        }
        drop(groups);
        wakers.into_iter().for_each(Waker::wake);
        Ok(members)
    }
}

impl<S: Transport + Send + 'static> Room<S> {
    /// The group of a runtime.
    fn group(&self, runtime: &Handle) -> Arc<Group<S>> {
        let mut groups = lock(&self.groups);
        groups.retain(|group| group.is_served());
        let known = groups.iter().find(|group| group.runtime() == runtime.id());
        if let Some(known) = known {
            return known.clone();
        }
        let group = Group::serve(runtime, self.slow, self.waiting.clone());
        groups.push(group.clone());
        group
    }
}

impl<S> Drop for Room<S> {
    fn drop(&mut self) {
        lock(&self.groups).iter().for_each(|group| group.close());
    }
}

impl<S> Clone for Broadcast<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> Default for Broadcast<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Broadcast<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broadcast").field("members", &self.members()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
