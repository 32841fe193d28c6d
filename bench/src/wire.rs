//! The in-memory stream that everyone reads from and writes to.
//!
//! A read copies what has arrived into the reader's buffer, a write copies the bytes away, as a socket would; neither
//! is ever refused. It makes no system call and wakes nobody.

use std::{
    cell::RefCell,
    io::{self, IoSlice, Read, Write},
    rc::Rc,
};

use crate::cell::{ArrivalEnd, Lap};

/// A handle to the stream; clones are the same stream.
#[derive(Clone, Debug)]
pub(crate) struct Wire(Rc<RefCell<Ends>>);

#[derive(Debug)]
struct Ends {
    frames: Vec<u8>,
    arrivals: Vec<ArrivalEnd>,
    /// The arrival that is being read, and how far the lap was read.
    arrival: usize,
    position: usize,
    sink: Sink,
    written: u64,
}

#[derive(Debug)]
enum Sink {
    /// Copied and forgotten.
    Scratch(Box<[u8]>),
    /// Copied and kept, to be looked at.
    Kept(Vec<u8>),
}

/// Room for what the largest write of a lap brings at once; the rest of a larger one is copied over its beginning.
const SCRATCH_BYTES: usize = 128 * 1024;

impl Sink {
    fn scratch() -> Self {
        Self::Scratch(vec![0; SCRATCH_BYTES].into())
    }
}

impl Wire {
    pub(crate) fn new(lap: &Lap) -> Self {
        Self(Rc::new(RefCell::new(Ends {
            frames: lap.frames.clone(),
            arrivals: lap.arrivals.clone(),
            arrival: 0,
            position: 0,
            sink: Sink::scratch(),
            written: 0,
        })))
    }

    /// Bytes written so far.
    pub(crate) fn written(&self) -> u64 {
        self.0.borrow().written
    }

    /// Keeps what is written until [`take_kept`](Self::take_kept).
    pub(crate) fn keep(&self) {
        self.0.borrow_mut().sink = Sink::Kept(Vec::new());
    }

    pub(crate) fn take_kept(&self) -> Vec<u8> {
        match std::mem::replace(&mut self.0.borrow_mut().sink, Sink::scratch()) {
            Sink::Kept(bytes) => bytes,
            Sink::Scratch(_) => Vec::new(),
        }
    }

    /// Copies into `buffer` what it has room for of the arrival at hand.
    #[inline]
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> usize {
        self.receive_with(buffer.len(), |bytes| buffer[..bytes.len()].copy_from_slice(bytes))
    }

    /// Lends up to `room` bytes of the arrival at hand to `copy`; tells how many.
    #[inline]
    pub(crate) fn receive_with(&self, room: usize, copy: impl FnOnce(&[u8])) -> usize {
        let mut ends = self.0.borrow_mut();
        let bytes = ends.next(room);
        copy(bytes);
        bytes.len()
    }

    #[inline]
    pub(crate) fn transmit(&self, slices: &[IoSlice<'_>]) -> usize {
        let mut ends = self.0.borrow_mut();
        slices.iter().map(|slice| ends.take(slice)).sum()
    }
}

impl Ends {
    #[inline]
    fn next(&mut self, room: usize) -> &[u8] {
        let from = self.position;
        let ArrivalEnd { at, .. } = self.arrivals[self.arrival];
        let to = at.min(from + room);
        self.position = to;
        if to == at {
            self.arrival += 1;
        }
        if to == self.frames.len() {
            (self.arrival, self.position) = (0, 0);
        }
        &self.frames[from..to]
    }

    #[inline]
    fn take(&mut self, bytes: &[u8]) -> usize {
        self.written += bytes.len() as u64;
        match &mut self.sink {
            Sink::Kept(kept) => kept.extend_from_slice(bytes),
            Sink::Scratch(scratch) => {
                for piece in bytes.chunks(SCRATCH_BYTES) {
                    scratch[..piece.len()].copy_from_slice(piece);
                }
            }
        }
        bytes.len()
    }
}

impl Read for Wire {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.receive(buffer))
    }
}

impl Write for Wire {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(self.0.borrow_mut().take(bytes))
    }

    #[inline]
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(self.transmit(slices))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
