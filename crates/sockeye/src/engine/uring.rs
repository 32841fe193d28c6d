//! io_uring: an engine's connections are moved by what it asks the kernel for in advance, once for many of them.
//!
//! What comes for a connection is received into buffers of the engine's, and read from there in the turn that follows.
//! What a turn writes is gathered, and sent with all that the other connections have, by one system call at its end.
//! Large reads and writes are system calls of their own: there a copy costs more than the call does.
//!
//! ```text
//!   kernel ──▶ Ring ──▶ Answer ──▶ Link ──▶ its waker         poll_read ◀── Unread, or a system call
//!   kernel ◀── Ring ◀── at the end of a turn ◀── gathered ◀── poll_write ──▶ a system call
//! ```

mod leaving;
mod link;
mod loss;
mod ring;
mod socket;
mod transfer;

use std::{
    io, mem,
    os::fd::{BorrowedFd, OwnedFd},
    time::Duration,
};

use rustix::io::Errno;
use tokio::{runtime::Handle, sync::oneshot, time};

pub(super) use self::{leaving::Leaving, ring::Sizes, socket::Socket};
use self::{
    link::{End, Fate, Inwards, Kept, Link, Unread},
    ring::{Answer, Block, Chunk, Operation, Ring},
};
use super::{readiness::Waiter, slab::Key, with};

/// What an engine has.
pub(super) const SIZES: Sizes =
    Sizes { submissions: 256, completions: 4096, buffers: 2, buffer_bytes: 256 * 1024 };

/// A read of more goes straight to where it is wanted. The scratch of a thread is not larger.
const DIRECT_BYTES: usize = 64 * 1024;

/// Who is sent more at once is read by system call from then on: to copy it out of a buffer takes longer.
const RECEIVED_BYTES: usize = 16 * 1024;

/// As much as is gathered for a connection. More is written by system call.
const GATHERED_BYTES: usize = 16 * 1024;

/// As many blocks as are kept for the next turn.
const SPARE_BLOCKS: usize = 64;

/// How long a peer may take for what was written before its connection was dropped.
const LINGER: Duration = Duration::from_secs(10);

/// How long once its engine has nothing else to do any more and is to end.
const LAST_LINGER: Duration = Duration::from_secs(1);

/// As many connections as may be lingering.
const LINGERING: usize = 64;

/// The ring of an engine, and what there is to do with it.
#[derive(Debug)]
pub(super) struct Uring {
    ring: Ring,
    /// Those for whom something came, and how many of them had their turn since.
    fresh: Vec<Key>,
    aged: usize,
    /// Those that have gathered something in this turn.
    outgoing: Vec<Key>,
    /// Those that were dropped and had something to send when the last turn ended.
    closing: Vec<Key>,
    /// How many of those have a peer that takes nothing.
    lingering: usize,
    /// Whether they were given the last of their time.
    hastened: bool,
    /// Those that leave, and who waits for them.
    leaving: Vec<(Key, oneshot::Sender<Leaving>)>,
    /// Those to be woken besides whom the kernel's answers are for.
    told: Vec<Waiter>,
    #[expect(clippy::vec_box, reason = "to give a block a new box takes as long as to send it")]
    spare: Vec<Box<Block>>,
}

impl Uring {
    pub(super) fn new(sizes: Sizes, bell: BorrowedFd<'_>) -> io::Result<Self> {
        let ring = Ring::new(sizes, bell)?;
        let (fresh, outgoing, closing, leaving, told, spare) = Default::default();
        Ok(Self {
            ring,
            fresh,
            aged: 0,
            outgoing,
            closing,
            lingering: 0,
            hastened: false,
            leaving,
            told,
            spare,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// A turn begins: what nobody has read in the last one is set aside, and the kernel is asked what there is.
    pub(super) fn begin_turn(&mut self) {
        self.ring.mute();
        let fresh = self.fresh.split_off(mem::take(&mut self.aged));
        while let Some(key) = self.fresh.pop() {
            self.set_aside(key);
        }
        self.fresh.extend(fresh);
        if self.ring.has_news() && !self.ring.has_answers() {
            self.enter();
        }
    }

    /// A turn ends: what was gathered in it is sent.
    pub(super) fn end_turn(&mut self) {
        self.aged = self.fresh.len();
        self.linger();
        while let Some(key) = self.outgoing.pop() {
            let Some(file) = self.ring.at(key) else { continue };
            match file.link.fate {
                Fate::Leaves => continue,
                Fate::Closes => self.closing.push(key),
                Fate::Stays | Fate::Lingers | Fate::GivesUp => {}
            }
            if let Some(block) = file.link.gathered.take() {
                self.ring.send(key, block);
            }
        }
        if self.ring.has_news() {
            self.enter();
        }
    }

    /// What was gathered so far is sent now. Whether there was any.
    pub(super) fn hurry(&mut self) -> bool {
        let hurried = !self.outgoing.is_empty();
        if hurried {
            self.end_turn();
        }
        hurried
    }

    /// Whether the engine may sleep: the bell will be rung then. Else there is something to do.
    pub(super) fn may_sleep(&mut self) -> bool {
        self.ring.unmute();
        if self.ring.has_news() || !self.told.is_empty() {
            return false;
        }
        self.linger();
        !self.ring.has_news()
    }

    fn enter(&mut self) {
        let entered = self.ring.enter();
        if self.ring.has_lost_answers() {
            return self.begin_anew();
        }
        match entered.map_err(|error| Errno::from_io_error(&error)) {
            // Short of memory, or of room for answers: there is more once those that are there were taken.
            Ok(()) | Err(Some(Errno::AGAIN | Errno::BUSY)) => {}
            Err(error) => unreachable!("a ring of this thread's can be entered: {error:?}"),
        }
    }

    /// Takes an answer of the kernel's; none when there are no more. With it comes whom to wake.
    pub(super) fn next(&mut self) -> Option<Waiter> {
        if let Some(waiter) = self.told.pop() {
            return Some(waiter);
        }
        let (key, answer) = self.ring.next()?;
        let waiter = match answer {
            Answer::Received(received) => self.handle_received(key, received),
            Answer::Sent(block, sent) => self.handle_sent(key, block, sent),
            Answer::ReadyIn(flags) => self.known(key).handle_edge(flags),
            Answer::ReadyOut => {
                let link = self.known(key);
                link.full = false;
                link.wake_out()
            }
        };
        self.finish(key);
        Some(waiter)
    }

    fn link(&mut self, key: Key) -> Option<&mut Link> {
        self.ring.at(key).map(|file| &mut file.link)
    }

    /// As [`link`](Self::link), where somebody has it or the kernel has answered about it just now.
    fn known(&mut self, key: Key) -> &mut Link {
        self.link(key).expect("kept as long as somebody has it, and until the last answer")
    }

    fn handle_received(&mut self, key: Key, received: Result<Option<Chunk>, Errno>) -> Waiter {
        match received {
            Ok(Some(chunk)) => self.keep(key, chunk),
            Ok(None) => self.known(key).end = End::Ended,
            // Somebody wanted to read by system call, or there was no buffer left.
            Err(Errno::CANCELED) => {}
            Err(Errno::NOBUFS) => self.known(key).read_by_call(),
            Err(error) => self.known(key).end = End::Failed(error),
        }
        self.known(key).wake_in()
    }

    /// Keeps what came until somebody reads it.
    fn keep(&mut self, key: Key, chunk: Chunk) {
        let Some(file) = self.ring.at(key) else { return };
        let much = chunk.len() > RECEIVED_BYTES;
        match mem::take(&mut file.link.unread) {
            Unread::Nothing if file.link.fate.is_nobodys() => return self.ring.give_back(chunk),
            Unread::Nothing => {
                file.link.unread = Unread::Lent(chunk);
                self.fresh.push(key);
            }
            Unread::Lent(first) => self.put_aside(key, Box::default(), [first, chunk]),
            Unread::Kept(kept) => self.put_aside(key, kept, [chunk]),
        }
        if much {
            self.read_by_call(key);
        }
    }

    /// Copies what was received out of the buffers.
    fn put_aside<const N: usize>(&mut self, key: Key, mut kept: Box<Kept>, chunks: [Chunk; N]) {
        for chunk in chunks {
            kept.bytes.extend_from_slice(self.ring.bytes(&chunk));
            self.ring.give_back(chunk);
        }
        if let Some(link) = self.link(key) {
            link.unread = Unread::Kept(kept);
        }
    }

    /// Nobody has read it yet, and others need the buffer. The kernel receives no more for it.
    fn set_aside(&mut self, key: Key) {
        let Some(link) = self.link(key) else { return };
        match mem::take(&mut link.unread) {
            Unread::Nothing => return,
            Unread::Lent(chunk) => self.put_aside(key, Box::default(), [chunk]),
            Unread::Kept(kept) => link.unread = Unread::Kept(kept),
        }
        self.read_by_call(key);
    }

    fn read_by_call(&mut self, key: Key) {
        let Some(file) = self.ring.at(key) else { return };
        if file.link.inwards != Inwards::Received {
            return;
        }
        file.link.read_by_call();
        if file.is_doing(Operation::Receive) {
            self.ring.cancel(key, Operation::Receive);
        }
    }

    fn handle_sent(
        &mut self,
        key: Key,
        mut block: Box<Block>,
        sent: Result<usize, Errno>,
    ) -> Waiter {
        let link = self.known(key);
        let leaves = link.fate == Fate::Leaves;
        match sent {
            Ok(sent) => block.sent += sent,
            Err(Errno::CANCELED) => {}
            Err(error) => link.failure = Some(error),
        }
        let whole = block.unsent().is_empty() || link.failure.is_some();
        if !whole && leaves {
            link.gathered = Some(block);
        } else if !whole && sent.is_ok() && link.fate != Fate::GivesUp {
            self.ring.send(key, block);
            return Waiter::Nobody;
        } else {
            self.spare(block);
        }
        self.known(key).wake_out()
    }

    fn spare(&mut self, mut block: Box<Block>) {
        if self.spare.len() < SPARE_BLOCKS {
            block.bytes.clear();
            block.sent = 0;
            self.spare.push(block);
        }
    }

    pub(super) fn adopt(&mut self, fd: OwnedFd) -> Key {
        self.ring.adopt(fd, Link::default())
    }

    /// Whoever had it has dropped it: it is closed once all that was written has left, or when this is called again.
    /// What is returned is to be dropped when nothing is borrowed.
    pub(super) fn forget(&mut self, key: Key) -> Waiter {
        let Some(file) = self.ring.at(key) else { return Waiter::Nobody };
        match file.link.fate {
            Fate::Stays => file.link.fate = Fate::Closes,
            Fate::Lingers => {
                self.give_up(key);
                return Waiter::Nobody;
            }
            Fate::Closes | Fate::GivesUp | Fate::Leaves => return Waiter::Nobody,
        }
        let waiter = mem::take(&mut file.link.waiter);
        if file.is_doing(Operation::Send) {
            self.closing.push(key);
        }
        if let Unread::Lent(chunk) = mem::take(&mut file.link.unread) {
            self.ring.give_back(chunk);
        }
        self.cancel(key, &[Operation::Receive, Operation::WaitIn, Operation::WaitOut]);
        self.finish(key);
        waiter
    }

    fn cancel(&mut self, key: Key, operations: &[Operation]) {
        for operation in operations {
            if self.ring.at(key).is_some_and(|file| file.is_doing(*operation)) {
                self.ring.cancel(key, *operation);
            }
        }
    }

    /// A peer that reads nothing must not keep a connection that nobody has any more.
    fn linger(&mut self) {
        while let Some(key) = self.closing.pop() {
            let Some(file) = self.ring.at(key) else { continue };
            // It is here twice if it gathered something twice in the turn in which it was dropped.
            if file.link.fate != Fate::Closes || !file.is_doing(Operation::Send) {
                continue;
            }
            if self.lingering < LINGERING && forget_after(key, LINGER) {
                file.link.fate = Fate::Lingers;
                self.lingering += 1;
            } else {
                self.give_up(key);
            }
        }
    }

    /// Whoever is lingering has little time left.
    pub(super) fn hasten(&mut self) {
        if mem::replace(&mut self.hastened, true) {
            return;
        }
        for key in self.ring.keys() {
            if self.known(key).fate == Fate::Lingers && !forget_after(key, LAST_LINGER) {
                self.give_up(key);
            }
        }
    }

    fn give_up(&mut self, key: Key) {
        let Some(link) = self.link(key) else { return };
        if mem::replace(&mut link.fate, Fate::GivesUp) == Fate::Lingers {
            self.lingering -= 1;
        }
        self.cancel(key, &[Operation::Send]);
    }

    /// Somebody on another thread wants to go on with it.
    pub(super) fn leave(&mut self, key: Key, to: oneshot::Sender<Leaving>) -> Waiter {
        let Some(link) = self.link(key) else { return Waiter::Nobody };
        link.fate = Fate::Leaves;
        let waiter = mem::take(&mut link.waiter);
        self.leaving.push((key, to));
        let all = [Operation::Receive, Operation::Send, Operation::WaitIn, Operation::WaitOut];
        self.cancel(key, &all);
        self.finish(key);
        waiter
    }

    /// Lets go of a descriptor that somebody is through with and the kernel as well.
    fn finish(&mut self, key: Key) {
        let Some(link) = self.link(key) else { return };
        let fate = link.fate;
        if fate == Fate::Stays || fate == Fate::Closes && link.gathered.is_some() {
            return;
        }
        let Some((fd, link)) = self.ring.release(key) else { return };
        match fate {
            Fate::Leaves => self.hand_over(key, fd, link),
            Fate::Lingers => self.lingering -= 1,
            Fate::Stays | Fate::Closes | Fate::GivesUp => {}
        }
    }

    fn hand_over(&mut self, key: Key, fd: OwnedFd, link: Link) {
        let received = match link.unread {
            Unread::Nothing => Vec::new(),
            Unread::Lent(chunk) => {
                let bytes = self.ring.bytes(&chunk).to_vec();
                self.ring.give_back(chunk);
                bytes
            }
            Unread::Kept(kept) => kept.unread().to_vec(),
        };
        let unsent = link.gathered.map(|block| block.unsent().to_vec()).unwrap_or_default();
        let failure = link.end.failure().or(link.failure);
        let mut leaving = Leaving { fd, received, unsent, failure };
        leaving.send_at_once();
        let Some(at) = self.leaving.iter().position(|(other, _)| *other == key) else { return };
        let (_, to) = self.leaving.swap_remove(at);
        // Whoever wanted it may have gone meanwhile.
        let _ = to.send(leaving);
    }
}

/// Has the engine of this thread forget it again after some time; whether there is anybody to do that.
fn forget_after(key: Key, time: Duration) -> bool {
    let inbox = with(|engine| engine.inbox.clone());
    let Some((inbox, runtime)) = inbox.zip(Handle::try_current().ok()) else { return false };
    runtime.spawn(async move {
        time::sleep(time).await;
        inbox.report_gone(key);
    });
    true
}

#[cfg(test)]
mod tests;
