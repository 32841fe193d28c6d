//! TLS to a server or a proxy, by rustls.

use std::{
    fmt, io,
    sync::{Arc, OnceLock},
};

use rustls::{
    CertificateError, ClientConfig, Error as RustlsError,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName},
};
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;

use super::{TlsError, versions::Versions};
use crate::Io;

/// What is trusted, and what else the caller wants of TLS.
#[derive(Clone, Default)]
pub(super) struct Tls {
    config: Option<Arc<ClientConfig>>,
    roots: Vec<CertificateDer<'static>>,
    /// What was made of the roots, for all connections that trust the same.
    built: Arc<OnceLock<Arc<ClientConfig>>>,
}

/// A configuration may hold a private key.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("roots", &self.roots.len()).finish_non_exhaustive()
    }
}

impl Tls {
    pub(super) fn set_config(&mut self, config: Arc<ClientConfig>) {
        self.config = Some(config);
    }

    pub(super) fn add_root(&mut self, der: Vec<u8>) {
        self.roots.push(der.into());
        self.built = Arc::default();
    }

    /// Shakes hands over `io`; tells whether HTTP/2 is to be spoken.
    pub(super) async fn connect(
        &self,
        io: Io,
        host: &str,
        versions: Versions,
    ) -> Result<(Io, bool), TlsError> {
        let mut config = ClientConfig::clone(&*self.config().await?);
        config.alpn_protocols = versions.alpn();
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| TlsError::ServerName { host: host.to_owned() })?;
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, io);
        let stream = connecting.await.map_err(|error| judge(host, error))?;
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok((Io::boxed(stream), is_http2))
    }

    async fn config(&self) -> Result<Arc<ClientConfig>, TlsError> {
        /// The platform's roots are read once: they are many, and sessions are resumed between connections.
        static PLATFORM: OnceLock<Arc<ClientConfig>> = OnceLock::new();
        let built = if self.roots.is_empty() { &PLATFORM } else { &*self.built };
        if let Some(config) = self.config.as_ref().or_else(|| built.get()) {
            return Ok(config.clone());
        }
        let roots = self.roots.clone();
        let building = tokio::task::spawn_blocking(move || build(roots));
        let config = building.await.map_err(io::Error::other).map_err(TlsError::Roots)??;
        Ok(built.get_or_init(|| config).clone())
    }
}

/// The provider is named, so that two of them in one program are no reason to panic.
fn build(roots: Vec<CertificateDer<'static>>) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(ring::default_provider()));
    let unusable = |error: RustlsError| TlsError::Roots(io::Error::other(error));
    let verifier = Verifier::new_with_extra_roots(roots, provider.clone()).map_err(unusable)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Sorts failures by what a user can do about them.
fn judge(host: &str, error: io::Error) -> TlsError {
    let host = host.to_owned();
    let cause = error.get_ref().and_then(|error| error.downcast_ref::<RustlsError>());
    match cause {
        Some(RustlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => TlsError::Name { host, error },
        Some(RustlsError::InvalidCertificate(_)) => TlsError::Certificate { host, error },
        _ => TlsError::Handshake { host, error },
    }
}
