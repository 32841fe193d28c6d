//! The buffer that every read of a thread goes through. No socket has one of its own.

use std::cell::Cell;

const SCRATCH_BYTES: usize = 64 * 1024;

thread_local! {
    static SCRATCH: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// Lends the thread's buffer to `work`.
///
/// It is taken out meanwhile: work that comes back here, through a transport that is a WebSocket itself, gets another.
pub(crate) fn with<R>(work: impl FnOnce(&mut [u8]) -> R) -> R {
    let kept = SCRATCH.try_with(Cell::take).ok().flatten();
    let mut buffer = kept.unwrap_or_else(|| vec![0; SCRATCH_BYTES].into());
    let result = work(&mut buffer);
    // Outside its thread's life the buffer is simply dropped.
    let _ = SCRATCH.try_with(|scratch| scratch.set(Some(buffer)));
    result
}
