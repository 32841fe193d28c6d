//! `cargo xtask bench codec`: what the core costs in time, beside its peers.
//!
//! The measuring is the package `sockeye-bench`; this builds it as it ships and starts it.

use std::process::Command;

use crate::{program, suite::Step};

/// How long it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    Thorough,
    Quick,
}

/// The echo beside the peers.
pub(super) fn steps(pace: Pace) -> Vec<Step> {
    let echo = move || {
        let mut bench = bench(&["--features", "peers"], &["echo"]);
        program::run(match pace {
            Pace::Thorough => &mut bench,
            Pace::Quick => bench.arg("--quick"),
        })
    };
    vec![Step::check("bench: echo beside the peers", echo)]
}

/// What every test run shows: that it still measures.
pub(super) fn smoke() -> Vec<Step> {
    let echo = || program::run(&mut bench(&[], &["echo", "--quick"]));
    vec![Step::check("bench: echo, a short run without peers", echo)]
}

fn bench(build: &[&str], arguments: &[&str]) -> Command {
    let manifest = ["run", "--release", "--manifest-path", "bench/Cargo.toml"];
    let target = ["--target-dir", "target/bench"];
    program::cargo(&[&manifest, build, &target, &["--"], arguments].concat())
}
