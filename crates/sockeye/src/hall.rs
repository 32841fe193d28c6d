//! `Hall`: the connections of a server, so that they can be counted, told that the server leaves, and waited for.
//!
//! A [`Place`] is a connection that was accepted; it is given back when the last who holds it is gone. A [`Seat`] is
//! somebody who waits on one, and wants to be woken when the server leaves.

mod addresses;
mod places;

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use tokio::sync::Notify;

use self::{addresses::Addresses, places::Places};
use crate::{engine, wakers::Wakers};

/// Seats are spread over this many locks, since each wait of each socket takes one.
const ROWS: usize = 64;

#[derive(Debug)]
pub(crate) struct Hall {
    leaving: AtomicBool,
    places: Places,
    /// Told when a place is given back.
    freed: Notify,
    /// Only there where places are limited by address.
    addresses: OnceLock<Mutex<Addresses>>,
    rows: [Mutex<Wakers>; ROWS],
    next_row: AtomicUsize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hall {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            leaving: AtomicBool::new(false),
            places: Places::new(),
            freed: Notify::new(),
            addresses: OnceLock::new(),
            rows: [const { Mutex::new(Wakers::new()) }; ROWS],
            next_row: AtomicUsize::new(0),
        })
    }

    /// The server leaves: everybody who has a seat is woken.
    pub(crate) fn leave(&self) {
        self.leaving.store(true, Ordering::SeqCst);
        for row in &self.rows {
            let woken = lock(row).take_all();
            woken.into_iter().for_each(Waker::wake);
        }
    }

    /// How many connections there are.
    pub(crate) fn places(&self) -> usize {
        self.places.taken()
    }

    /// Waits until there are at most `places` connections.
    pub(crate) async fn at_most(&self, places: usize) {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.places() <= places {
                return;
            }
            freed.await;
        }
    }

    /// Waits until a connection is gone.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }

    /// A seat in one of the rows, counted from one.
    fn sit_down(&self) -> NonZeroU32 {
        let row = self.next_row.fetch_add(1, Ordering::Relaxed) % ROWS;
        let number = self.rows.get(row).map_or(0, |row| lock(row).join());
        let index = u32::try_from(number * ROWS + row + 1).ok().and_then(NonZeroU32::new);
        index.expect("fewer sockets than four billion")
    }

    /// The last who held a place is gone. It is on no count any more before somebody else takes it.
    fn give_back(&self, place: u32) {
        if let Some(addresses) = self.addresses.get() {
            lock(addresses).forget(place);
        }
        self.places.free(place);
        self.freed.notify_waiters();
    }
}

/// A connection that was accepted. Each clone holds it as well.
#[derive(Debug)]
pub(crate) struct Place {
    hall: Arc<Hall>,
    number: u32,
    /// Row and number of a [`Seat`], in one. In there it would stand beside four bytes of padding.
    seat: Option<NonZeroU32>,
}

impl Place {
    /// Takes one as soon as fewer than `limit` are taken.
    pub(crate) async fn take(hall: &Arc<Hall>, limit: usize) -> Self {
        loop {
            hall.at_most(limit.saturating_sub(1)).await;
            // Another who accepts may have been faster.
            if let Some(place) = Self::try_take(hall, limit) {
                return place;
            }
        }
    }

    /// Takes one if fewer than `limit` are taken.
    pub(crate) fn try_take(hall: &Arc<Hall>, limit: usize) -> Option<Self> {
        let number = hall.places.take(limit)?;
        Some(Self { hall: hall.clone(), number, seat: None })
    }

    /// Whether its server leaves.
    pub(crate) fn is_leaving(&self) -> bool {
        self.hall.leaving.load(Ordering::SeqCst)
    }

    /// Counts it for an address as well; false when that has `limit` places already.
    pub(crate) fn count_for(&self, address: IpAddr, limit: usize) -> bool {
        let addresses = self.hall.addresses.get_or_init(Mutex::default);
        lock(addresses).count(self.number, address, limit)
    }
}

impl Clone for Place {
    fn clone(&self) -> Self {
        self.hall.places.hold(self.number);
        Self { hall: self.hall.clone(), number: self.number, seat: None }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.hall.places.let_go(self.number) {
            self.hall.give_back(self.number);
        }
    }
}

/// Somebody who wants to know when the server leaves. It keeps the place.
#[derive(Debug)]
pub(crate) struct Seat {
    /// Knows of no seat until this waits where no engine wakes it.
    place: Place,
}

impl Seat {
    pub(crate) fn new(place: Place) -> Self {
        Self { place }
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.place.is_leaving()
    }

    /// Ready once the server leaves; whoever asked last is woken then.
    pub(crate) fn poll_leaving(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Place { hall, seat, .. } = &mut self.place;
        if !engine::rings_when_leaving(context, hall) {
            let index = *seat.get_or_insert_with(|| hall.sit_down());
            let (number, row) = position(index);
            drop(hall.rows.get(row).and_then(|row| lock(row).set(number, context.waker())));
        }
        // Asked after the waker is there: whoever leaves in between finds it.
        if self.is_leaving() { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn position(index: NonZeroU32) -> (usize, usize) {
    let index = usize::try_from(index.get() - 1).unwrap_or(usize::MAX);
    (index / ROWS, index % ROWS)
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(index) = self.place.seat else { return };
        let (number, row) = position(index);
        let row = self.place.hall.rows.get(row);
        drop(row.and_then(|row| lock(row).leave(number)));
    }
}

#[cfg(test)]
mod tests;
