//! Loops everywhere but on x86-64: compiled for what every processor of the target has, which on AArch64 is enough.

/// Runs `work`.
#[inline]
pub(super) fn run(work: impl FnOnce()) {
    work();
}
