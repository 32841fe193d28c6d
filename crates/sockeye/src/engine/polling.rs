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
    /// io_uring where the kernel has it and lets this process have it, else epoll; nobody is told which. Each engine
    /// for itself: one that gets no ring any more has epoll. A sandbox that ends a process for asking is not survived:
    /// there it is for [`Epoll`](Self::Epoll).
    #[default]
    Auto,
    /// A system call for each read and each write. Every Linux has it.
    Epoll,
    /// One system call for the small reads and writes of many connections: 3 to 10 % less of the processor where
    /// messages are small, nothing where they are large, and 0.7 KiB more of the kernel's memory for an idle
    /// connection. Linux has what it takes since 6.12, and many a container does not allow it: then it is an error.
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
            Self::Auto => Ok(try_ring().map_or(Chosen::Epoll, |()| Chosen::IoUring)),
            Self::Epoll => Ok(Chosen::Epoll),
            Self::IoUring => try_ring().map(|()| Chosen::IoUring).map_err(refused),
        }
    }

    /// Begins so many engines. Where one gets no ring, as when no more memory may be locked, there is another way for
    /// it and those after it, unless a ring was asked for.
    pub(super) fn begin_each(
        self,
        engines: usize,
        mut begin: impl FnMut(usize, Chosen) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut chosen = self.choose()?;
        for number in 0..engines {
            match begin(number, chosen) {
                Err(_) if (self, chosen) == (Self::Auto, Chosen::IoUring) => {
                    chosen = Chosen::Epoll;
                    begin(number, chosen)?;
                }
                begun => begun?,
            }
        }
        Ok(())
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
    fn a_ring_is_chosen_where_there_is_one() {
        assert_eq!(Polling::Epoll.choose().expect("every Linux has it"), Chosen::Epoll);
        let (auto, ring) = (Polling::Auto.choose(), Polling::IoUring.choose());
        assert_eq!(Polling::default(), Polling::Auto);
        match ring {
            Ok(chosen) => assert_eq!((auto.ok(), chosen), (Some(chosen), Chosen::IoUring)),
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::Unsupported, "{error}");
                assert_eq!(auto.expect("every Linux has it"), Chosen::Epoll);
            }
        }
    }

    /// What engines begin with, the first `rings` of which get a ring if they want one.
    fn begun(polling: Polling, rings: usize) -> (io::Result<()>, Vec<Chosen>) {
        let mut begun = Vec::new();
        let all = polling.begin_each(4, |number, chosen| {
            if chosen == Chosen::IoUring && number >= rings {
                return Err(Errno::NOMEM.into());
            }
            begun.push(chosen);
            Ok(())
        });
        (all, begun)
    }

    #[test]
    fn an_engine_that_gets_no_ring_has_epoll_unless_a_ring_was_asked_for() {
        use Chosen::{Epoll, IoUring};
        let (all, four) = begun(Polling::Epoll, 0);
        assert!(all.is_ok() && four == [Epoll; 4], "{all:?} {four:?}");
        let (all, four) = begun(Polling::Auto, 2);
        let first = Polling::Auto.choose().expect("every Linux has one of them");
        assert!(all.is_ok() && four == [first, first, Epoll, Epoll], "{all:?} {four:?}");
        let (all, two) = begun(Polling::IoUring, 2);
        let rings: &[_] = if first == IoUring { &[IoUring; 2] } else { &[] };
        assert!(all.is_err() && two == rings, "{all:?} {two:?}");
    }

    #[test]
    fn without_epoll_there_is_no_engine() {
        let failed = Polling::Auto.begin_each(1, |_, _| Err(Errno::MFILE.into()));
        assert_eq!(failed.expect_err("told").raw_os_error(), Some(24));
    }
}
