//! The codecs of a thread: what connections borrow while they speak, so that none keeps a codec of its own.
//!
//! Knows DEFLATE's library, and nothing of messages. `compress` takes encoders, `inflate` takes decoders, both take the
//! scratch buffer. What is taken is out of the pool until it is given back, so nothing here can be entered twice.
#![allow(
    clippy::vec_box,
    reason = "a decoder moves between the pool and its message as one pointer"
)]

use std::{cell::RefCell, fmt};

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Inflate, InflateFlush, Status};

/// Encoders a thread keeps: so many connections find theirs as they left it, the others start a new one.
const MAX_ENCODERS: usize = 16;

/// A third less memory than zlib's 8, and half a percent more output where a single message is very long.
const MEMORY_LEVEL: i32 = 6;

/// Decoders a thread keeps. A whole message needs one for a moment, one that is delivered in parts for as long as it
/// takes.
const MAX_DECODERS: usize = 4;

/// The search of level 9 follows chains of positions, too, and those of the last owner cannot be washed away.
const MAX_WASHABLE_LEVEL: u8 = 8;

/// As many as the largest window holds.
static ZEROS: [u8; 1 << 15] = [0; 1 << 15];

/// Output of one step of a codec; larger buys no speed.
pub(super) const SCRATCH_BYTES: usize = 64 << 10;

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool::new()) };
}

struct Pool {
    /// As their owners left them; the one used last stands last.
    encoders: Vec<(State, Encoder)>,
    #[expect(clippy::vec_box, reason = "a connection holds a pointer, and it is boxed only once")]
    decoders: Vec<Box<Inflate>>,
    scratch: Option<Box<[u8]>>,
}

impl Pool {
    const fn new() -> Self {
        Self { encoders: Vec::new(), decoders: Vec::new(), scratch: None }
    }

    fn take_encoder(&mut self, state: State) -> Option<Encoder> {
        let index = self.encoders.iter().rposition(|(parked, _)| *parked == state)?;
        let (_, encoder) = self.encoders.remove(index);
        Some(encoder)
    }

    /// The encoder that this owner had last, which he cannot go on with.
    fn take_own(&mut self, kind: EncoderKind, owner: u64) -> Option<Encoder> {
        let index = self.encoders.iter().rposition(|(_, encoder)| encoder.is(kind, owner))?;
        let (_, encoder) = self.encoders.remove(index);
        Some(encoder)
    }

    /// An encoder to start anew with: one that nobody will ask for, or else the one that was left alone for longest.
    fn take_spare(&mut self, kind: EncoderKind) -> Option<Encoder> {
        if kind.level > MAX_WASHABLE_LEVEL {
            return None;
        }
        let nobodys = self
            .encoders
            .iter()
            .rposition(|(state, encoder)| encoder.kind == kind && *state == State::NOBODYS);
        let full = self.encoders.len() >= MAX_ENCODERS;
        let index = nobodys.or_else(|| {
            let oldest = || self.encoders.iter().position(|(_, encoder)| encoder.kind == kind);
            full.then(oldest).flatten()
        })?;
        let (_, encoder) = self.encoders.remove(index);
        Some(encoder)
    }

    fn keep_encoder(&mut self, state: State, encoder: Encoder) {
        if self.encoders.len() >= MAX_ENCODERS {
            self.encoders.remove(0);
        }
        self.encoders.push((state, encoder));
    }

    fn keep_decoder(&mut self, decoder: Box<Inflate>) {
        if self.decoders.len() < MAX_DECODERS {
            self.decoders.push(decoder);
        }
    }
}

/// `None` while the thread ends: its pool may be gone by then, and codecs are made and dropped without it.
fn with_pool<R>(work: impl FnOnce(&mut Pool) -> R) -> Option<R> {
    POOL.try_with(|pool| work(&mut pool.borrow_mut())).ok()
}

/// Parks everything that is in the thread's encoders.
#[cfg(test)]
pub(super) fn empty() {
    with_pool(|pool| *pool = Pool::new());
}

/// Lends the thread's buffer of [`SCRATCH_BYTES`]. What is in it is left over from others.
pub(super) fn with_scratch<R>(work: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut scratch = with_pool(|pool| pool.scratch.take())
        .flatten()
        .unwrap_or_else(|| vec![0; SCRATCH_BYTES].into_boxed_slice());
    let result = work(&mut scratch);
    with_pool(|pool| pool.scratch = Some(scratch));
    result
}

/// What an encoder is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EncoderKind {
    /// 9 to 15.
    pub(super) window_bits: u8,
    /// 1 to 9.
    pub(super) level: u8,
}

/// Whose plaintext an encoder has seen, and up to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// One direction of one connection, never given to another.
    pub(super) owner: u64,
    /// Counts the owner's messages. An encoder that stayed on another thread is behind, and known by it.
    pub(super) sequence: u64,
}

impl State {
    /// What nobody goes on from.
    const NOBODYS: Self = Self { owner: u64::MAX, sequence: 0 };
}

/// How far a codec came in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) consumed: usize,
    pub(super) produced: usize,
}

impl Progress {
    /// From the codec's counters, which count from its last reset.
    fn between(before: (u64, u64), after: (u64, u64)) -> Self {
        let moved = |before, after| {
            usize::try_from(after - before).expect("a step moves within the slices it is given")
        };
        Self { consumed: moved(before.0, after.0), produced: moved(before.1, after.1) }
    }
}

/// An encoder. It serves one connection after another, and is washed in between; one that starts anew with the encoder
/// that it had last finds nothing but its own in there.
///
/// For another a reset is not enough: zlib's leaves the bytes that the encoder has seen in its memory, and hashes the
/// last strings of the next owner together with those that lie behind them. What one peer was sent would show in the
/// size of what another is sent. A new one each time is not the answer either: it is so large that the heap would go to
/// pieces.
pub(super) struct Encoder {
    deflate: Deflate,
    kind: EncoderKind,
    /// Whose plaintext is in it.
    owner: u64,
}

impl Encoder {
    /// The encoder that its owner left on this thread in `state`.
    pub(super) fn resume(state: State) -> Option<Self> {
        with_pool(|pool| pool.take_encoder(state)).flatten()
    }

    /// An encoder for `owner` that has just compressed `plain`.
    pub(super) fn new(kind: EncoderKind, owner: u64, plain: [&[u8]; 2]) -> Self {
        let mut encoder = match with_pool(|pool| pool.take_own(kind, owner)).flatten() {
            Some(own) => own.emptied(),
            None => match with_pool(|pool| pool.take_spare(kind)).flatten() {
                Some(spare) => Self { owner, ..spare.washed() },
                None => Self::fresh(kind, owner),
            },
        };
        for piece in plain.into_iter().filter(|piece| !piece.is_empty()) {
            encoder
                .deflate
                .set_dictionary(piece)
                .expect("without a header it is taken at any time");
        }
        encoder
    }

    /// An encoder for one whole message, after which it is to be abandoned.
    ///
    /// It is not washed: no match is looked for with what lies behind the end of its input, and what was hashed with
    /// that would only show in what comes after.
    pub(super) fn once(kind: EncoderKind) -> Self {
        let State { owner, .. } = State::NOBODYS;
        match with_pool(|pool| pool.take_spare(kind)).flatten() {
            Some(spare) => Self { owner, ..spare.emptied() },
            None => Self::fresh(kind, owner),
        }
    }

    fn fresh(kind: EncoderKind, owner: u64) -> Self {
        let deflate = Deflate::new_with_config(DeflateConfig {
            level: i32::from(kind.level),
            // Negative asks for DEFLATE without zlib's header.
            window_bits: -i32::from(kind.window_bits),
            mem_level: MEMORY_LEVEL,
            ..DeflateConfig::default()
        });
        Self { deflate, kind, owner }
    }

    fn is(&self, kind: EncoderKind, owner: u64) -> bool {
        self.kind == kind && self.owner == owner
    }

    /// The encoder as its owner may start anew with it.
    fn emptied(mut self) -> Self {
        // What a connection gave up on may still be in there, and zlib-rs must not be reset with it.
        self.drain(&[]);
        self.deflate.reset();
        self
    }

    /// The encoder as it was when it was made, with nothing but zeros in its memory of plaintext.
    ///
    /// That is twice the window, and is filled from its front after a reset. Level 0 does nothing but copy.
    fn washed(self) -> Self {
        let mut encoder = self.emptied();
        encoder.set_level(0);
        // Half of the memory, less a byte: a whole window would go to the front again. No plaintext ends where these
        // two do not reach, because zlib moves it to the front before that.
        let half = (1_usize << encoder.kind.window_bits) - 1;
        for _ in 0..2 {
            encoder.drain(ZEROS.get(..half).unwrap_or(&ZEROS));
        }
        encoder.deflate.reset();
        encoder.set_level(encoder.kind.level);
        encoder
    }

    fn set_level(&mut self, level: u8) {
        self.deflate.set_level(i32::from(level)).expect("nothing was compressed since the reset");
    }

    /// Compresses `plain` and forgets what comes out.
    fn drain(&mut self, mut plain: &[u8]) {
        with_scratch(|room| {
            loop {
                let Progress { consumed, produced } = self.flush(plain, room);
                plain = plain.get(consumed..).unwrap_or_default();
                if plain.is_empty() && produced < room.len() {
                    return;
                }
            }
        });
    }

    /// Compresses up to a sync flush, which is complete when all is consumed and room is left.
    pub(super) fn flush(&mut self, plain: &[u8], room: &mut [u8]) -> Progress {
        let before = (self.deflate.total_in(), self.deflate.total_out());
        self.deflate
            .compress(plain, room, DeflateFlush::SyncFlush)
            .expect("an encoder that is never finished takes any input");
        Progress::between(before, (self.deflate.total_in(), self.deflate.total_out()))
    }

    /// Leaves it on this thread for anybody.
    pub(super) fn abandon(self) {
        self.park(State::NOBODYS);
    }

    /// Leaves it on this thread for its owner to [`resume`](Self::resume).
    pub(super) fn park(self, state: State) {
        with_pool(|pool| pool.keep_encoder(state, self));
    }
}

/// A decoder out of the pool; goes back when dropped. Its state means nothing to anybody: it is primed before each use.
pub(super) struct Decoder(Option<Box<Inflate>>);

/// What a decoder met in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// The end of the input or of the room.
    Edge,
    /// The end of the stream, at a block marked as final.
    StreamEnd,
}

/// Bytes that are no DEFLATE data, or reach back beyond what the decoder has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InvalidDeflate;

impl Decoder {
    /// Takes a decoder from the thread's pool, or makes one.
    pub(super) fn take() -> Self {
        let pooled = with_pool(|pool| pool.decoders.pop()).flatten();
        // A window of 15 bits reads what any smaller one wrote, and is what a reset returns to.
        Self(Some(pooled.unwrap_or_else(|| Box::new(Inflate::new(false, 15)))))
    }

    /// Makes it a decoder that has just inflated `plain`.
    pub(super) fn prime(&mut self, plain: [&[u8]; 2]) {
        self.inflate().reset(false);
        for piece in plain {
            self.inflate().set_dictionary(piece).expect("without a header it is taken at any time");
        }
    }

    /// Inflates until the input or the room is used up or the stream ends.
    pub(super) fn step(
        &mut self,
        input: &[u8],
        room: &mut [u8],
    ) -> Result<(Progress, Met), InvalidDeflate> {
        let inflate = self.inflate();
        let before = (inflate.total_in(), inflate.total_out());
        let status =
            inflate.decompress(input, room, InflateFlush::NoFlush).map_err(|_| InvalidDeflate)?;
        let met = match status {
            Status::Ok | Status::BufError => Met::Edge,
            Status::StreamEnd => Met::StreamEnd,
        };
        Ok((Progress::between(before, (inflate.total_in(), inflate.total_out())), met))
    }

    fn inflate(&mut self) -> &mut Inflate {
        self.0.as_mut().expect("only the drop takes it out")
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        if let Some(inflate) = self.0.take() {
            with_pool(|pool| pool.keep_decoder(inflate));
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
