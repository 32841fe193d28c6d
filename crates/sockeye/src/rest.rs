//! What was read and not worked through yet.

use std::{
    mem,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use crate::scratch;

/// From this many bytes on, a rest stays where it was read, in the thread's buffer, as long as there are few of them.
const LENT_FROM_BYTES: usize = 4 * 1024;

/// As many buffers may be out at once, of all threads: 4 MiB.
const MAX_LENT: usize = 16;

static LENT: AtomicUsize = AtomicUsize::new(0);

/// Bytes of a read that the caller stopped in. They stay in the buffer that they were read to if there are many of
/// them, which the caller is likely to ask for at once; else they have one of exactly their size. There is none when
/// nothing is left.
#[derive(Debug, Default)]
pub(crate) struct Rest(Option<Box<Kept>>);

#[derive(Debug)]
struct Kept {
    buffer: Buffer,
    /// How many bytes of the buffer were read.
    end: usize,
    /// How many of them, from the end, were not worked through.
    left: usize,
    /// When they were read.
    came: Instant,
}

#[derive(Debug)]
enum Buffer {
    Own(Box<[u8]>),
    Lent(Lent),
}

/// The thread's buffer, which is counted as long as it is out.
#[derive(Debug)]
struct Lent(Box<[u8]>);

impl Lent {
    /// Gives the buffer back if as many are out as may be.
    fn new(buffer: Box<[u8]>) -> Result<Self, Box<[u8]>> {
        let one_more = |lent: usize| (lent < MAX_LENT).then_some(lent + 1);
        match LENT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more) {
            Ok(_) => Ok(Self(buffer)),
            Err(_) => Err(buffer),
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        LENT.fetch_sub(1, Ordering::Relaxed);
        scratch::give(mem::take(&mut self.0));
    }
}

impl Rest {
    /// Bytes that came with something else.
    pub(crate) fn new(bytes: &[u8], came: Instant) -> Self {
        let kept = || Kept {
            buffer: Buffer::Own(bytes.into()),
            end: bytes.len(),
            left: bytes.len(),
            came,
        };
        Self((!bytes.is_empty()).then(|| Box::new(kept())))
    }

    /// The last `left` of the `end` bytes that were read to the thread's buffer.
    fn of_scratch(scratch: Box<[u8]>, end: usize, left: usize, came: Instant) -> Self {
        let lent = if left < LENT_FROM_BYTES { Err(scratch) } else { Lent::new(scratch) };
        match lent {
            Ok(lent) => Self(Some(Box::new(Kept { buffer: Buffer::Lent(lent), end, left, came }))),
            Err(scratch) => {
                let rest = Self::new(scratch.get(end - left..end).unwrap_or_default(), came);
                scratch::give(scratch);
                rest
            }
        }
    }

    /// What is left, to be worked through in place; where to tell how much of it is left then; and when it came.
    pub(crate) fn lend(&mut self) -> Option<(&mut [u8], &mut usize, Instant)> {
        let Kept { buffer, end, left, came } = &mut **self.0.as_mut()?;
        let (Buffer::Own(bytes) | Buffer::Lent(Lent(bytes))) = buffer;
        let used = end.saturating_sub(*left);
        Some((bytes.get_mut(used..*end).unwrap_or_default(), left, *came))
    }

    /// Gives the buffer back once nothing is left in it.
    pub(crate) fn settle(&mut self) {
        if self.0.as_ref().is_some_and(|kept| kept.left == 0) {
            self.0 = None;
        }
    }
}

/// The thread's buffer while it is read to and worked through. What is left of it then is kept, also when a function of
/// the caller's panics.
pub(crate) struct Reading<'r> {
    scratch: Box<[u8]>,
    end: usize,
    left: usize,
    came: Option<Instant>,
    rest: &'r mut Rest,
}

impl<'r> Reading<'r> {
    /// What is left goes to `rest`.
    pub(crate) fn new(rest: &'r mut Rest) -> Self {
        Self { scratch: scratch::take(), end: 0, left: 0, came: None, rest }
    }

    /// Where to read to.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        &mut self.scratch
    }

    /// So many bytes came: they, and where to tell how much of them is left.
    pub(crate) fn filled(&mut self, len: usize, came: Instant) -> (&mut [u8], &mut usize) {
        (self.end, self.left, self.came) = (len, len, Some(came));
        (self.scratch.get_mut(..len).unwrap_or_default(), &mut self.left)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let scratch = mem::take(&mut self.scratch);
        match self.came {
            Some(came) if self.left > 0 => {
                *self.rest = Rest::of_scratch(scratch, self.end, self.left, came);
            }
            _ => scratch::give(scratch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(left: usize) -> Rest {
        let mut rest = Rest::default();
        let mut reading = Reading::new(&mut rest);
        reading.room()[..10_000].copy_from_slice(&[7; 10_000]);
        let (bytes, still) = reading.filled(10_000, Instant::now());
        assert_eq!(bytes, [7; 10_000]);
        *still = left;
        drop(reading);
        rest
    }

    fn is_lent(rest: &Rest) -> bool {
        matches!(rest.0.as_deref(), Some(Kept { buffer: Buffer::Lent(_), .. }))
    }

    #[test]
    fn a_large_rest_stays_where_it_is_as_long_as_there_are_few() {
        assert!(keep(0).0.is_none());
        assert!(!is_lent(&keep(LENT_FROM_BYTES - 1)));
        let mut many: Vec<Rest> = (0..MAX_LENT + 10).map(|_| keep(LENT_FROM_BYTES)).collect();
        assert_eq!(many.iter().filter(|rest| is_lent(rest)).count(), MAX_LENT);
        for rest in &mut many {
            let (bytes, left, _) = rest.lend().expect("it was kept");
            assert_eq!(bytes, [7; LENT_FROM_BYTES]);
            *left = 1;
            assert_eq!(rest.lend().expect("one is left").0, [7]);
            *rest.lend().expect("one is left").1 = 0;
            rest.settle();
            assert!(rest.0.is_none());
        }
        assert!(is_lent(&keep(LENT_FROM_BYTES)), "all were given back");
    }
}
