//! What must leave: encoded frames in the order they go out.
//!
//! Data frames queue up in `data`; control frames wait in a `lane` of their own that goes ahead of them at the next
//! frame boundary. An idle connection has no queue at all: it takes one from a per-thread `pool` when it speaks and
//! gives it back when all is written.

mod data;
mod lane;
mod pool;

use std::{io::IoSlice, time::Instant};

use bytes::Bytes;

use self::{data::Data, lane::Lane};
use crate::{burst::Layout, frame::Header};

/// A payload this large is sent from where it is, not copied behind its header.
pub(crate) const GATHER_BYTES: usize = 8 * 1024;

/// As many slices as are offered to one write.
const OFFERED_SLICES: usize = 16;

/// As many pieces of a burst as are offered at once.
const BURST_SLICES: usize = 64;

/// The bytes that wait for the peer; nothing is allocated while none do.
#[derive(Debug, Default)]
pub(crate) struct Output(Option<Box<Queue>>);

#[derive(Debug, Default)]
struct Queue {
    data: Data,
    lane: Lane,
    flow: Flow,
    /// Since when the transport has taken nothing.
    stalled_since: Option<Instant>,
}

/// What the transport did since it was last asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Flow {
    #[default]
    Untried,
    /// It took something.
    Moving,
    /// It took nothing.
    Stalled,
}

impl Queue {
    /// All that waits, if it is frames in one block and nothing else.
    #[inline]
    fn only_block(&self) -> Option<&[u8]> {
        if self.lane.is_empty() { self.data.only_block() } else { None }
    }
}

impl Output {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Bytes that wait, control frames included.
    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |queue| queue.data.len() + queue.lane.len())
    }

    /// Whether the transport took nothing when it was last written to.
    pub(crate) fn is_stalled(&self) -> bool {
        self.0.as_ref().is_some_and(|queue| queue.flow == Flow::Stalled)
    }

    /// Since when the transport has taken nothing, as far as that was told.
    pub(crate) fn stalled_since(&self) -> Option<Instant> {
        self.0.as_ref().and_then(|queue| queue.stalled_since)
    }

    /// The transport takes nothing now.
    pub(crate) fn stall(&mut self, now: Instant) {
        if let Some(queue) = &mut self.0 {
            queue.flow = Flow::Stalled;
            queue.stalled_since.get_or_insert(now);
        }
    }

    /// Whether control frames still wait although something left since this was asked last.
    pub(crate) fn control_is_on_its_way(&mut self) -> bool {
        self.0.as_mut().is_some_and(|queue| {
            let flow = std::mem::take(&mut queue.flow);
            flow == Flow::Moving && !queue.lane.is_empty()
        })
    }

    /// The bytes to write next, in order; fills as many slices as there are and tells how many it filled.
    pub(crate) fn slices<'q>(&'q self, slices: &mut [IoSlice<'q>]) -> usize {
        let Some(queue) = &self.0 else { return 0 };
        // What nearly every write is: small frames, one behind the other.
        if let (Some(block), Some(slot)) = (queue.only_block(), slices.first_mut()) {
            *slot = IoSlice::new(block);
            return 1;
        }
        let mut filled = 0;
        let mut slots = slices.iter_mut();
        let mut put = |bytes: &'q [u8]| {
            if bytes.is_empty() {
                return true;
            }
            let Some(slot) = slots.next() else { return false };
            *slot = IoSlice::new(bytes);
            filled += 1;
            true
        };
        if queue.lane.is_empty() {
            queue.data.each(0, queue.data.len(), &mut put);
        } else {
            let boundary = queue.data.boundary();
            let _ = queue.data.each(0, boundary, &mut put)
                && put(queue.lane.bytes())
                && queue.data.each(boundary, queue.data.len(), &mut put);
        }
        filled
    }

    /// The first `written` of those bytes left; 0 says that the transport takes nothing now.
    pub(crate) fn advance(&mut self, written: usize) {
        if written >= self.len() {
            return self.release();
        }
        let Some(queue) = &mut self.0 else { return };
        if written == 0 {
            queue.flow = Flow::Stalled;
            return;
        }
        queue.flow = Flow::Moving;
        queue.stalled_since = None;
        let mut left = written;
        if !queue.lane.is_empty() {
            let before = left.min(queue.data.boundary());
            queue.data.advance(before);
            left -= before;
            if queue.data.boundary() == 0 {
                left -= queue.lane.advance(left);
            }
        }
        queue.data.advance(left);
    }

    /// A frame whose payload is copied in behind its header, masked if the header says so.
    #[inline]
    pub(crate) fn frame(&mut self, header: &Header, payload: &[u8]) {
        self.queue().data.frame(header, payload);
    }

    /// Offers what waits to `write`, once; what it says that it took has left.
    pub(crate) fn offer(&mut self, write: impl FnOnce(&[IoSlice<'_>]) -> usize) {
        let mut slices = [IoSlice::new(&[]); OFFERED_SLICES];
        let filled = self.slices(&mut slices);
        let taken = write(slices.get(..filled).unwrap_or_default());
        self.advance(taken);
    }

    /// The same with a frame without a mask behind what waits, its payload still lent: only what is not taken is
    /// copied.
    pub(crate) fn offer_frame(
        &mut self,
        header: &Header,
        payload: &[u8],
        write: impl FnOnce(&[IoSlice<'_>]) -> usize,
    ) {
        self.queue().data.header(header);
        let waiting = self.len();
        let mut slices = [IoSlice::new(&[]); OFFERED_SLICES];
        let mut filled = self.slices(&mut slices);
        // The payload follows only where all before it found a slice.
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        if let Some(slot) = slices.get_mut(filled).filter(|_| offered == waiting) {
            *slot = IoSlice::new(payload);
            filled += 1;
        }
        let taken = write(slices.get(..filled).unwrap_or_default());
        match taken.checked_sub(waiting) {
            None => {
                self.queue().data.payload(payload);
                self.advance(taken);
            }
            Some(taken) => {
                self.release();
                if let Some(rest @ [_, ..]) = payload.get(taken..) {
                    let queue = self.queue();
                    queue.data.rest(rest);
                    queue.flow = Flow::Moving;
                }
            }
        }
    }

    /// Offers a burst to `write`, once, with nothing before it; what is not taken waits, within `limit`. Tells how many
    /// of its messages have left or wait.
    pub(crate) fn offer_burst(
        &mut self,
        layout: &Layout,
        limit: usize,
        write: impl FnOnce(&[IoSlice<'_>]) -> usize,
    ) -> usize {
        debug_assert!(self.is_empty(), "what was before it has left");
        let left = match layout.pieces() {
            // What nearly every burst is: to clear an array takes as long as to queue a small message.
            [piece] => write(&[IoSlice::new(piece)]),
            pieces => {
                let mut slices = [IoSlice::new(&[]); BURST_SLICES];
                slices.iter_mut().zip(pieces).for_each(|(slot, piece)| *slot = IoSlice::new(piece));
                write(slices.get(..pieces.len()).unwrap_or(&slices))
            }
        };
        let admitted = layout.admit(left, limit);
        if !admitted.bytes.is_empty() {
            let queue = self.queue();
            layout.range(admitted.bytes).for_each(|bytes| queue.data.encoded(&bytes));
            queue.data.begin(admitted.begun);
            queue.flow = if left > 0 { Flow::Moving } else { Flow::Untried };
        }
        admitted.messages
    }

    /// A frame without a mask whose payload is sent from where it is.
    pub(crate) fn shared_frame(&mut self, header: &Header, payload: Bytes) {
        self.queue().data.shared_frame(header, payload);
    }

    /// Frames that are encoded already.
    pub(crate) fn encoded(&mut self, bytes: &Bytes) {
        self.queue().data.encoded(bytes);
    }

    /// The answer to a ping: goes ahead of data; when the lane is full the newest takes the place of the one before.
    pub(crate) fn pong(&mut self, header: &Header, payload: &[u8]) {
        self.queue().lane.pong(header, payload);
    }

    /// Our own ping: goes ahead of data. `false` when the lane is full.
    pub(crate) fn ping(&mut self, header: &Header, payload: &[u8]) -> bool {
        self.queue().lane.ping(header, payload)
    }

    /// Forgets every data frame that has not begun to leave; tells whether there was any.
    pub(crate) fn cut(&mut self) -> bool {
        let before = self.len();
        if let Some(queue) = &mut self.0 {
            queue.data.cut();
            if queue.data.is_empty() && queue.lane.is_empty() {
                self.release();
            }
        }
        self.len() < before
    }

    /// Forgets everything.
    pub(crate) fn release(&mut self) {
        if let Some(mut queue) = self.0.take() {
            queue.data.clear();
            queue.lane.clear();
            queue.flow = Flow::Untried;
            queue.stalled_since = None;
            pool::give(queue);
        }
    }

    #[inline]
    fn queue(&mut self) -> &mut Queue {
        self.0.get_or_insert_with(pool::take)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests;
