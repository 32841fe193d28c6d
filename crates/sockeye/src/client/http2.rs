//! Extended CONNECT over HTTP/2 (RFC 8441).

use std::sync::Arc;

use http::Uri;
use sockeye_proto::{Config, handshake::ClientOptions};

use super::{ConnectError, Http2Error, upgrade::Opened};
use crate::Io;

pub(super) async fn open(
    _: Io,
    _: &Uri,
    _: &ClientOptions,
    _: Arc<Config>,
) -> Result<Opened<Io>, ConnectError> {
    Err(Http2Error::NoExtendedConnect.into())
}
