//! The buffer that the reads of a thread go through. No socket has one of its own.

use std::cell::Cell;

const SCRATCH_BYTES: usize = 256 * 1024;

thread_local! {
    static SCRATCH: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// Takes the thread's buffer. Whoever comes meanwhile, through a transport that is a WebSocket itself or because what
/// was read is still needed, gets another.
pub(crate) fn take() -> Box<[u8]> {
    let kept = SCRATCH.try_with(Cell::take).ok().flatten();
    kept.unwrap_or_else(|| vec![0; SCRATCH_BYTES].into())
}

/// Gives it back.
pub(crate) fn give(buffer: Box<[u8]>) {
    // Outside its thread's life the buffer is simply dropped.
    let _ = SCRATCH.try_with(|scratch| scratch.set(Some(buffer)));
}

/// Lends the thread's buffer to `work`.
pub(crate) fn with<R>(work: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut buffer = take();
    let result = work(&mut buffer);
    give(buffer);
    result
}
