//! One cell of the tables: a payload's size and how messages arrive; with its bytes, which are the same for everyone.

use std::fmt;

/// What is echoed, and how it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) payload_len: usize,
    pub(crate) arrival: Arrival,
}

/// How the bytes of the messages reach a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Each message by itself.
    OneByOne,
    /// As a stream in pieces of [`PIECE_BYTES`], which cut messages wherever they do.
    Stream,
}

/// What one read of a busy connection brings.
const PIECE_BYTES: usize = 64 * 1024;

/// The sizes of the table.
pub(crate) const PAYLOAD_LENS: [usize; 4] = [20, 1024, 16 * 1024, 64 * 1024];

/// A lap has at least this many bytes, and whole frames; it fits the second-level cache.
const LAP_BYTES: usize = 256 * 1024;

/// More frames than this teach a cell nothing.
const LAP_FRAMES: usize = 4096;

impl Cell {
    /// Every cell, in the order of the table.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        [Arrival::OneByOne, Arrival::Stream].into_iter().flat_map(|arrival| {
            PAYLOAD_LENS.into_iter().map(move |payload_len| Self { payload_len, arrival })
        })
    }

    /// The bytes that a client sends in one lap.
    pub(crate) fn lap(self) -> Lap {
        let mut keys = Keys(0x2545_f491);
        let mut lap = Lap { frames: Vec::new(), replies: Vec::new(), arrivals: Vec::new() };
        let mut ends = Vec::new();
        while lap.frames.len() < LAP_BYTES && ends.len() < LAP_FRAMES {
            let payload: Vec<u8> = (0..self.payload_len).map(|_| keys.byte()).collect();
            write_frame(&mut lap.frames, &payload, Some(keys.mask()));
            write_frame(&mut lap.replies, &payload, None);
            ends.push(lap.frames.len());
        }
        lap.arrivals = self.arrivals(&ends);
        lap
    }

    fn arrivals(self, frame_ends: &[usize]) -> Vec<ArrivalEnd> {
        let last = frame_ends.last().copied().unwrap_or(0);
        match self.arrival {
            Arrival::OneByOne => {
                frame_ends.iter().map(|end| ArrivalEnd { at: *end, messages: 1 }).collect()
            }
            Arrival::Stream => {
                let mut before = 0;
                let pieces = (1..=last.div_ceil(PIECE_BYTES)).map(|piece| {
                    let at = (piece * PIECE_BYTES).min(last);
                    let complete = frame_ends.partition_point(|end| *end <= at);
                    let messages = complete - before;
                    before = complete;
                    ArrivalEnd { at, messages }
                });
                pieces.collect()
            }
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.payload_len {
            len if len >= 1024 => write!(f, "{} KiB", len / 1024)?,
            len => write!(f, "{len} B")?,
        }
        f.write_str(match self.arrival {
            Arrival::OneByOne => ", one message a read",
            Arrival::Stream => ", reads of 64 KiB",
        })
    }
}

/// A stretch of a client's bytes that is repeated for as long as the measurement goes on.
#[derive(Clone, Debug)]
pub(crate) struct Lap {
    /// Masked frames.
    pub(crate) frames: Vec<u8>,
    /// What their echo looks like: the same frames without masks.
    pub(crate) replies: Vec<u8>,
    /// Where each arrival ends.
    pub(crate) arrivals: Vec<ArrivalEnd>,
}

/// The end of an arrival, as an offset into the lap, and how many messages are complete with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArrivalEnd {
    pub(crate) at: usize,
    pub(crate) messages: usize,
}

impl Lap {
    pub(crate) fn messages(&self) -> usize {
        self.arrivals.iter().map(|arrival| arrival.messages).sum()
    }
}

/// Appends a binary frame (RFC 6455 5.2).
fn write_frame(into: &mut Vec<u8>, payload: &[u8], mask: Option<[u8; 4]>) {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    into.push(0x82);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short < 126 => into.push(masked | short),
        (_, Ok(medium)) => {
            into.push(masked | 126);
            into.extend(medium.to_be_bytes());
        }
        _ => {
            into.push(masked | 127);
            into.extend((payload.len() as u64).to_be_bytes());
        }
    }
    match mask {
        None => into.extend_from_slice(payload),
        Some(key) => {
            into.extend(key);
            into.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
        }
    }
}

/// Numbers that are the same in every run (xorshift); masks must be neither zero nor all alike.
struct Keys(u32);

impl Keys {
    fn number(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn byte(&mut self) -> u8 {
        self.number().to_be_bytes()[0]
    }

    fn mask(&mut self) -> [u8; 4] {
        self.number().to_be_bytes().map(|byte| byte | 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Cell;

    #[test]
    fn every_cell_ends_its_lap_with_its_last_message() {
        for cell in Cell::all() {
            let lap = cell.lap();
            assert_eq!(lap.arrivals.last().expect("an arrival").at, lap.frames.len(), "{cell}");
            let header = match cell.payload_len {
                0..126 => 2,
                126..0x1_0000 => 4,
                _ => 10,
            };
            assert_eq!(lap.replies.len(), lap.messages() * (cell.payload_len + header), "{cell}");
            assert_eq!(lap.frames.len(), lap.replies.len() + 4 * lap.messages(), "{cell}");
        }
    }
}
