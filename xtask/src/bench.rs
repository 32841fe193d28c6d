//! `cargo xtask bench`: what the core costs in time, beside its peers.
//!
//! The measuring is the crate's in `bench/`, a workspace of its own; this builds it as it ships and starts it.

use std::process::Command;

use crate::{program, suite::Step};

/// How the subcommand is called.
pub const USAGE: &str = "[--quick]";

/// The echo beside the peers.
///
/// # Errors
///
/// Tells which argument was not expected.
pub fn steps(arguments: &[String]) -> Result<Vec<Step>, String> {
    let quick = match arguments {
        [] => false,
        [quick] if quick == "--quick" => true,
        [first, ..] => return Err(format!("expected {USAGE}, got `{first}`")),
    };
    let echo = move || {
        let mut bench = bench(&["--features", "peers"], &["echo"]);
        program::run(if quick { bench.arg("--quick") } else { &mut bench })
    };
    Ok(vec![Step::check("bench: echo beside the peers", echo)])
}

/// What every test run shows: that it still measures.
#[must_use]
pub fn smoke() -> Vec<Step> {
    let echo = || program::run(&mut bench(&[], &["echo", "--quick"]));
    vec![Step::check("bench: echo, a short run without peers", echo)]
}

fn bench(build: &[&str], arguments: &[&str]) -> Command {
    let manifest = ["run", "--release", "--manifest-path", "bench/Cargo.toml"];
    let target = ["--target-dir", "target/bench"];
    program::cargo(&[&manifest, build, &target, &["--"], arguments].concat())
}
