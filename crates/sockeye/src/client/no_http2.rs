//! The place of HTTP/2 in a build without it: nobody can ask for it.

use std::sync::Arc;

use http::Uri;
use sockeye_proto::{Config, handshake::ClientOptions};

use super::{ConnectError, Http2Error, upgrade::Opened};
use crate::Io;

#[expect(clippy::unused_async, reason = "as with HTTP/2")]
pub(super) async fn open(
    _: Io,
    _: &Uri,
    _: &ClientOptions,
    _: Arc<Config>,
) -> Result<Opened<Io>, ConnectError> {
    Err(Http2Error::NoExtendedConnect.into())
}
