//! `Burst`: prepared messages that leave together, laid out once for all connections of a kind.
//!
//! Sends nothing itself: [`Connection::send_burst`](crate::Connection::send_burst) does.

use std::ops::Range;

use bytes::Bytes;

use crate::{
    Prepared, WindowBits, assembly::Encoding, output::GATHER_BYTES, prepared::PreparedFrame,
};

/// Small frames are copied one behind the other into pieces of this size.
const PIECE_BYTES: usize = 64 * 1024;

/// Prepared messages that are sent together to many connections, in the same order to each.
///
/// They are laid out once for each form that connections want them in, plain or compressed for a window, however many
/// connections there are.
///
/// ```
/// use std::{io::Write, sync::Arc, time::Instant};
/// use sockeye_proto::{Burst, Config, Connection, Prepared};
///
/// let mut burst = Burst::new(vec![Prepared::new("one"), Prepared::new("two")]);
/// for _ in 0..3 {
///     let mut server = Connection::server(Arc::new(Config::default()), None, Instant::now());
///     let mut transport = Vec::new();
///     let sent = server
///         .send_burst(&mut burst, |slices| transport.write_vectored(slices).unwrap_or(0));
///     assert_eq!(sent, 2);
///     assert_eq!(transport, b"\x81\x03one\x81\x03two");
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Burst {
    messages: Vec<Prepared>,
    /// For each form that was asked for; nearly always one or two.
    layouts: Vec<(Form, Layout)>,
}

/// What the frames of a connection look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    /// Compressed for a window, from so many bytes on.
    Compressed {
        bits: WindowBits,
        from_bytes: usize,
    },
}

/// The frames of a burst in one form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    /// Small frames one behind the other, large ones by reference.
    pieces: Vec<Bytes>,
    frames: Vec<Laid>,
}

/// Where a frame ends, counted from the beginning of the burst.
#[derive(Clone, Copy, Debug)]
struct Laid {
    end: usize,
    encoding: Encoding,
}

/// What becomes of a burst that did not leave whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// So many of its messages have left, or wait.
    pub(crate) messages: usize,
    /// The bytes that wait.
    pub(crate) bytes: Range<usize>,
    /// As many of them belong to a frame that has begun to leave.
    pub(crate) begun: usize,
}

impl Burst {
    /// Messages in the order in which they leave.
    #[must_use]
    pub fn new(messages: Vec<Prepared>) -> Self {
        Self { messages, layouts: Vec::new() }
    }

    /// The messages.
    #[must_use]
    pub fn messages(&self) -> &[Prepared] {
        &self.messages
    }

    /// The messages, and their frames in a form; the first to ask compresses, at its level.
    pub(crate) fn lay_out(&mut self, form: Form, level: u8) -> (&[Prepared], &Layout) {
        let Self { messages, layouts } = self;
        let known = layouts.iter().position(|(known, _)| *known == form);
        let index = known.unwrap_or_else(|| {
            let frames = messages.iter().map(|message| message.frame(form, level));
            layouts.push((form, Layout::new(frames)));
            layouts.len() - 1
        });
        let (_, layout) = layouts.get(index).expect("it was found, or just added");
        (messages, layout)
    }
}

impl Prepared {
    /// The frame that fits a form.
    pub(crate) fn frame(&self, form: Form, level: u8) -> &PreparedFrame {
        let compressed = match form {
            Form::Compressed { bits, from_bytes } if self.may_be_compressed(from_bytes) => {
                self.compressed(bits, level)
            }
            _ => None,
        };
        compressed.unwrap_or_else(|| self.plain())
    }
}

impl Layout {
    fn new<'p>(frames: impl Iterator<Item = &'p PreparedFrame>) -> Self {
        let mut layout = Self::default();
        let mut small = Vec::new();
        let mut end = 0;
        for frame in frames {
            let bytes = frame.bytes();
            end += bytes.len();
            layout.frames.push(Laid { end, encoding: frame.encoding() });
            if bytes.len() >= GATHER_BYTES {
                layout.end_piece(&mut small);
                layout.pieces.push(bytes.clone());
                continue;
            }
            if small.len() + bytes.len() > PIECE_BYTES {
                layout.end_piece(&mut small);
            }
            small.extend_from_slice(bytes);
        }
        layout.end_piece(&mut small);
        layout
    }

    fn end_piece(&mut self, small: &mut Vec<u8>) {
        if !small.is_empty() {
            self.pieces.push(std::mem::take(small).into());
        }
    }

    /// All bytes, in order.
    pub(crate) fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    pub(crate) fn len(&self) -> usize {
        self.frames.last().map_or(0, |last| last.end)
    }

    /// How each of the messages is encoded.
    pub(crate) fn encodings(&self) -> impl Iterator<Item = Encoding> {
        self.frames.iter().map(|frame| frame.encoding)
    }

    /// What waits when the first `left` bytes have left, and no more than `limit` may wait: what has begun to leave
    /// does in any case, and the first message, too.
    #[inline]
    pub(crate) fn admit(&self, left: usize, limit: usize) -> Admitted {
        if left == self.len() {
            return Admitted { messages: self.frames.len(), bytes: left..left, begun: 0 };
        }
        self.admit_rest(left, limit)
    }

    fn admit_rest(&self, left: usize, limit: usize) -> Admitted {
        let mut admitted = Admitted { messages: 0, bytes: left..left, begun: 0 };
        let mut start = 0;
        for Laid { end, .. } in &self.frames {
            let (waiting, waits) = (admitted.bytes.len(), end.saturating_sub(start.max(left)));
            if start >= left && waiting > 0 && waiting + waits > limit {
                break;
            }
            if start < left {
                admitted.begun = waits;
            }
            admitted.messages += 1;
            admitted.bytes.end = left.max(*end);
            start = *end;
        }
        admitted
    }

    /// Some of the bytes, by reference where they are most of a piece.
    pub(crate) fn range(&self, range: Range<usize>) -> impl Iterator<Item = Bytes> {
        let mut start = 0;
        self.pieces.iter().filter_map(move |piece| {
            let from = range.start.saturating_sub(start).min(piece.len());
            let to = range.end.saturating_sub(start).min(piece.len());
            start += piece.len();
            match to.saturating_sub(from) {
                0 => None,
                len if len >= piece.len() / 2 => Some(piece.slice(from..to)),
                // A small rest does not keep all of it in memory.
                _ => piece.get(from..to).map(Bytes::copy_from_slice),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Burst, Form, GATHER_BYTES, Layout, PIECE_BYTES};
    use crate::Prepared;

    fn layout(lens: &[usize]) -> Layout {
        let messages = lens.iter().map(|len| Prepared::new(vec![b'x'; *len])).collect();
        Burst::new(messages).lay_out(Form::Plain, 1).1.clone()
    }

    #[test]
    fn small_frames_stand_in_one_piece_and_large_ones_by_themselves() {
        let check = |lens: &[usize], pieces: &[usize]| {
            let layout = layout(lens);
            let got: Vec<usize> = layout.pieces().iter().map(bytes::Bytes::len).collect();
            assert_eq!(got, pieces, "{lens:?}");
            assert_eq!(layout.len(), pieces.iter().sum::<usize>(), "{lens:?}");
        };
        check(&[], &[]);
        check(&[3, 4], &[11]);
        check(&[3, GATHER_BYTES, 4, 5], &[5, GATHER_BYTES + 4, 13]);
        check(&[8000; 9], &[8004 * 8, 8004]);
        check(&[PIECE_BYTES; 2], &[PIECE_BYTES + 10; 2]);
    }

    #[test]
    fn what_waits_is_bounded_and_never_ends_inside_a_frame() {
        let layout = layout(&[3, 3, 3]);
        let check = |left, limit, messages, end, begun| {
            let admitted = layout.admit(left, limit);
            let got = (admitted.messages, admitted.bytes, admitted.begun);
            assert_eq!(got, (messages, left..end, begun), "{left} of 15 left, limit {limit}");
        };
        check(0, 100, 3, 15, 0);
        check(0, 10, 2, 10, 0);
        check(0, 9, 1, 5, 0);
        check(0, 1, 1, 5, 0);
        check(1, 1, 1, 5, 4);
        check(1, 8, 1, 5, 4);
        check(1, 9, 2, 10, 4);
        check(5, 1, 2, 10, 0);
        check(6, 9, 3, 15, 4);
        check(15, 0, 3, 15, 0);
    }

    #[test]
    fn a_range_is_the_same_bytes_by_reference_or_not() {
        let layout = layout(&[30, GATHER_BYTES, 20, GATHER_BYTES]);
        let whole: Vec<u8> = layout.pieces().concat();
        for (from, to) in [(0, whole.len()), (1, 31), (31, 9000), (40, 41), (8230, 8240), (7, 7)] {
            let range: Vec<u8> = layout.range(from..to).flatten().collect();
            assert_eq!(range, whole[from..to], "{from}..{to}");
        }
    }
}
