//! What a client sends, cut into what arrives together.

use sockeye::bytes::Bytes;

use crate::cell::{Arrival, Cell};

/// The fewest reads of a lap.
const READS: usize = 4;

/// A lap of masked binary frames, so many of them in each read.
pub(super) fn reads(payload_len: usize, depth: usize) -> Vec<Bytes> {
    let lap = Cell { payload_len, arrival: Arrival::OneByOne }.lap();
    let mut from = 0;
    let frames = lap.arrivals.iter().map(|arrival| {
        let frame = &lap.frames[from..arrival.at];
        from = arrival.at;
        frame
    });
    let frames: Vec<&[u8]> = frames.collect();
    let reads = (frames.len() / depth).max(READS);
    let frames: Vec<&[u8]> = frames.into_iter().cycle().take(reads * depth).collect();
    frames.chunks(depth).map(|frames| frames.concat().into()).collect()
}

/// What the echo of so many messages takes: the frames without their masks.
pub(super) fn reply_len(read: &Bytes, depth: usize) -> usize {
    read.len() - 4 * depth
}
