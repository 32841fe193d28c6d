//! Fuzz targets: each is a function that takes any bytes and panics where the code under it breaks its word.
//!
//! A target is one file here with `pub fn run(data: &[u8])`, a row in [`TARGETS`], a program of one line in `targets/`
//! with its entry in `Cargo.toml`, and a folder of inputs in `corpus/`. `tests/table.rs` holds the four together. What
//! targets share to read an input as choices and to drive a connection stands in private modules beside them.
//! `cargo xtask fuzz` looks for new inputs; `tests/replay.rs` runs the kept ones with every other test.

use std::{fs, io, path::Path};

/// What libFuzzer's door needs; there only under `cargo xtask fuzz`.
#[cfg(fuzzing)]
#[doc(hidden)]
pub use libfuzzer_sys;

pub mod head;
pub mod handshake;
pub mod offer;
pub mod frames;
pub mod assembler;
pub mod utf8;
pub mod inflate;
pub mod pair;
pub mod hixie76;

mod script;
mod end;
mod messages;
mod wire;
mod edit;
mod terms;

/// A target and its name, which its program and its corpus share.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name.
    pub name: &'static str,
    /// Judges one input; panics on a finding.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "head", run: head::run },
    Target { name: "handshake", run: handshake::run },
    Target { name: "offer", run: offer::run },
    Target { name: "frames", run: frames::run },
    Target { name: "assembler", run: assembler::run },
    Target { name: "utf8", run: utf8::run },
    Target { name: "inflate", run: inflate::run },
    Target { name: "pair", run: pair::run },
    Target { name: "hixie76", run: hixie76::run },
];

/// Runs `target` on the files named, or on all files of the folders named.
///
/// # Errors
///
/// When a file cannot be read.
pub fn replay(
    target: fn(&[u8]),
    paths: impl IntoIterator<Item = impl AsRef<Path>>,
) -> io::Result<()> {
    for path in paths {
        let path = path.as_ref();
        if path.is_dir() {
            for entry in fs::read_dir(path)? {
                target(&fs::read(entry?.path())?);
            }
        } else {
            target(&fs::read(path)?);
        }
    }
    Ok(())
}

/// The `main` of a target's program: libFuzzer's under `cargo xtask fuzz`, else one that replays the files named.
#[macro_export]
macro_rules! program {
    ($run:path) => {
        #[cfg(fuzzing)]
        $crate::libfuzzer_sys::fuzz_target!(|data: &[u8]| $run(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            $crate::replay($run, std::env::args_os().skip(1))
        }
    };
}
