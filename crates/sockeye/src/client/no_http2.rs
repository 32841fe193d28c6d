//! The place of HTTP/2 in a build without it: nobody can ask for it.

use http::Uri;
use sockeye_proto::handshake::ClientOptions;

use super::{ConnectError, Http2Error, upgrade::Shaken};
use crate::Io;

#[expect(clippy::unused_async, reason = "as with HTTP/2")]
pub(super) async fn open(_: Io, _: &Uri, _: &ClientOptions) -> Result<Shaken<Io>, ConnectError> {
    Err(Http2Error::NoExtendedConnect.into())
}
