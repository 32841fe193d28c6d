//! What each connection sends, batch after batch, encoded before the run.

use crate::{
    arguments::Arguments,
    content::{Content, Random},
    deflate::Agreed,
    dial::Framing,
    frame::{self, BINARY, COMPRESSED, TEXT},
};

/// Bytes of messages that a lap of compressed ones has at least: more than any window, so that no message is found in
/// what came before it.
const LAP_BYTES: usize = 64 << 10;

/// Frames that leave in one write, if the socket takes them.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    pub(crate) messages: usize,
    pub(crate) expects: Expects,
}

/// What answers a batch.
#[derive(Debug)]
pub(crate) enum Expects {
    /// These bytes; they are compared.
    Exactly(Vec<u8>),
    /// So many bytes; they were compared before.
    Bytes(usize),
    /// Frames that inflate to these messages; that is compared.
    Inflated(Vec<Vec<u8>>),
    /// As many frames as there are messages.
    Messages,
}

/// The batches of a connection: some at first, and then others in turn for ever.
#[derive(Debug)]
pub(crate) struct Script {
    first: Vec<Batch>,
    then: Vec<Batch>,
}

/// What messages a run is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) len: usize,
    pub(crate) depth: usize,
    pub(crate) content: Content,
}

impl Shape {
    pub(crate) fn parse(arguments: &Arguments) -> Result<Self, String> {
        Ok(Self {
            len: arguments.number("bytes")?,
            depth: arguments.number("depth")?,
            content: arguments.one_of("content", &Content::ALL)?,
        })
    }

    fn first_byte(self) -> u8 {
        if self.content.is_text() { TEXT } else { BINARY }
    }

    /// Messages that come back as they were sent.
    pub(crate) fn script(self, framing: Framing) -> Script {
        let (mut random, first) = (Random::new(), self.first_byte());
        let (mut bytes, mut answer) = (Vec::new(), Vec::new());
        for _ in 0..self.depth {
            let message = self.content.message(self.len, &mut random);
            bytes.extend(frame::masked(first, &message, random.mask()));
            answer.extend(frame::unmasked(first, &message));
        }
        if framing == Framing::Raw {
            answer.clone_from(&bytes);
        }
        let batch = |expects| Batch { bytes: bytes.clone(), messages: self.depth, expects };
        let then = vec![batch(Expects::Bytes(answer.len()))];
        Script { first: vec![batch(Expects::Exactly(answer))], then }
    }

    /// Messages that differ, compressed as was agreed.
    pub(crate) fn compressed_script(self, agreed: Agreed) -> Result<Script, String> {
        let (mut random, first) = (Random::new(), self.first_byte() | COMPRESSED);
        let batches = LAP_BYTES.div_ceil(self.len * self.depth).max(1);
        let messages: Vec<Vec<u8>> = (0..batches * self.depth)
            .map(|_| self.content.message(self.len, &mut random))
            .collect();
        let [first_lap, then] = agreed.two_laps(&messages)?;
        let mut encode = |payloads: &[Vec<u8>]| {
            payloads
                .iter()
                .flat_map(|payload| frame::masked(first, payload, random.mask()))
                .collect()
        };
        let first = first_lap.chunks(self.depth).zip(messages.chunks(self.depth));
        let first = first.map(|(payloads, messages)| Batch {
            bytes: encode(payloads),
            messages: self.depth,
            expects: Expects::Inflated(messages.to_vec()),
        });
        let first = first.collect();
        let then = then.chunks(self.depth).map(|payloads| Batch {
            bytes: encode(payloads),
            messages: self.depth,
            expects: Expects::Messages,
        });
        Ok(Script { first, then: then.collect() })
    }
}

impl Script {
    pub(crate) fn batch(&self, number: usize) -> Option<&Batch> {
        match number.checked_sub(self.first.len()) {
            None => self.first.get(number),
            Some(number) => self.then.get(number % self.then.len()),
        }
    }

    /// How many batches are compared with what was sent.
    pub(crate) fn verified(&self) -> usize {
        self.first.len()
    }
}
