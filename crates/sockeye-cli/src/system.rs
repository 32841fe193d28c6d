//! What the operating system allows, and the units that it counts in.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the limit of open files to what the system allows; tells it, where there is one.
pub(crate) fn raise_open_files() -> Option<usize> {
    let mut limit = getrlimit(Resource::Nofile);
    let soft = limit.current;
    limit.current = limit.maximum;
    let allowed = if setrlimit(Resource::Nofile, limit).is_ok() { limit.maximum } else { soft };
    allowed.and_then(|files| usize::try_from(files).ok())
}

/// The unit of processor time in `/proc`.
pub(crate) fn ticks_per_second() -> u64 {
    rustix::param::clock_ticks_per_second()
}

/// The unit of memory in `/proc`.
pub(crate) fn page_bytes() -> u64 {
    rustix::param::page_size() as u64
}
