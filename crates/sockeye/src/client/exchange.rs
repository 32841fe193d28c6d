//! One request and the head of its response over HTTP/1.1: for the upgrade, and for the tunnel through a proxy.

use std::io;

use http::{Response, header};
use sockeye_proto::handshake::{HeadError, HeadLimits, Progress, ResponseReader};

use super::ConnectError;
use crate::{transport::Transport, wire};

/// The head of a response, and what was read behind it.
pub(super) type Head = (Response<()>, Vec<u8>);

/// Sends a request and reads the head of what is answered. The caller sets the deadline.
pub(super) async fn exchange<S: Transport>(
    transport: &mut S,
    request: &[u8],
) -> Result<Head, ConnectError> {
    // A server may answer and leave before it has read all; its answer tells more than our broken pipe.
    let written = wire::write(transport, request).await;
    match (read_head(transport).await, written) {
        (Err(ConnectError::Io(_)), Err(error)) => Err(ConnectError::Io(error)),
        (head, _) => head,
    }
}

async fn read_head<S: Transport>(transport: &mut S) -> Result<Head, ConnectError> {
    let mut reader = ResponseReader::new(HeadLimits::default());
    loop {
        let Some(head) = wire::read(transport, |bytes| take(&mut reader, bytes)).await? else {
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
