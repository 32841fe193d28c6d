//! `/broadcast`: each message goes to everybody who is connected, the sender included, encoded once for all.
//!
//! Everybody has a mailbox, bounded in bytes. Who does not keep up is closed with 1008; who sends more than he takes
//! himself is not read until he has taken it, so that one who floods is held to what everybody can take.

use std::{
    collections::HashMap,
    future::{Future, poll_fn},
    mem,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use sockeye::{CloseCode, CloseFrame, Error, Message, Prepared, SendError, WebSocket};
use tokio::sync::Notify;

use super::visit::Visit;

/// Bytes that one may send to all before they get their turn to take them, where that much may wait for them.
const TURN_BYTES: usize = 64 << 10;

/// What a message takes beside its bytes, so that empty ones are bounded too.
const OVERHEAD_BYTES: usize = 640;

/// Everybody who is connected.
#[derive(Debug)]
pub(super) struct Room {
    members: Mutex<Members>,
    /// Bytes that may wait for one of them.
    limit: usize,
}

#[derive(Debug, Default)]
struct Members {
    mailboxes: HashMap<u64, Arc<Mailbox>>,
    next: u64,
}

/// What waits for one who is connected.
#[derive(Debug, Default)]
struct Mailbox {
    mail: Mutex<Mail>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Mail {
    messages: Vec<Prepared>,
    bytes: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    KeepsUp,
    /// There was no room for a message.
    Behind,
}

/// A place in the room; given back when it is dropped.
#[derive(Debug)]
struct Seat<'r> {
    room: &'r Room,
    number: u64,
    mailbox: Arc<Mailbox>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Room {
    pub(super) fn new(limit: usize) -> Self {
        Self { members: Mutex::default(), limit }
    }

    fn enter(&self) -> Seat<'_> {
        let mailbox = Arc::new(Mailbox::default());
        let mut members = lock(&self.members);
        let number = members.next;
        members.next += 1;
        members.mailboxes.insert(number, mailbox.clone());
        Seat { room: self, number, mailbox }
    }

    /// Everybody gets it in the same order.
    fn publish(&self, message: &Prepared) {
        let members = lock(&self.members);
        members.mailboxes.values().for_each(|mailbox| mailbox.put(message, self.limit));
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        lock(&self.room.members).mailboxes.remove(&self.number);
    }
}

impl Mailbox {
    /// An empty mailbox takes one message of any size.
    fn put(&self, message: &Prepared, limit: usize) {
        let bytes = message.as_bytes().len() + OVERHEAD_BYTES;
        let mut mail = lock(&self.mail);
        if mail.messages.is_empty() || mail.bytes + bytes <= limit {
            mail.messages.push(message.clone());
            mail.bytes += bytes;
        } else {
            mail.state = State::Behind;
        }
        drop(mail);
        self.arrived.notify_one();
    }

    fn take(&self) -> Mail {
        mem::take(&mut *lock(&self.mail))
    }
}

/// What happens to a member.
enum Next {
    Mail,
    Message(Result<Option<Message>, Error>),
    /// What waited has left, or nothing leaves any more.
    Flushed,
}

/// Serves one member until it leaves.
pub(super) async fn take_part(ws: &mut WebSocket, visit: &mut Visit) {
    let shared = visit.shared().clone();
    let seat = shared.room.enter();
    let turn = TURN_BYTES.min(shared.room.limit / 8);
    let mut said = 0;
    loop {
        if deliver(seat.mailbox.take(), ws, visit).await == State::Behind {
            drop(seat);
            visit.falls_behind();
            return dismiss(ws).await;
        }
        match visit.up_to_date(pin!(next(&seat, ws))).await {
            Next::Mail | Next::Flushed => {}
            Next::Message(Ok(Some(message))) => {
                let len = message.as_bytes().len();
                visit.received(len);
                said += len + OVERHEAD_BYTES;
                shared.room.publish(&Prepared::new(message));
                if said >= turn {
                    said = 0;
                    tokio::task::yield_now().await;
                }
            }
            Next::Message(Ok(None) | Err(_)) => return,
        }
    }
}

/// Whoever takes too little himself is not heard.
async fn next(seat: &Seat<'_>, ws: &mut WebSocket) -> Next {
    let arrived = seat.mailbox.arrived.notified();
    if ws.queued() > seat.room.limit / 2 {
        tokio::select! {
            _ = ws.flush() => Next::Flushed,
            () = arrived => Next::Mail,
        }
    } else {
        tokio::select! {
            received = ws.recv() => Next::Message(received),
            () = arrived => Next::Mail,
        }
    }
}

/// Moves what has come for a member to its socket.
async fn deliver(mail: Mail, ws: &mut WebSocket, visit: &mut Visit) -> State {
    for message in mail.messages {
        let mut sent = ws.try_send_prepared(&message);
        if let Err(SendError::Full { .. }) = sent {
            // What the transport takes at once makes room.
            flush_some(ws).await;
            sent = ws.try_send_prepared(&message);
        }
        match sent {
            Ok(()) => visit.sent(message.as_bytes().len()),
            Err(SendError::Full { .. }) => return State::Behind,
            // Nothing goes out after a goodbye, and the draft of 2010 has no bytes.
            Err(_) => {}
        }
    }
    mail.state
}

/// Writes as much as leaves without waiting.
async fn flush_some(ws: &mut WebSocket) {
    let mut flush = pin!(ws.flush());
    // How it went is told by the next call that waits.
    poll_fn(|context| Poll::Ready(flush.as_mut().poll(context).is_ready())).await;
}

/// Says goodbye to a member that does not keep up.
async fn dismiss(ws: &mut WebSocket) {
    let reason = "expected a reader that keeps up, got one that does not";
    // How it ends from here on is the member's affair.
    let _ = ws.close(CloseFrame::new(CloseCode::POLICY_VIOLATION, reason)).await;
}

#[cfg(test)]
mod tests {
    use sockeye::Prepared;

    use super::{OVERHEAD_BYTES, Room, State};

    fn contents(seat: &super::Seat<'_>) -> (Vec<Vec<u8>>, State) {
        let mail = seat.mailbox.take();
        (mail.messages.iter().map(|message| message.as_bytes().to_vec()).collect(), mail.state)
    }

    #[test]
    fn everybody_gets_it_in_the_same_order_until_he_leaves() {
        let room = Room::new(1 << 20);
        let (first, second) = (room.enter(), room.enter());
        room.publish(&Prepared::new("a"));
        drop(second);
        room.publish(&Prepared::new("b"));
        assert_eq!(contents(&first), (vec![b"a".to_vec(), b"b".to_vec()], State::KeepsUp));
        assert_eq!(contents(&first), (vec![], State::KeepsUp));
        assert_eq!(super::lock(&room.members).mailboxes.len(), 1);
    }

    #[test]
    fn a_mailbox_is_bounded_and_an_empty_one_takes_anything() {
        let room = Room::new(4 + 2 * OVERHEAD_BYTES);
        let seat = room.enter();
        room.publish(&Prepared::new("longer than all"));
        assert_eq!(contents(&seat), (vec![b"longer than all".to_vec()], State::KeepsUp));
        for text in ["ab", "cd", "e", "f"] {
            room.publish(&Prepared::new(text));
        }
        assert_eq!(contents(&seat), (vec![b"ab".to_vec(), b"cd".to_vec()], State::Behind));
    }
}
