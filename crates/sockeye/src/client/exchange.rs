//! One request and the head of its response over HTTP/1.1: for the upgrade, and for the tunnel through a proxy.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
};

use http::{Response, header};
use sockeye_proto::handshake::{HeadError, HeadLimits, Progress, ResponseReader};

use super::ConnectError;
use crate::{scratch, transport::Transport};

/// The head of a response, and what was read behind it.
pub(super) type Head = (Response<()>, Vec<u8>);

/// Sends a request and reads the head of what is answered. The caller sets the deadline.
pub(super) async fn exchange<S: Transport>(
    transport: &mut S,
    request: &[u8],
) -> Result<Head, ConnectError> {
    // A server may answer and leave before it has read all; its answer tells more than our broken pipe.
    let written = write(transport, request).await;
    match (read_head(transport).await, written) {
        (Err(ConnectError::Io(_)), Err(error)) => Err(ConnectError::Io(error)),
        (head, _) => head,
    }
}

pub(super) async fn write<S: Transport>(transport: &mut S, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let slices = [IoSlice::new(bytes)];
        let written = poll_fn(|context| transport.poll_write(context, &slices)).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = bytes.get(written..).unwrap_or_default();
    }
    poll_fn(|context| transport.poll_flush(context)).await
}

/// Reads once and hands the bytes to `take`; none says that the stream has ended.
pub(super) async fn read<S: Transport, R>(
    transport: &mut S,
    mut take: impl FnMut(&[u8]) -> R,
) -> io::Result<Option<R>> {
    poll_fn(|context| {
        scratch::with(|scratch| {
            let read = transport.poll_read(context, scratch);
            read.map_ok(|read| (read > 0).then(|| take(scratch.get(..read).unwrap_or_default())))
        })
    })
    .await
}

async fn read_head<S: Transport>(transport: &mut S) -> Result<Head, ConnectError> {
    let mut reader = ResponseReader::new(HeadLimits::default());
    loop {
        let Some(head) = read(transport, |bytes| take(&mut reader, bytes)).await? else {
            let what = "expected a response, got the end of the stream";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what).into());
        };
        if let Some((mut response, unread)) = head.map_err(ConnectError::Head)? {
            hide_cookies(&mut response);
            return Ok((response, unread));
        }
    }
}

/// The head, if it ends with these bytes.
fn take(reader: &mut ResponseReader, bytes: &[u8]) -> Result<Option<Head>, HeadError> {
    Ok(match reader.read(bytes)? {
        Progress::Unfinished => None,
        Progress::Finished { head, used } => {
            Some((head, bytes.get(used..).unwrap_or_default().to_vec()))
        }
    })
}

/// A session is not printed with an error that holds the response.
pub(super) fn hide_cookies<B>(response: &mut Response<B>) {
    let headers = response.headers_mut().iter_mut();
    headers
        .filter(|(name, _)| *name == header::SET_COOKIE)
        .for_each(|(_, value)| value.set_sensitive(true));
}
