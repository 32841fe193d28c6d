//! Becoming a server: bound to a core, with all the files that it may open, and gone when its starter is.

use std::{os::unix::process::CommandExt, process::Command};

use rustix::{
    process::{Resource, Signal, getrlimit, set_parent_process_death_signal, setrlimit},
    thread::{CpuSet, sched_setaffinity},
};

/// Replaces this program by `PROGRAM …` on the core `CORE`.
pub(crate) fn launch(words: &[String]) -> Result<(), String> {
    let [core, program, arguments @ ..] = words else {
        return Err("expected launch CORE PROGRAM …, got less".into());
    };
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| format!("expected to end with the starter, got {error}"))?;
    bind(core)?;
    raise_open_files()?;
    let error = Command::new(program).args(arguments).exec();
    Err(format!("expected to start {program}, got {error}"))
}

fn bind(core: &str) -> Result<(), String> {
    let number =
        core.parse().map_err(|_| format!("expected the number of a core, got `{core}`"))?;
    let mut set = CpuSet::new();
    set.set(number);
    sched_setaffinity(None, &set)
        .map_err(|error| format!("expected to be bound to core {number}, got {error}"))
}

/// Both ends of ten thousand connections need more files than a shell allows.
pub(crate) fn raise_open_files() -> Result<(), String> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)
        .map_err(|error| format!("expected all the files that may be open, got {error}"))
}
