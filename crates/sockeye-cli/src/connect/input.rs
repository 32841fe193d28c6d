//! What comes from the user: lines of a pipe here, of a person in `terminal`.

use std::{
    io::{self, BufReader},
    thread,
};

use sockeye::Message;
use tokio::sync::mpsc;

use super::format::Format;

/// Messages that were read and not taken yet; a larger number saves nothing, since the next one is a read away.
pub(super) const AHEAD: usize = 8;

/// Something from the user.
#[derive(Debug)]
pub(super) enum Said {
    Message(Message),
    /// The input is at its end.
    End,
    /// The user wants to leave, and twice: at once.
    Leave,
    /// A line that is no message; the next may be one.
    Unclear(String),
    /// The input cannot be read, or holds what cannot be sent.
    Wrong(String),
}

/// Reads standard input, as fast as its messages are taken.
///
/// The thread is left behind when the program ends: nobody can wake it.
pub(super) fn pipe(format: Format, max_bytes: usize) -> mpsc::Receiver<Said> {
    let (said, saying) = mpsc::channel(AHEAD);
    thread::spawn(move || {
        let mut input = BufReader::with_capacity(64 * 1024, io::stdin().lock());
        for number in 1_u64.. {
            let next = match format.read(&mut input, max_bytes) {
                Ok(Some(message)) => Said::Message(message),
                Ok(None) => Said::End,
                Err(error) => Said::Wrong(format!("standard input, message {number}: {error}")),
            };
            let is_last = !matches!(next, Said::Message(_));
            if said.blocking_send(next).is_err() || is_last {
                return;
            }
        }
    });
    saying
}
