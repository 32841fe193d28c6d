//! `Polling`: which way engines move bytes.

use std::{io, os::fd::{AsFd, OwnedFd}};

use rustix::event::{EventfdFlags, epoll::{self, CreateFlags}, eventfd};

use super::{inbox::Inbox, uring::{SIZES, Uring}};

/// Which way an engine learns what its connections are ready for, and moves their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Polling {
    /// Whatever does best.
    #[default]
    Auto,
    /// A system call for each read and write. Every Linux has it.
    Epoll,
    /// One system call for the reads and writes of many connections. Linux has what it takes since 6.12, and often does
    /// not allow it, above all in containers.
    IoUring,
}

impl Polling {
    /// What tokio sees of an engine.
    pub(super) fn descriptor(self) -> io::Result<OwnedFd> {
        Ok(match self {
            Self::Auto | Self::Epoll => epoll::create(CreateFlags::CLOEXEC)?,
            Self::IoUring => eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        })
    }

    pub(super) fn ring(self, inbox: &Inbox) -> io::Result<Option<Uring>> {
        match self {
            Self::Auto | Self::Epoll => Ok(None),
            Self::IoUring => Uring::new(SIZES, inbox.descriptor().as_fd()).map(Some),
        }
    }
}
