//! `Engine`: who moves the bytes.

use std::{io, thread};

use sockeye::{Polling, Server};

/// Its variants have no documentation: clap would make two pages of help of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Engine {
    Auto,
    #[value(alias = "uring")]
    IoUring,
    Epoll,
    Tokio,
}

impl Engine {
    /// Whether there are threads for it, beside those of tokio.
    pub(super) fn has_threads(self) -> bool {
        self != Self::Tokio
    }

    /// Has `server` run by it.
    pub(super) fn run(self, server: Server, threads: Option<u16>) -> io::Result<Server> {
        match self {
            Self::Tokio => Ok(server),
            Self::Auto => run_by(server, Polling::Auto, threads),
            Self::IoUring => run_by(server, Polling::IoUring, threads),
            Self::Epoll => run_by(server, Polling::Epoll, threads),
        }
    }
}

fn run_by(server: Server, polling: Polling, threads: Option<u16>) -> io::Result<Server> {
    let cores = || thread::available_parallelism().map(usize::from);
    let threads = threads.map_or_else(cores, |threads| Ok(threads.into()))?;
    server.engines_by(polling, threads)
}
