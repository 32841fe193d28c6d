//! Memory checks of the files with `unsafe`: valgrind, and AddressSanitizer where a nightly toolchain is at hand.
//!
//! In `crates/sockeye-proto/src`, `text.rs` views bytes as a `str` without a second look, and `mask/x86.rs` calls code
//! that not every processor has. The test files of text and masking and every unit test with `text` or `mask` in its
//! name run under valgrind; all of the core's tests run under AddressSanitizer. So do those of `engine/uring/ring.rs`
//! in `crates/sockeye/src`, which shares memory with the kernel; valgrind does not know all of io_uring.

use crate::{
    machine, program,
    suite::{Outcome, Step},
};

/// Every error ends the run; only what is certainly lost is a leak, because the test harness keeps threads to the end.
const VALGRIND: &str = "valgrind --quiet --error-exitcode=9 --leak-check=full \
    --show-leak-kinds=definite --errors-for-leak-kinds=definite";

/// The only platform whose nightly toolchain is known to bring the sanitizer along.
const SANITIZED: &str = "x86_64-unknown-linux-gnu";

/// The steps of `cargo xtask memcheck`.
#[must_use]
pub fn steps() -> Vec<Step> {
    vec![
        Step::check("memory: text and masks under valgrind", valgrind),
        Step::check("memory: the core and the rings under AddressSanitizer", address_sanitizer),
    ]
}

fn valgrind() -> Outcome {
    let Some(triple) = machine::host_triple() else {
        return Outcome::Failed("expected rustc to tell its host, got nothing".into());
    };
    if let Err(missing) = machine::provide("valgrind", "valgrind") {
        return Outcome::Skipped(missing);
    }
    let runner = format!("CARGO_TARGET_{}_RUNNER", triple.to_uppercase().replace('-', "_"));
    let core = ["test", "--package", "sockeye-proto", "--all-features"];
    let tests: [&[&str]; 2] =
        [&["--test", "text", "--test", "masking"], &["--lib", "--", "text", "mask"]];
    program::run_all(tests.map(|tests| {
        let mut cargo = program::cargo(&core);
        cargo.args(tests).env(&runner, VALGRIND);
        cargo
    }))
}

fn address_sanitizer() -> Outcome {
    if machine::host_triple().as_deref() != Some(SANITIZED) {
        return Outcome::Skipped(format!("AddressSanitizer is run on {SANITIZED}"));
    }
    if !machine::has_nightly() {
        return Outcome::Skipped("no nightly toolchain; rustup toolchain install nightly".into());
    }
    // All rooms, but not the properties: the same code, many thousand times.
    let tests =
        ["text", "masking", "framing", "fragmentation", "closing", "parts", "limits", "deflate"];
    let core = ["test", "--package", "sockeye-proto", "--all-features", "--lib"];
    let core = [&core[..], &tests.map(|name| ["--test", name]).concat()].concat();
    let rings = ["test", "--package", "sockeye", "--features", "engine", "--lib"];
    let cargo = |arguments: &[&str]| {
        let mut cargo = program::nightly_cargo(arguments);
        cargo.args(["--target", SANITIZED, "--target-dir", "target/asan"]);
        cargo.env("RUSTFLAGS", "-Zsanitizer=address");
        cargo
    };
    let mut rings = cargo(&rings);
    rings.args(["--", "uring"]);
    program::run_all([cargo(&core), rings])
}
