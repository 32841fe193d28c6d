//! The queue of data frames: small ones corked into one block, large payloads by reference between such blocks.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::frame::{Header, MAX_HEADER_BYTES, Parsed};

/// Encoded frames. A header never lies across two segments.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// Everything before the block.
    segments: VecDeque<Segment>,
    /// The end of the queue, where small frames are written one behind the other.
    block: Vec<u8>,
    /// Bytes of the first segment (or of the block, if there is none) that left already.
    written: usize,
    /// Bytes that wait.
    len: usize,
    /// Bytes that wait and belong to a frame that has begun to leave.
    begun: usize,
}

#[derive(Debug)]
enum Segment {
    Own(Vec<u8>),
    Shared(Bytes),
}

impl Segment {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl Data {
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many bytes must leave before a frame begins.
    pub(super) fn boundary(&self) -> usize {
        self.begun
    }

    /// All that waits, if it stands in the block.
    #[inline]
    pub(super) fn only_block(&self) -> Option<&[u8]> {
        if self.segments.is_empty() { self.block.get(self.written..) } else { None }
    }

    #[inline]
    pub(super) fn frame(&mut self, header: &Header, payload: &[u8]) {
        self.len += encode(&mut self.block, header, payload);
    }

    pub(super) fn shared_frame(&mut self, header: &Header, payload: Bytes) {
        self.header(header);
        self.share(payload);
    }

    /// A header whose payload must follow before anything else is asked.
    pub(super) fn header(&mut self, header: &Header) {
        self.len += encode(&mut self.block, header, &[]);
    }

    /// The payload of that header.
    pub(super) fn payload(&mut self, payload: &[u8]) {
        self.len += payload.len();
        self.block.extend_from_slice(payload);
    }

    /// The rest of a frame whose beginning has left, and all that was before it.
    pub(super) fn rest(&mut self, payload: &[u8]) {
        debug_assert!(self.is_empty(), "what was before it has left");
        self.payload(payload);
        self.begin(payload.len());
    }

    /// The first `len` bytes belong to a frame whose beginning has left.
    pub(super) fn begin(&mut self, len: usize) {
        debug_assert!(self.begun == 0 && len <= self.len, "told once, of bytes that wait");
        self.begun = len;
    }

    pub(super) fn encoded(&mut self, bytes: &Bytes) {
        if bytes.len() < super::GATHER_BYTES {
            self.block.extend_from_slice(bytes);
            self.len += bytes.len();
        } else {
            self.share(bytes.clone());
        }
    }

    fn share(&mut self, payload: Bytes) {
        if !self.block.is_empty() {
            self.segments.push_back(Segment::Own(std::mem::take(&mut self.block)));
        }
        self.len += payload.len();
        self.segments.push_back(Segment::Shared(payload));
    }

    /// Hands the waiting bytes from `from` up to `to` over, piece by piece, until `put` has no room.
    pub(super) fn each<'q>(
        &'q self,
        from: usize,
        to: usize,
        put: &mut impl FnMut(&'q [u8]) -> bool,
    ) -> bool {
        let mut start = 0;
        for piece in self.pieces() {
            let end = start + piece.len();
            let wanted = piece.get(from.max(start) - start..to.min(end).max(start) - start);
            if end > from && start < to && !put(wanted.unwrap_or_default()) {
                return false;
            }
            start = end;
        }
        true
    }

    /// The first `len` bytes left.
    pub(super) fn advance(&mut self, mut len: usize) {
        if len >= self.len {
            return self.clear();
        }
        while len > 0 {
            let first = self.pieces().find(|piece| !piece.is_empty()).map_or(len, <[u8]>::len);
            let step = len.min(first);
            self.advance_within_piece(step);
            len -= step;
        }
        self.reclaim();
    }

    fn advance_within_piece(&mut self, len: usize) {
        // RFC 6455 5.5: a control frame may go between frames only, so the next boundary must be known from here on.
        while self.begun < len {
            let frame = self.frame_len_at(self.begun).unwrap_or(usize::MAX);
            self.begun += frame.min(self.len - self.begun);
        }
        self.begun -= len;
        self.len -= len;
        self.written += len;
        while let Some(first) = self.segments.front() {
            let Some(beyond) = self.written.checked_sub(first.bytes().len()) else { break };
            self.written = beyond;
            self.segments.pop_front();
        }
    }

    /// A queue that is never quite empty would keep all that ever left. What waits is moved to the front once no less
    /// has left, so each byte is moved at most once for each that leaves.
    fn reclaim(&mut self) {
        if self.segments.is_empty() && self.written >= self.len {
            self.block.drain(..self.written);
            self.written = 0;
        }
    }

    /// Keeps only what belongs to a frame that has begun to leave.
    pub(super) fn cut(&mut self) {
        let mut keep = self.begun + self.written;
        self.len = self.begun;
        for segment in &mut self.segments {
            let len = segment.bytes().len();
            match segment {
                Segment::Own(bytes) => bytes.truncate(keep),
                Segment::Shared(bytes) => bytes.truncate(keep),
            }
            keep = keep.saturating_sub(len);
        }
        self.segments.retain(|segment| !segment.bytes().is_empty());
        self.block.truncate(keep);
        if self.len == 0 {
            self.clear();
        }
    }

    pub(super) fn clear(&mut self) {
        if !self.segments.is_empty() {
            self.segments.clear();
        }
        self.block.clear();
        (self.written, self.len, self.begun) = (0, 0, 0);
    }

    pub(super) fn shrink_over(&mut self, max: usize) {
        if self.block.capacity() > max {
            self.block = Vec::new();
        }
    }

    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let all = self.segments.iter().map(Segment::bytes).chain([self.block.as_slice()]);
        let mut written = self.written;
        all.map(move |piece| {
            let skipped = piece.get(written..).unwrap_or_default();
            written = 0;
            skipped
        })
    }

    /// The length of the frame that begins at `offset` of the waiting bytes.
    fn frame_len_at(&self, offset: usize) -> Option<usize> {
        let mut start = 0;
        for piece in self.pieces() {
            let end = start + piece.len();
            if offset < end {
                let header = piece.get(offset - start..)?;
                let Ok(Parsed::Header(header, len)) = Header::parse(header) else { return None };
                return usize::try_from(header.len).ok()?.checked_add(len);
            }
            start = end;
        }
        None
    }
}

/// Writes a frame to the end of `into`, masked if its header says so; tells its length.
#[inline]
pub(super) fn encode(into: &mut Vec<u8>, header: &Header, payload: &[u8]) -> usize {
    let before = into.len();
    into.reserve(MAX_HEADER_BYTES + payload.len());
    header.encode(into);
    match header.mask {
        Some(mut mask) => mask.append(payload, into),
        None => into.extend_from_slice(payload),
    }
    into.len() - before
}
