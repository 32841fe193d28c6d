//! The first bytes of a connection decide who serves it.

use std::{future::poll_fn, io};

use bytes::Bytes;
use http::Request;
use sockeye_proto::handshake::{HeadLimits, Progress, Refusal, RequestReader};

use crate::{Io, scratch, transport::sealed::Sealed};

/// What a client of HTTP/2 says first (RFC 9113 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What came first.
#[derive(Debug)]
pub(super) enum First {
    /// A request of HTTP/1.
    Head(Box<Head>),
    /// HTTP/2: all that was read.
    Preface(Bytes),
    /// No head that is read here.
    Refused(Refusal),
}

#[derive(Debug)]
pub(super) struct Head {
    pub(super) request: Request<()>,
    /// All that was read, as it came.
    pub(super) read: Bytes,
    /// How much of that is the head.
    pub(super) len: usize,
}

/// Reads until it is clear what comes. The caller sets the deadline.
pub(super) async fn read(io: &mut Io, limits: HeadLimits) -> io::Result<First> {
    let mut first = Vec::new();
    let mut reader = RequestReader::new(limits);
    loop {
        let before = first.len();
        let len = poll_fn(|context| {
            scratch::with(|scratch| {
                Sealed::poll_read(io, context, scratch)
                    .map_ok(|len| first.extend_from_slice(scratch.get(..len).unwrap_or_default()))
            })
        });
        len.await?;
        if first.len() == before {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if first.starts_with(PREFACE) {
            return Ok(First::Preface(first.into()));
        }
        // A part of the preface is no head yet: the head of it alone would be refused.
        if PREFACE.starts_with(&first) {
            continue;
        }
        // Bytes that could have been the preface were not given to the reader.
        let taken = reader.received().len();
        match reader.read(first.get(taken..).unwrap_or_default()) {
            Ok(Progress::Unfinished) => {}
            Ok(Progress::Finished { head, used }) => {
                let (read, len) = (first.into(), taken + used);
                return Ok(First::Head(Box::new(Head { request: head, read, len })));
            }
            Err(refusal) => return Ok(First::Refused(refusal)),
        }
    }
}
