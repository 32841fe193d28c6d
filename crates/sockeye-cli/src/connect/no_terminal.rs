//! The place of the prompt where there is none: lines are edited by the system's console.

use std::{convert::Infallible, path::PathBuf};

use tokio::sync::mpsc;

use super::{format::Format, input::Said, screen::Screen};

#[derive(Debug)]
pub(super) struct Terminal(Infallible);

pub(super) fn open(
    _: Format,
    _: Option<PathBuf>,
) -> Option<(mpsc::Receiver<Said>, Screen, Terminal)> {
    None
}
