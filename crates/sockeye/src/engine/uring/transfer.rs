//! What somebody who has a connection of a ring's can do with it.

use std::{io::IoSlice, os::fd::BorrowedFd, task::Waker};

use rustix::{
    io::Errno,
    net::{self, RecvFlags, SendAncillaryBuffer, SendFlags, Shutdown},
};

use super::{
    super::readiness::{Waiter, Way},
    DIRECT_BYTES, GATHERED_BYTES, Key, RECEIVED_BYTES, Uring,
    link::{End, Inwards, Unread},
    ring::Operation,
};

/// What there was for a read by system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// All that was asked for, so there may be more.
    More,
    /// Less than that, and nothing is left.
    Much,
    /// So little that the kernel might as well have received it.
    Little,
}

impl Found {
    fn of(read: usize, asked: usize) -> Self {
        match read {
            read if read == asked => Self::More,
            read if read > RECEIVED_BYTES => Self::Much,
            _ => Self::Little,
        }
    }
}

/// Each of them fails with [`Errno::AGAIN`] when there is nothing to be done now, and whoever is behind the waker is
/// woken then.
impl Uring {
    pub(super) fn read(&mut self, key: Key, room: &mut [u8]) -> Result<usize, Errno> {
        if room.len() > DIRECT_BYTES {
            self.read_by_call(key);
        }
        let asked = room.len();
        if let Some(read) = self.read_received(key, room) {
            return Ok(read);
        }
        match self.known(key).end {
            End::Open => {}
            End::Ended => return Ok(0),
            End::Failed(error) => {
                self.known(key).end = End::Ended;
                return Err(error);
            }
        }
        let read = self.attempt(key, |fd| {
            let (_, read) = net::recv(fd, &mut *room, RecvFlags::empty())?;
            Ok((read, Found::of(read, asked)))
        })?;
        if read == 0 && asked > 0 {
            self.known(key).end = End::Ended;
        }
        Ok(read)
    }

    /// What the kernel has received already, if there is any of it.
    fn read_received(&mut self, key: Key, room: &mut [u8]) -> Option<usize> {
        let file = self.ring.at(key)?;
        match std::mem::take(&mut file.link.unread) {
            Unread::Nothing => None,
            Unread::Lent(mut chunk) => {
                let read = copy(self.ring.bytes(&chunk), room);
                chunk.advance(read);
                if chunk.len() == 0 {
                    self.ring.give_back(chunk);
                } else if let Some(file) = self.ring.at(key) {
                    file.link.unread = Unread::Lent(chunk);
                }
                Some(read)
            }
            Unread::Kept(mut kept) => {
                let read = copy(kept.unread(), room);
                kept.read += read;
                if !kept.unread().is_empty() {
                    file.link.unread = Unread::Kept(kept);
                }
                Some(read)
            }
        }
    }

    /// Reads by system call if that is the way, else has the kernel do it.
    fn attempt<R>(
        &mut self,
        key: Key,
        mut attempt: impl FnMut(BorrowedFd<'_>) -> Result<(R, Found), Errno>,
    ) -> Result<R, Errno> {
        let file = self.ring.at(key).expect("taken as long as its socket lives");
        // What the kernel still receives comes first.
        while matches!(file.link.inwards, Inwards::Ready | Inwards::Ended)
            && !file.is_doing(Operation::Receive)
        {
            match attempt(file.fd()) {
                Ok((done, found)) => {
                    match found {
                        Found::More => file.link.calm = 0,
                        Found::Much => file.link.run_dry(false),
                        Found::Little => file.link.run_dry(true),
                    }
                    return Ok(done);
                }
                Err(Errno::AGAIN) => {
                    file.link.inwards = Inwards::Dry;
                    break;
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
        file.link.waits_in = true;
        let (receives, waits) =
            (file.is_doing(Operation::Receive), file.is_doing(Operation::WaitIn));
        match file.link.inwards {
            Inwards::Received if !receives => {
                self.cancel(key, &[Operation::WaitIn]);
                self.ring.receive(key);
            }
            Inwards::Dry if !waits => self.ring.wait(key, Way::In),
            Inwards::Received | Inwards::Dry | Inwards::Ready | Inwards::Ended => {}
        }
        Err(Errno::AGAIN)
    }

    pub(super) fn write(&mut self, key: Key, slices: &[IoSlice<'_>]) -> Result<usize, Errno> {
        self.wait_for_sent(key)?;
        let asked = slices.iter().map(|slice| slice.len()).sum();
        if asked == 0 {
            return Ok(0);
        }
        let file = self.ring.at(key).expect("taken as long as its socket lives");
        let gathered = file.link.gathered.as_ref().map_or(0, |block| block.bytes.len());
        if gathered + asked <= GATHERED_BYTES {
            self.gather(key, slices);
            return Ok(asked);
        }
        self.write_gathered(key)?;
        let file = self.ring.at(key).expect("taken as long as its socket lives");
        if !file.link.full {
            let mut none = SendAncillaryBuffer::default();
            let written = again(|| match slices {
                [slice] => net::send(file.fd(), slice, SendFlags::NOSIGNAL),
                slices => net::sendmsg(file.fd(), slices, &mut none, SendFlags::NOSIGNAL),
            });
            match written {
                Err(Errno::AGAIN) => file.link.full = true,
                Ok(written) => {
                    file.link.full = written < asked;
                    return Ok(written);
                }
                Err(error) => return Err(error),
            }
        }
        file.link.waits_out = true;
        if !file.is_doing(Operation::WaitOut) {
            self.ring.wait(key, Way::Out);
        }
        Err(Errno::AGAIN)
    }

    /// Copies it, to be sent at the end of the turn.
    fn gather(&mut self, key: Key, slices: &[IoSlice<'_>]) {
        let file = self.ring.at(key).expect("taken as long as its socket lives");
        let block = file.link.gathered.get_or_insert_with(|| {
            self.outgoing.push(key);
            self.spare.pop().unwrap_or_default()
        });
        slices.iter().for_each(|slice| block.bytes.extend_from_slice(slice));
    }

    /// Writes what was gathered by system call, because more than that is to follow.
    fn write_gathered(&mut self, key: Key) -> Result<(), Errno> {
        let file = self.ring.at(key).expect("taken as long as its socket lives");
        let Some(mut block) = file.link.gathered.take() else { return Ok(()) };
        match again(|| net::send(file.fd(), block.unsent(), SendFlags::NOSIGNAL)) {
            Ok(written) => block.sent += written,
            Err(Errno::AGAIN) => {}
            Err(error) => return Err(error),
        }
        if block.unsent().is_empty() {
            self.spare(block);
            return Ok(());
        }
        // It is sent at the end of the turn, and that is waited for.
        file.link.gathered = Some(block);
        file.link.waits_out = true;
        Err(Errno::AGAIN)
    }

    /// Whether the kernel has not taken all that it was given in a former turn.
    pub(super) fn is_sending(&mut self, key: Key) -> bool {
        self.ring.at(key).is_some_and(|file| file.is_doing(Operation::Send))
    }

    /// What the kernel was given earlier has left, or something waits for that.
    fn wait_for_sent(&mut self, key: Key) -> Result<(), Errno> {
        self.tell_failure(key)?;
        if self.is_sending(key) {
            self.known(key).waits_out = true;
            return Err(Errno::AGAIN);
        }
        Ok(())
    }

    /// Fails with what sending has failed with, once.
    pub(super) fn tell_failure(&mut self, key: Key) -> Result<(), Errno> {
        self.known(key).failure.take().map_or(Ok(()), Err)
    }

    pub(super) fn shut_down(&mut self, key: Key) -> Result<(), Errno> {
        self.wait_for_sent(key)?;
        let file = self.ring.at(key).expect("taken as long as its socket lives");
        if file.link.gathered.is_some() {
            file.link.waits_out = true;
            return Err(Errno::AGAIN);
        }
        match net::shutdown(file.fd(), Shutdown::Write) {
            Err(Errno::NOTCONN) => Ok(()),
            shut_down => shut_down,
        }
    }

    /// Remembers who waits.
    #[must_use = "dropped when nothing is borrowed"]
    pub(super) fn wait(&mut self, key: Key, task: Option<Key>, waker: &Waker) -> Waiter {
        self.known(key).wait(task, waker)
    }
}

fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let len = from.len().min(to.len());
    if let (Some(from), Some(to)) = (from.get(..len), to.get_mut(..len)) {
        to.copy_from_slice(from);
    }
    len
}

/// Does it until no signal has interrupted it.
fn again<R>(mut call: impl FnMut() -> Result<R, Errno>) -> Result<R, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}
