//! `Link`: what is known of a descriptor that a ring moves the bytes of.

use std::{mem, task::Waker};

use rustix::{event::PollFlags, io::Errno};

use super::{
    super::{readiness::Waiter, slab::Key},
    ring::{Block, Chunk},
};

/// How many reads in a row must have found little before the kernel is left to receive.
pub(super) const CALM: u8 = 8;

#[derive(Debug, Default)]
pub(super) struct Link {
    /// Who waits: a socket has one task at a time.
    pub(super) waiter: Waiter,
    pub(super) waits_in: bool,
    pub(super) waits_out: bool,
    pub(super) inwards: Inwards,
    /// Whether the peer has ended its side, as the kernel says, which says it once.
    pub(super) hung_up: bool,
    /// How many reads by system call have found little, one after the other.
    pub(super) calm: u8,
    pub(super) end: End,
    /// Whether a write by system call is worth trying.
    pub(super) full: bool,
    /// What sending has failed with, until that is told.
    pub(super) failure: Option<Errno>,
    pub(super) unread: Unread,
    /// What is gathered in a turn, to be sent at its end.
    pub(super) gathered: Option<Box<Block>>,
    pub(super) fate: Fate,
}

/// How bytes come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Inwards {
    /// The kernel receives them, as soon as somebody has asked for any.
    #[default]
    Received,
    /// By system call, and it is worth trying.
    Ready,
    /// By system call, when the kernel says that there are any.
    Dry,
    /// By system call, and it is always worth trying: the last of them tells of the end.
    Ended,
}

/// How the stream inwards has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    #[default]
    Open,
    Ended,
    Failed(Errno),
}

impl End {
    pub(super) fn failure(self) -> Option<Errno> {
        match self {
            Self::Open | Self::Ended => None,
            Self::Failed(error) => Some(error),
        }
    }
}

/// What was received for nobody yet.
#[derive(Debug, Default)]
pub(super) enum Unread {
    #[default]
    Nothing,
    /// In a buffer of the ring's, until the next turn.
    Lent(Chunk),
    Kept(Box<Kept>),
}

/// Bytes that nobody has read in the turn that they came in.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) read: usize,
}

impl Kept {
    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }
}

/// What becomes of it once the kernel has answered everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fate {
    #[default]
    Stays,
    /// As soon as all that was written has left.
    Closes,
    /// As before, but its peer takes nothing, and has so much time.
    Lingers,
    /// Whatever has left by now.
    GivesUp,
    /// Somebody else goes on with it.
    Leaves,
}

impl Fate {
    /// Whoever had it has dropped it.
    pub(super) fn is_nobodys(self) -> bool {
        matches!(self, Self::Closes | Self::Lingers | Self::GivesUp)
    }
}

impl Link {
    /// Notes a read by system call that has found less than was asked for.
    pub(super) fn run_dry(&mut self, calm: bool) {
        if self.inwards == Inwards::Ended {
            return;
        }
        self.calm = if calm { self.calm.saturating_add(1) } else { 0 };
        self.inwards = if self.calm >= CALM { Inwards::Received } else { Inwards::Dry };
    }

    /// The kernel says that a read by system call is worth trying; it may have been tried meanwhile.
    #[must_use = "woken when nothing is borrowed"]
    pub(super) fn handle_edge(&mut self, flags: PollFlags) -> Waiter {
        self.hung_up |= flags.intersects(PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR);
        match self.inwards {
            Inwards::Ready | Inwards::Dry if self.hung_up => self.inwards = Inwards::Ended,
            Inwards::Dry => self.inwards = Inwards::Ready,
            Inwards::Received | Inwards::Ready | Inwards::Ended => return Waiter::Nobody,
        }
        self.wake_in()
    }

    /// From now on it is read by system call.
    pub(super) fn read_by_call(&mut self) {
        self.calm = 0;
        self.inwards = if self.hung_up { Inwards::Ended } else { Inwards::Ready };
    }

    /// Remembers who waits. Who did before is handed out, because dropping it may come back here.
    #[must_use = "dropped when nothing is borrowed"]
    pub(super) fn wait(&mut self, task: Option<Key>, waker: &Waker) -> Waiter {
        self.waiter.replace(task, waker)
    }

    #[must_use = "woken when nothing is borrowed"]
    pub(super) fn wake_in(&mut self) -> Waiter {
        let waits = mem::take(&mut self.waits_in);
        if waits { mem::take(&mut self.waiter) } else { Waiter::Nobody }
    }

    #[must_use = "woken when nothing is borrowed"]
    pub(super) fn wake_out(&mut self) -> Waiter {
        let waits = mem::take(&mut self.waits_out);
        if waits { mem::take(&mut self.waiter) } else { Waiter::Nobody }
    }

    /// Whatever is under way, nobody can rely on it any more. What was received and set aside can still be read.
    #[must_use = "woken when nothing is borrowed"]
    pub(super) fn fail(&mut self, error: Errno) -> Waiter {
        if let Unread::Lent(_) = self.unread {
            self.unread = Unread::Nothing;
        }
        self.gathered = None;
        self.end = End::Failed(error);
        self.failure = Some(error);
        (self.waits_in, self.waits_out) = (false, false);
        mem::take(&mut self.waiter)
    }
}
