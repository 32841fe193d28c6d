//! The one place that prints, so that what leaves on standard output is decided once.

use std::fmt;

/// Prints one line on standard output.
#[expect(
    clippy::print_stdout,
    reason = "this is the door that the lint keeps the rest of the workspace to"
)]
pub fn line(text: impl fmt::Display) {
    println!("{text}");
}

/// Prints one line on standard error.
#[expect(
    clippy::print_stderr,
    reason = "this is the door that the lint keeps the rest of the workspace to"
)]
pub fn complaint(text: impl fmt::Display) {
    eprintln!("{text}");
}
