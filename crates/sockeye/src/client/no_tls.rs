//! The place of TLS in a build without it: a URL that needs it is refused.

use super::{TlsError, versions::Versions};
use crate::Io;

#[derive(Clone, Debug, Default)]
pub(super) struct Tls {}

impl Tls {
    #[expect(clippy::unused_async, reason = "as with TLS")]
    pub(super) async fn connect(
        &self,
        _: Io,
        host: &str,
        _: Versions,
    ) -> Result<(Io, bool), TlsError> {
        Err(TlsError::NotBuiltIn { host: host.to_owned() })
    }
}
