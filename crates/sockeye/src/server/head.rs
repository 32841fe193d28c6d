//! Reads the head of a request from a transport.

use std::io;

use http::Request;
use sockeye_proto::handshake::{HeadLimits, Progress, Refusal, RequestReader};

use crate::{transport::Transport, wire};

/// A request, and what was read with it.
pub(crate) struct Head {
    pub(crate) request: Request<()>,
    /// What came behind it.
    pub(crate) unread: Box<[u8]>,
}

/// Why there is no request.
pub(crate) enum NoHead {
    /// The stream ended before it began, or failed.
    Io(io::Error),
    Refused(Refusal),
}

/// Reads up to the end of a head. The caller sets the deadline.
pub(crate) async fn read<S: Transport>(
    transport: &mut S,
    limits: HeadLimits,
) -> Result<Head, NoHead> {
    let mut reader = RequestReader::new(limits);
    loop {
        match wire::read(transport, |bytes| take(&mut reader, bytes)).await {
            Ok(Some(Ok(Some(head)))) => return Ok(head),
            Ok(Some(Ok(None))) => {}
            Ok(Some(Err(refusal))) => return Err(NoHead::Refused(refusal)),
            Ok(None) => return Err(NoHead::Io(io::ErrorKind::UnexpectedEof.into())),
            Err(error) => return Err(NoHead::Io(error)),
        }
    }
}

fn take(reader: &mut RequestReader, bytes: &[u8]) -> Result<Option<Head>, Refusal> {
    Ok(match reader.read(bytes)? {
        Progress::Unfinished => None,
        Progress::Finished { head, used } => {
            let unread = bytes.get(used..).unwrap_or_default().into();
            Some(Head { request: head, unread })
        }
    })
}
