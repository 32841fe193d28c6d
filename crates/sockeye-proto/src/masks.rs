//! Masking keys for a client's frames.
//!
//! RFC 6455 5.3 and 10.3: a fresh key for each frame, unpredictable to whoever chose the payload, so that no script can
//! write chosen bytes on the wire. Only clients hold one, boxed.

use std::fmt;

use chacha20::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::mask::Mask;

/// A stream of masking keys from a seed that came from the operating system.
pub(crate) struct Masks(ChaCha8Rng);

impl Masks {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha8Rng::from_seed(seed))
    }

    pub(crate) fn next(&mut self) -> Mask {
        Mask::new(self.0.next_u32().to_ne_bytes())
    }
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masks(..)")
    }
}
