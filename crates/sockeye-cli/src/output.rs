//! The only place that prints.

use std::{
    fmt::Display,
    io::{self, Write},
};

use crate::escape;

/// A line for the reader or the program that started the command; out at once.
pub(crate) fn line(line: impl Display) {
    let mut stdout = io::stdout().lock();
    // Whoever closed the pipe has read enough.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// Text as it is, to its last newline.
pub(crate) fn text(text: impl Display) {
    let mut stdout = io::stdout().lock();
    let _ = write!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// Bytes as they are.
pub(crate) fn bytes(bytes: &[u8]) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
}

/// A line beside what was asked for.
pub(crate) fn note(note: impl Display) {
    // Nobody may be there to read it, which is no reason to panic.
    let _ = writeln!(io::stderr(), "{note}");
}

/// Why something failed, in one line; a peer's own words may be in it.
pub(crate) fn error(error: impl Display) {
    note(format_args!("sockeye: {}", escape::line(&error.to_string())));
}
