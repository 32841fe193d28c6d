//! Buffers of large messages that were given back, kept per thread for the next ones.

use std::cell::RefCell;

/// What is smaller is allocated as quickly.
const MIN_BYTES: usize = 64 * 1024;

/// What is larger is rare.
const MAX_BYTES: usize = 1024 * 1024;

/// How many a thread keeps.
const MAX_BUFFERS: usize = 4;

thread_local! {
    static FREE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer for a message of `len` bytes or more, if it is large and there is one.
///
/// A claim gets no more than somebody has sent before, and not for long: a message has to come at a certain rate.
pub(super) fn take(len: u64) -> Option<Vec<u8>> {
    if len < MIN_BYTES as u64 {
        return None;
    }
    FREE.try_with(|free| free.borrow_mut().pop()).ok().flatten()
}

pub(super) fn give(mut buffer: Vec<u8>) {
    if !(MIN_BYTES..=MAX_BYTES).contains(&buffer.capacity()) {
        return;
    }
    buffer.clear();
    // Outside its thread's life the buffer is simply dropped.
    let _ = FREE.try_with(|free| {
        let mut free = free.borrow_mut();
        if free.len() < MAX_BUFFERS {
            free.push(buffer);
        }
    });
}
