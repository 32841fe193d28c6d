//! `cargo xtask bench codec`: what the core costs, beside its peers and in instructions.
//!
//! The measuring is the package `sockeye-bench`; this builds it as it ships and starts it.

use std::process::Command;

use crate::{
    machine, program,
    suite::{Outcome, Step},
};

/// The echo beside the peers, and instructions.
///
/// # Errors
///
/// Tells which argument was not expected.
pub(super) fn steps(arguments: &[String]) -> Result<Vec<Step>, String> {
    let quick = match arguments {
        [] => false,
        [quick] if quick == "--quick" => true,
        [first, ..] => return Err(format!("expected codec [--quick], got `{first}`")),
    };
    let echo = move || {
        let mut bench = bench(&["--features", "peers"], &["echo"]);
        program::run(if quick { bench.arg("--quick") } else { &mut bench })
    };
    Ok(vec![Step::check("bench: echo beside the peers", echo), instructions()])
}

/// What every test run shows: that both still measure.
#[must_use]
pub fn smoke() -> Vec<Step> {
    let echo = || program::run(&mut bench(&[], &["echo", "--quick"]));
    vec![Step::check("bench: echo, a short run without peers", echo), instructions()]
}

fn instructions() -> Step {
    Step::check("bench: instructions", || match machine::provide("valgrind", "valgrind") {
        Ok(()) => program::run(&mut bench(&[], &["icount"])),
        Err(missing) => Outcome::Skipped(missing),
    })
}

fn bench(build: &[&str], arguments: &[&str]) -> Command {
    let manifest = ["run", "--release", "--manifest-path", "bench/Cargo.toml"];
    let target = ["--target-dir", "target/bench"];
    program::cargo(&[&manifest, build, &target, &["--"], arguments].concat())
}
