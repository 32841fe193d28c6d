//! `Ring`: the kernel's two queues, and all memory that it may touch.
//!
//! Everything `unsafe` about io_uring is in here. What an entry of a queue refers to belongs to the ring: descriptors
//! and blocks until the kernel has answered, the buffers that it receives into until it has answered everything. What
//! is done with the answers is decided by [`Uring`](super::Uring), the only caller.
#![expect(unsafe_code, reason = "the kernel reads and writes memory that entries of a queue name")]

use std::{
    alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error},
    collections::VecDeque,
    io, mem,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    ptr::NonNull,
    slice,
    sync::atomic::{AtomicU16, Ordering, fence},
};

use io_uring::{
    EnterFlags, IoUring, cqueue, opcode,
    squeue::Entry,
    types::{BufRingEntry, CancelBuilder, Fd, IOU_PBUF_RING_INC},
};
use rustix::{
    event::PollFlags,
    io::Errno,
    net::{RecvFlags, SendFlags},
    param::page_size,
};

use super::{
    super::{
        readiness::Way,
        slab::{Key, Slab},
    },
    link::Link,
};

/// How large the queues and buffers are; tests have small ones.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Sizes {
    pub(super) submissions: u32,
    pub(super) completions: u32,
    pub(super) buffers: u16,
    pub(super) buffer_bytes: u32,
}

/// Something that the kernel does with a descriptor, one of each kind at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Whatever comes is received, until that is cancelled or fails.
    Receive = 0,
    Send = 1,
    WaitIn = 2,
    WaitOut = 3,
}

impl Operation {
    const ALL: [Self; 4] = [Self::Receive, Self::Send, Self::WaitIn, Self::WaitOut];

    fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Its place in a number of 64 bits, beside a key.
    fn mark(self) -> u64 {
        (self as u64 + 1) << MARK_SHIFT
    }
}

/// A key's index ends below this bit.
const MARK_SHIFT: u32 = 28;

/// Nobody waits for the answer to it.
const CANCEL: u64 = 0;

fn user_data(key: Key, operation: Operation) -> u64 {
    let key = key.to_u64();
    assert!(key & MARKS == 0, "there are no more descriptors than fit into an int");
    key | operation.mark()
}

const MARKS: u64 = 0xf << MARK_SHIFT;

fn of_user_data(user_data: u64) -> Option<(Key, Operation)> {
    let mark = user_data & MARKS;
    let operation = Operation::ALL.into_iter().find(|operation| operation.mark() == mark)?;
    Some((Key::from_u64(user_data & !MARKS), operation))
}

/// What the kernel answers.
#[derive(Debug)]
pub(super) enum Answer {
    /// Nothing came if the peer has ended its side.
    Received(Result<Option<Chunk>, Errno>),
    Sent(Box<Block>, Result<usize, Errno>),
    /// Inwards with what poll(2) says.
    ReadyIn(PollFlags),
    ReadyOut,
}

/// Bytes that were received, in a buffer of the ring's. The buffer is used again once all of them were given back.
#[derive(Debug)]
pub(super) struct Chunk {
    buffer: u16,
    start: u32,
    len: u32,
}

impl Chunk {
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// Takes bytes off its front.
    pub(super) fn advance(&mut self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(self.len);
        self.start += bytes;
        self.len -= bytes;
    }
}

/// Bytes that are sent.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    /// How many of them the kernel has taken.
    pub(super) sent: usize,
}

impl Block {
    pub(super) fn unsent(&self) -> &[u8] {
        self.bytes.get(self.sent..).unwrap_or_default()
    }
}

/// A descriptor, what the kernel does with it, and what is known of it.
#[derive(Debug)]
pub(super) struct File {
    fd: OwnedFd,
    /// What the kernel has not answered, or was not told yet.
    flight: u8,
    sending: Option<Box<Block>>,
    pub(super) link: Link,
}

impl File {
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    pub(super) fn is_doing(&self, operation: Operation) -> bool {
        self.flight & operation.bit() != 0
    }
}

pub(in super::super) struct Ring {
    queues: IoUring,
    /// What the queue has no room for.
    waiting: VecDeque<Entry>,
    files: Slab<File>,
    buffers: Buffers,
    sizes: Sizes,
    /// How many answers the kernel had no memory for, as far as that is known.
    lost: u32,
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring").finish_non_exhaustive()
    }
}

impl Ring {
    /// The thread that calls this is the only one that the kernel lets use it. `bell` is rung when there is something
    /// to be had, unless it is muted.
    pub(super) fn new(sizes: Sizes, bell: BorrowedFd<'_>) -> io::Result<Self> {
        let mut builder = IoUring::builder();
        builder.setup_single_issuer().setup_defer_taskrun().setup_taskrun_flag();
        builder.setup_submit_all().setup_no_sqarray().setup_cqsize(sizes.completions).dontfork();
        let queues = builder.build(sizes.submissions)?;
        queues.submitter().register_eventfd(bell.as_raw_fd())?;
        let buffers = Buffers::register(&queues, sizes)?;
        let (waiting, files) = (VecDeque::new(), Slab::new());
        Ok(Self { queues, waiting, files, buffers, sizes, lost: 0 })
    }

    /// Becomes another one with the same files, and nothing is under way.
    pub(super) fn begin_anew(&mut self, bell: BorrowedFd<'_>) -> io::Result<()> {
        let mut new = Self::new(self.sizes, bell)?;
        self.cancel_all()?;
        mem::swap(&mut new.files, &mut self.files);
        for (_, file) in new.files.each() {
            file.flight = 0;
            file.sending = None;
        }
        *self = new;
        Ok(())
    }

    /// Whether the kernel had no memory for an answer since this was asked last. It does not say which one it was.
    pub(super) fn has_lost_answers(&mut self) -> bool {
        let lost = self.queues.completion().overflow();
        mem::replace(&mut self.lost, lost) != lost
    }

    /// As if it had.
    #[cfg(test)]
    pub(super) fn lose_answer(&mut self) {
        self.lost = self.lost.wrapping_sub(1);
    }

    /// Of all files that there are.
    pub(super) fn keys(&mut self) -> Vec<Key> {
        self.files.each().map(|(key, _)| key).collect()
    }

    pub(super) fn adopt(&mut self, fd: OwnedFd, link: Link) -> Key {
        self.files.insert(File { fd, flight: 0, sending: None, link })
    }

    pub(super) fn at(&mut self, key: Key) -> Option<&mut File> {
        self.files.at(key)
    }

    /// None as long as the kernel does something with it.
    pub(super) fn release(&mut self, key: Key) -> Option<(OwnedFd, Link)> {
        self.files.at(key).filter(|file| file.flight == 0)?;
        self.files.remove(key).map(|file| (file.fd, file.link))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(super) fn receive(&mut self, key: Key) {
        self.start(key, Operation::Receive, |file| {
            opcode::RecvMulti::new(Fd(file.fd.as_raw_fd()), GROUP).build()
        });
    }

    /// Inwards every edge is told until that is cancelled, outwards one.
    pub(super) fn wait(&mut self, key: Key, way: Way) {
        let (operation, flags) = match way {
            Way::In => (Operation::WaitIn, PollFlags::IN | PollFlags::RDHUP),
            Way::Out => (Operation::WaitOut, PollFlags::OUT),
        };
        let flags = u32::from(flags.bits());
        self.start(key, operation, |file| {
            opcode::PollAdd::new(Fd(file.fd.as_raw_fd()), flags).multi(way == Way::In).build()
        });
    }

    /// Sends what is left of a block, all of it unless that fails.
    pub(super) fn send(&mut self, key: Key, block: Box<Block>) {
        let flags = (SendFlags::NOSIGNAL.bits() | RecvFlags::WAITALL.bits()).cast_signed();
        self.start(key, Operation::Send, |file| {
            let block = file.sending.insert(block);
            let unsent = block.unsent();
            let len = u32::try_from(unsent.len()).expect("a block has a few kilobytes");
            opcode::Send::new(Fd(file.fd.as_raw_fd()), unsent.as_ptr(), len).flags(flags).build()
        });
    }

    /// The operation, which is under way, ends soon if it has not ended yet.
    pub(super) fn cancel(&mut self, key: Key, operation: Operation) {
        let cancel = opcode::AsyncCancel::new(user_data(key, operation)).build();
        self.push(cancel.user_data(CANCEL));
    }

    /// Nothing is under way any more afterwards.
    fn cancel_all(&self) -> io::Result<()> {
        match self.queues.submitter().register_sync_cancel(None, CancelBuilder::any()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn start(&mut self, key: Key, operation: Operation, build: impl FnOnce(&mut File) -> Entry) {
        let file = self.files.at(key).expect("nobody asks for something with a file that has gone");
        file.flight |= operation.bit();
        let entry = build(file).user_data(user_data(key, operation));
        self.push(entry);
    }

    fn push(&mut self, entry: Entry) {
        if !self.waiting.is_empty() || !self.try_push(&entry) {
            self.waiting.push_back(entry);
        }
    }

    /// Whether there was room for it.
    fn try_push(&mut self, entry: &Entry) -> bool {
        // SAFETY: A descriptor stays open, and the bytes of a block stay where they are and as they are, until the
        // answer, because `flight` keeps the file and `sending` the block until then, and the ring cancels all when
        // it is dropped. What is received lies in `buffers`, which is freed after the queues.
        let pushed = unsafe { self.queues.submission().push(entry) };
        pushed.is_ok()
    }

    /// Whether the kernel has something for us, or we for it.
    pub(super) fn has_news(&mut self) -> bool {
        let submission = self.queues.submission();
        let work = !submission.is_empty() || submission.taskrun() || submission.cq_overflow();
        drop(submission);
        work || !self.waiting.is_empty() || self.has_answers()
    }

    pub(super) fn has_answers(&mut self) -> bool {
        !self.queues.completion().is_empty()
    }

    /// Tells the kernel what we have for it, as far as there is room for its answers, and has it answer what it can.
    pub(super) fn enter(&mut self) -> io::Result<()> {
        loop {
            self.queue_waiting();
            let submissions = u32::try_from(self.queues.submission().len()).unwrap_or(u32::MAX);
            // SAFETY: The last argument is a set of signals, or none.
            let entered = unsafe {
                let flags = EnterFlags::GETEVENTS.bits();
                self.queues.submitter().enter::<u8>(submissions, 0, flags, None)
            };
            match entered {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                entered => entered?,
            };
            if self.waiting.is_empty() || !self.has_room_for_answers() {
                return Ok(());
            }
        }
    }

    fn queue_waiting(&mut self) {
        while let Some(entry) = self.waiting.pop_front() {
            if !self.try_push(&entry) {
                return self.waiting.push_front(entry);
            }
        }
    }

    /// Whether all that can be asked for at once may be answered at once. For what is over that the kernel has to find
    /// memory, and there may be none.
    fn has_room_for_answers(&mut self) -> bool {
        let asked = self.queues.submission().capacity();
        let answers = self.queues.completion();
        answers.len() + asked <= answers.capacity()
    }

    /// The bell is not rung from now on.
    pub(super) fn mute(&mut self) {
        self.queues.completion().disable_eventfd();
    }

    /// The bell is rung as soon as there is something; what is there already may go unnoticed by it.
    pub(super) fn unmute(&mut self) {
        self.queues.completion().enable_eventfd();
        fence(Ordering::SeqCst);
    }

    /// The next of the answers that are there.
    pub(super) fn next(&mut self) -> Option<(Key, Answer)> {
        let (answer, key, operation) = loop {
            let answer = self.queues.completion().next()?;
            if let Some((key, operation)) = of_user_data(answer.user_data()) {
                break (answer, key, operation);
            }
        };
        let file = self.files.at(key).expect("kept until the last answer");
        if !cqueue::more(answer.flags()) {
            file.flight &= !operation.bit();
        }
        let result = u32::try_from(answer.result())
            .map_err(|_| Errno::from_raw_os_error(answer.result().wrapping_neg()));
        let answer = match operation {
            Operation::Receive => {
                let chunk = result.map(|len| self.buffers.take(len, answer.flags()));
                Answer::Received(chunk)
            }
            Operation::Send => {
                let block = file.sending.take().expect("kept until the answer");
                Answer::Sent(block, result.map(|sent| sent as usize))
            }
            Operation::WaitIn => {
                let flags = result.ok().and_then(|flags| u16::try_from(flags).ok());
                Answer::ReadyIn(flags.map_or(PollFlags::IN, PollFlags::from_bits_retain))
            }
            Operation::WaitOut => Answer::ReadyOut,
        };
        Some((key, answer))
    }

    pub(super) fn bytes(&self, chunk: &Chunk) -> &[u8] {
        self.buffers.bytes(chunk)
    }

    pub(super) fn give_back(&mut self, chunk: Chunk) {
        self.buffers.give_back(&chunk);
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // A ring that is closed ends what is under way later; after this nothing is.
        if self.cancel_all().is_err() {
            mem::forget(mem::replace(&mut self.files, Slab::new()));
            self.buffers.leak();
        }
    }
}

/// All buffers are in one group.
const GROUP: u16 = 0;

/// The buffers that are received into, and the queue in which the kernel finds those that are free.
///
/// Each is filled from its beginning to its end, by many receptions (`IOU_PBUF_RING_INC`).
struct Buffers {
    /// The queue, and behind it the buffers.
    memory: NonNull<u8>,
    layout: Option<Layout>,
    queue_bytes: usize,
    buffer_bytes: u32,
    tail: u16,
    buffers: Vec<Buffer>,
}

/// A buffer that the kernel fills, or that was filled.
#[derive(Debug, Default)]
struct Buffer {
    filled: u32,
    /// Chunks of it that were not given back.
    unread: u32,
    /// The kernel fills it no more.
    full: bool,
}

impl Buffers {
    fn register(queues: &IoUring, sizes: Sizes) -> io::Result<Self> {
        assert!(sizes.buffers.is_power_of_two(), "the kernel wants it so");
        // The kernel wants the queue on a page of its own, of 4 to 64 KiB.
        let page = page_size();
        let queue_bytes =
            (usize::from(sizes.buffers) * size_of::<BufRingEntry>()).next_multiple_of(page);
        let bytes = queue_bytes + usize::from(sizes.buffers) * sizes.buffer_bytes as usize;
        let layout = Layout::from_size_align(bytes, page).map_err(io::Error::other)?;
        assert!(bytes > 0);
        // SAFETY: It has a size.
        let memory = unsafe { alloc_zeroed(layout) };
        let Some(memory) = NonNull::new(memory) else { handle_alloc_error(layout) };
        let buffers = (0..sizes.buffers).map(|_| Buffer::default()).collect();
        let layout = Some(layout);
        let buffer_bytes = sizes.buffer_bytes;
        let mut all = Self { memory, layout, queue_bytes, buffer_bytes, tail: 0, buffers };
        // SAFETY: The queue lies in `memory`, which is freed after `queues`.
        unsafe {
            queues.submitter().register_buf_ring_with_flags(
                memory.as_ptr() as u64,
                sizes.buffers,
                GROUP,
                IOU_PBUF_RING_INC as u16,
            )?;
        }
        (0..sizes.buffers).for_each(|buffer| all.offer(buffer));
        Ok(all)
    }

    fn start_of(&self, buffer: u16) -> usize {
        self.queue_bytes + usize::from(buffer) * self.buffer_bytes as usize
    }

    /// Has the kernel fill a buffer that nobody reads.
    fn offer(&mut self, buffer: u16) {
        let place = usize::from(self.tail) & (self.buffers.len() - 1);
        let start = self.start_of(buffer);
        self.tail = self.tail.wrapping_add(1);
        // SAFETY: The queue has as many entries as there are buffers, all of them zeroed or written. The entry at the
        // tail is one that the kernel has taken or never had, until the tail moves on. Only here is anything of the
        // queue written by us, and it is our thread's alone.
        unsafe {
            let queue = self.memory.as_ptr().cast::<BufRingEntry>();
            let entry = &mut *queue.add(place);
            entry.set_addr(self.memory.as_ptr().add(start) as u64);
            entry.set_len(self.buffer_bytes);
            entry.set_bid(buffer);
            let tail = BufRingEntry::tail(queue).cast_mut().cast::<u16>();
            AtomicU16::from_ptr(tail).store(self.tail, Ordering::Release);
        }
    }

    /// What a reception of `len` bytes has brought.
    fn take(&mut self, len: u32, flags: u32) -> Option<Chunk> {
        // At the end of a stream a buffer is named as well, and nothing of it was used.
        let number = cqueue::buffer_select(flags).filter(|_| len > 0)?;
        let buffer = self.buffers.get_mut(usize::from(number)).expect("the kernel knows no other");
        let start = buffer.filled;
        buffer.filled = start.checked_add(len).expect("not more than a buffer has");
        assert!(buffer.filled <= self.buffer_bytes, "not more than a buffer has");
        buffer.unread += 1;
        buffer.full = !cqueue::buffer_more(flags);
        Some(Chunk { buffer: number, start, len })
    }

    fn bytes(&self, chunk: &Chunk) -> &[u8] {
        let start = self.start_of(chunk.buffer) + chunk.start as usize;
        // SAFETY: A chunk is part of what the kernel has filled (`take`), and its buffer is not offered again before
        // it was given back. What the kernel fills meanwhile lies behind it.
        unsafe { slice::from_raw_parts(self.memory.as_ptr().add(start), chunk.len()) }
    }

    fn give_back(&mut self, chunk: &Chunk) {
        let buffer = self.buffers.get_mut(usize::from(chunk.buffer)).expect("it came from there");
        buffer.unread -= 1;
        if buffer.full && buffer.unread == 0 {
            *buffer = Buffer::default();
            self.offer(chunk.buffer);
        }
    }

    fn leak(&mut self) {
        self.layout = None;
    }
}

impl Drop for Buffers {
    fn drop(&mut self) {
        let Some(layout) = self.layout else { return };
        // SAFETY: It was allocated so, and the queues, which are dropped before, are the only ones that know of it.
        unsafe { dealloc(self.memory.as_ptr(), layout) };
    }
}

#[cfg(test)]
mod tests;
