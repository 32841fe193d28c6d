//! `/broadcast`: each message goes to everybody who is connected, the sender included.
//!
//! Who does not keep up is closed with 1008; who sends more than he takes himself is not read until he has taken it, so
//! that one who floods is held to what everybody can take.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
};

use sockeye::{Broadcast, Closed, Member, Receiver, Sender, WebSocket};

use super::visit::Visit;

/// Bytes that one may send to all before they get their turn to take them, where that much may wait for them.
const TURN_BYTES: usize = 64 << 10;

/// What a message takes beside its bytes, so that empty ones are bounded too.
const OVERHEAD_BYTES: usize = 640;

/// Everybody who is connected.
#[derive(Debug)]
pub(super) struct Room {
    everybody: Broadcast,
    /// Bytes that may wait for one of them.
    limit: usize,
}

/// The part of one of them in it, as the log and the counters see it.
struct Place {
    member: Member,
    visit: Box<Visit>,
    keeps_up: bool,
}

impl Room {
    pub(super) fn new(limit: usize) -> Self {
        Self { everybody: Broadcast::new(), limit }
    }

    /// Waits until all that was said has been handed to everybody.
    pub(super) async fn flush(&self) {
        self.everybody.flush().await;
    }
}

/// Serves one member until it leaves.
pub(super) async fn take_part(ws: WebSocket, visit: Box<Visit>) {
    let shared = visit.shared().clone();
    let (mut receiver, sender) = ws.split();
    let member = shared.room.everybody.join(&sender);
    let mut place = Place { member, visit, keeps_up: true };
    talk(&shared.room, &mut place, &mut receiver, &sender).await;
    place.end(receiver.closed().as_ref());
}

async fn talk(room: &Room, place: &mut Place, receiver: &mut Receiver, sender: &Sender) {
    let turn = TURN_BYTES.min(room.limit / 8);
    let mut said = 0;
    loop {
        if said >= turn {
            said = 0;
            room.everybody.flush().await;
        }
        // Whoever takes too little himself is not heard.
        if sender.queued() > room.limit / 2 {
            // How it went is told by the next call that waits.
            let _ = place.watch(pin!(sender.flush())).await;
        }
        let received = place.watch(pin!(receiver.recv())).await;
        let Ok(Some(message)) = received else { return };
        let len = message.as_bytes().len();
        place.visit.received(len);
        if place.keeps_up {
            said += len + OVERHEAD_BYTES;
            let members = room.everybody.send(message).await;
            place.visit.spread(members, len);
        }
    }
}

impl Place {
    /// Waits for something, and tells when the member falls behind meanwhile.
    async fn watch<F: Future>(&mut self, mut event: Pin<&mut F>) -> F::Output {
        poll_fn(|context| {
            let outcome = event.as_mut().poll(context);
            if self.keeps_up && self.member.delivered().missed > 0 {
                self.keeps_up = false;
                self.visit.falls_behind();
            }
            if outcome.is_pending() {
                self.visit.tell();
            }
            outcome
        })
        .await
    }

    fn end(mut self, closed: Option<&Closed>) {
        self.visit.heard(self.member.delivered());
        self.visit.end(closed);
    }
}
