//! The portable layer on systems that we do not run: its types are checked there.
//!
//! Without TLS, whose C wants a compiler for that system.

use std::process::Command;

use crate::{
    program,
    suite::{Outcome, Step},
};

/// The systems, and the targets that stand for them.
const SYSTEMS: [(&str, &str); 2] =
    [("macOS", "aarch64-apple-darwin"), ("Windows", "x86_64-pc-windows-gnu")];

/// Every feature but `tls`.
const FEATURES: &str = "client,server,hyper,axum,http2,hixie76";

/// A step for each system.
pub fn steps() -> impl Iterator<Item = Step> {
    SYSTEMS
        .into_iter()
        .map(|(system, target)| Step::check(format!("types on {system}"), move || check(target)))
}

fn check(target: &str) -> Outcome {
    let added = program::run(Command::new("rustup").args(["target", "add", target]));
    if added != Outcome::Passed {
        return Outcome::Skipped(format!("{target} is not to be had; rustup target add {target}"));
    }
    let check = ["check", "--package", "sockeye", "--no-default-features", "--features", FEATURES];
    let mut check = program::cargo(&check);
    // A warning is one here, too: what only another system leaves unused is seen nowhere else.
    check.env("RUSTFLAGS", "--deny warnings");
    program::run(check.args(["--target", target, "--target-dir", "target/platforms"]))
}
