//! How many connections there may be: as many as the system lets us open files, and some left for others.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Files that are left for logs, databases and the like.
const SPARE_FILES: usize = 64;

/// Where there is no limit at all.
const ENOUGH: usize = 1 << 20;

/// Raises the limit of open files to what the system allows, and tells how many connections that is.
pub(super) fn max_connections() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    let soft = limit.current;
    limit.current = limit.maximum;
    let allowed = if setrlimit(Resource::Nofile, limit).is_ok() { limit.maximum } else { soft };
    let files = allowed.and_then(|files| usize::try_from(files).ok()).unwrap_or(ENOUGH);
    files.saturating_sub(SPARE_FILES).max(1)
}
