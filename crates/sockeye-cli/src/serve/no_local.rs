//! Where there are no Unix sockets.

use std::{fmt, io};

use sockeye::Listener;

use super::options;
use crate::failure::Failure;

#[derive(Debug)]
pub(super) enum Local {}

impl Local {
    pub(super) fn are_wanted(_: &options::Places) -> bool {
        false
    }

    pub(super) fn all(_: &options::Places) -> Result<Vec<Self>, Failure> {
        Ok(Vec::new())
    }

    pub(super) fn listener(&self) -> io::Result<Listener> {
        match *self {}
    }
}

impl fmt::Display for Local {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}
