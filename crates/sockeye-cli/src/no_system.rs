//! What is said in place of `system` where it is not Unix.

pub(crate) fn raise_open_files() -> Option<usize> {
    None
}

pub(crate) fn ticks_per_second() -> u64 {
    100
}

pub(crate) fn page_bytes() -> u64 {
    4096
}
