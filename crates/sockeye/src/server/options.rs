//! `ServerOptions`: what a server agrees to.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use sockeye_proto::{
    Config, Text,
    handshake::{Choice, Origins},
};

/// What a server agrees to, and what holds on the connections that it accepts.
///
/// Safe as it stands: pages of this host alone, compression, no subprotocol. Cheap to clone.
///
/// ```
/// use sockeye::{Config, Limits, Origins, ServerOptions};
///
/// let limits = Limits::default().message_bytes(64 << 10).frame_bytes(64 << 10);
/// let options = ServerOptions::default()
///     .config(Config::default().limits(limits))
///     .origins(Origins::list(["https://example.com", "https://www.example.com"])?)
///     .protocols(["chat.v2", "chat.v1"]);
/// # Ok::<(), sockeye::InvalidOrigin>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    choice: Choice,
    config: Arc<Config>,
    headers: HeaderMap,
    #[cfg(feature = "hixie76")]
    hixie76: bool,
}

impl ServerOptions {
    /// The limits, the timing and the compression.
    #[must_use]
    pub fn config(mut self, config: impl Into<Arc<Config>>) -> Self {
        self.config = config.into();
        self.choice.deflate = self.config.deflate;
        self
    }

    /// The subprotocols that are spoken, best first.
    #[must_use]
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        self.choice = self.choice.protocols(protocols);
        self
    }

    /// The pages that may connect.
    #[must_use]
    pub fn origins(mut self, origins: Origins) -> Self {
        self.choice = self.choice.origins(origins);
        self
    }

    /// Adds a header to the response that accepts.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Lets clients in that speak hixie-76, the draft of 2010, through [`Upgrade`](crate::Upgrade) and
    /// [`Server`](crate::Server). Its frames have no masks, so a script can choose what a proxy between sees.
    #[cfg(feature = "hixie76")]
    #[must_use]
    pub fn allow_hixie76(mut self) -> Self {
        self.hixie76 = true;
        self
    }

    #[cfg(all(feature = "hixie76", feature = "hyper"))]
    pub(crate) fn allows_hixie76(&self) -> bool {
        self.hixie76
    }

    pub(crate) fn choice(&self) -> &Choice {
        &self.choice
    }

    pub(crate) fn shared_config(&self) -> Arc<Config> {
        self.config.clone()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}
