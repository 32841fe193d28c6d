//! `Places`: a number for each connection, and how many hold it. For the handles of a [`Hall`](super::Hall).
//!
//! ```text
//!   free ──take──▶ held by one ◀──hold, let_go──▶ held by more
//!    ▲                  │
//!    └────── free ──────┘ let_go said that this was the last
//! ```
//!
//! Whoever was the last has the number to himself until he frees it, and can undo what stands in its name.

use std::sync::{
    Mutex, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use super::lock;

/// The first number. From here on the highest bit of a number names its row, and the others its place in there.
const FIRST: u32 = 64;

/// Each row has twice as many places as the one before, and none ever moves.
const ROWS: usize = (u32::BITS - FIRST.ilog2()) as usize;

#[derive(Debug)]
pub(super) struct Places {
    numbers: Mutex<Numbers>,
    /// How many hold each place. Counted without a lock: that would be shared by the threads of a server.
    holders: [OnceLock<Box<[AtomicU32]>>; ROWS],
}

#[derive(Debug)]
struct Numbers {
    taken: usize,
    /// All numbers below it were taken before: as many as were taken at once.
    next: u32,
    free: Vec<u32>,
}

impl Places {
    pub(super) const fn new() -> Self {
        Self {
            numbers: Mutex::new(Numbers { taken: 0, next: FIRST, free: Vec::new() }),
            holders: [const { OnceLock::new() }; ROWS],
        }
    }

    pub(super) fn taken(&self) -> usize {
        lock(&self.numbers).taken
    }

    /// A place that one holds, if fewer than `limit` are taken.
    pub(super) fn take(&self, limit: usize) -> Option<u32> {
        let number = lock(&self.numbers).take(limit)?;
        self.holders(number).store(1, Ordering::Relaxed);
        Some(number)
    }

    /// One more holds it.
    pub(super) fn hold(&self, number: u32) {
        self.holders(number).fetch_add(1, Ordering::Relaxed);
    }

    /// One holds it no more; whether he was the last.
    #[must_use = "the last one frees it"]
    pub(super) fn let_go(&self, number: u32) -> bool {
        // As in an `Arc`: whoever is the last has seen all that the others did.
        self.holders(number).fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Nobody holds it any more, so that it can be taken again.
    pub(super) fn free(&self, number: u32) {
        lock(&self.numbers).free(number);
    }

    fn holders(&self, number: u32) -> &AtomicU32 {
        let (row, index) = position(number);
        let row = self.holders.get(row).map(|places| places.get_or_init(|| new_row(row)));
        row.and_then(|places| places.get(index)).expect("the rows have a place for each number")
    }
}

fn new_row(row: usize) -> Box<[AtomicU32]> {
    (0..FIRST << row).map(|_| AtomicU32::default()).collect()
}

fn position(number: u32) -> (usize, usize) {
    let bit = number.ilog2();
    let (row, index) = (bit - FIRST.ilog2(), number - (1 << bit));
    (row as usize, index as usize)
}

impl Numbers {
    fn take(&mut self, limit: usize) -> Option<u32> {
        if self.taken >= limit {
            return None;
        }
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                let number = self.next;
                self.next = number.checked_add(1)?;
                number
            }
        };
        self.taken += 1;
        Some(number)
    }

    fn free(&mut self, number: u32) {
        self.taken -= 1;
        self.free.push(number);
    }
}

#[cfg(test)]
mod tests;
