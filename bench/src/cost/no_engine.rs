//! Stands in for `engine` where there is none.

use std::{error::Error, io, net::SocketAddr};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) server: SocketAddr,
    pub(crate) payload_len: usize,
    pub(crate) depth: usize,
    pub(crate) reads: usize,
}

pub(super) fn run(_: usize, _: usize, _: usize) -> Result<usize, Box<dyn Error>> {
    Err("expected Linux, which engines need, got another system".into())
}

pub(crate) fn visit(_: Visit) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
