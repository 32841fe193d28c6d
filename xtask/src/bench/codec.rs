//! `cargo xtask bench codec`: what the core costs, beside its peers and in instructions.
//!
//! The measuring is the package `sockeye-bench`; this builds it as it ships and starts it.

use std::process::Command;

use crate::{
    machine, program,
    suite::{Outcome, Step},
};

/// How long it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    Thorough,
    Quick,
}

/// The echo beside the peers, and instructions.
pub(super) fn steps(pace: Pace) -> Vec<Step> {
    let echo = move || {
        let mut bench = bench(&["--features", "peers"], &["echo"]);
        program::run(match pace {
            Pace::Thorough => &mut bench,
            Pace::Quick => bench.arg("--quick"),
        })
    };
    vec![Step::check("bench: echo beside the peers", echo), instructions()]
}

/// What every test run shows: that both still measure.
pub(super) fn smoke() -> Vec<Step> {
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
