//! `Polling`: which way engines move bytes.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
};

use rustix::{
    event::{
        EventfdFlags,
        epoll::{self, CreateFlags},
        eventfd,
    },
    io::Errno,
};

use super::{
    inbox::Inbox,
    uring::{SIZES, Uring},
};

/// Which way [engines](crate::Server::engines_by) learn what there is to do for their connections, and move bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Polling {
    /// What serves most servers best. That is epoll for now: io_uring wins with small messages alone, and takes more
    /// of the kernel's memory for each idle connection.
    #[default]
    Auto,
    /// A system call for each read and each write. Every Linux has it.
    Epoll,
    /// One system call for the small reads and writes of many connections, for those who ask for it: 3 to 10 % less of
    /// the processor where messages are small, nothing where they are large, and 0.7 KiB more of the kernel's memory
    /// for an idle connection. Linux has what it takes since 6.12, and many a container does not allow it.
    IoUring,
}

/// One that was decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    Epoll,
    IoUring,
}

impl Polling {
    pub(super) fn choose(self) -> io::Result<Chosen> {
        match self {
            Self::Auto | Self::Epoll => Ok(Chosen::Epoll),
            Self::IoUring => try_ring().map(|()| Chosen::IoUring).map_err(refused),
        }
    }
}

/// Makes one that nobody uses, as an engine does.
fn try_ring() -> io::Result<()> {
    let bell = Chosen::IoUring.descriptor()?;
    Uring::new(SIZES, bell.as_fd()).map(drop)
}

/// What the system says to what it does not have or does not allow becomes one kind of error.
fn refused(error: io::Error) -> io::Error {
    match Errno::from_io_error(&error) {
        Some(Errno::NOSYS | Errno::INVAL | Errno::PERM | Errno::ACCESS) => io::Error::new(
            io::ErrorKind::Unsupported,
            format!("expected an io_uring as Linux has it since 6.12, got {error}"),
        ),
        _ => error,
    }
}

impl Chosen {
    /// What tokio sees of an engine.
    pub(super) fn descriptor(self) -> io::Result<OwnedFd> {
        Ok(match self {
            Self::Epoll => epoll::create(CreateFlags::CLOEXEC)?,
            Self::IoUring => eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        })
    }

    /// What an engine has besides. To be called in its thread.
    pub(super) fn ring(self, inbox: &Inbox) -> io::Result<Option<Uring>> {
        match self {
            Self::Epoll => Ok(None),
            Self::IoUring => Uring::new(SIZES, inbox.descriptor().as_fd()).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_refused(errno: Errno, kind: io::ErrorKind) {
        let error = refused(errno.into());
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(&io::Error::from(errno).to_string()), "{error}");
    }

    #[test]
    fn what_is_not_there_and_what_is_not_allowed_are_told_alike() {
        for errno in [Errno::NOSYS, Errno::INVAL, Errno::PERM, Errno::ACCESS] {
            check_refused(errno, io::ErrorKind::Unsupported);
        }
        check_refused(Errno::NOMEM, io::ErrorKind::OutOfMemory);
        assert_eq!(refused(Errno::MFILE.into()).raw_os_error(), Some(24));
    }

    #[test]
    fn a_ring_is_for_those_who_ask_for_it() {
        for polling in [Polling::default(), Polling::Auto, Polling::Epoll] {
            assert_eq!(polling.choose().expect("every Linux has it"), Chosen::Epoll);
        }
        match Polling::IoUring.choose() {
            Ok(chosen) => assert_eq!(chosen, Chosen::IoUring),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::Unsupported, "{error}"),
        }
    }
}
