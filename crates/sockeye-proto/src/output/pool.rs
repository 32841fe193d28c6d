//! Queues that are not in use, kept per thread so that speaking allocates nothing and an idle connection holds nothing.
#![allow(
    clippy::vec_box,
    reason = "a queue moves between the pool and its connection as one pointer"
)]

use std::cell::RefCell;

use super::Queue;

/// How many queues a thread keeps. With [`MAX_BLOCK_BYTES`] each, about 4 MiB at the most.
const MAX_QUEUES: usize = 16;

/// A queue whose block grew over this gives it up.
const MAX_BLOCK_BYTES: usize = 256 * 1024;

thread_local! {
    static FREE: RefCell<Vec<Box<Queue>>> = const { RefCell::new(Vec::new()) };
}

#[inline]
pub(super) fn take() -> Box<Queue> {
    // A thread that is ending has no pool any more; then a new queue does.
    FREE.try_with(|free| free.borrow_mut().pop()).ok().flatten().unwrap_or_default()
}

#[inline]
pub(super) fn give(mut queue: Box<Queue>) {
    queue.data.shrink_over(MAX_BLOCK_BYTES);
    // Outside its thread's life the queue is simply dropped.
    let _ = FREE.try_with(|free| {
        let mut free = free.borrow_mut();
        if free.len() < MAX_QUEUES {
            free.push(queue);
        }
    });
}
