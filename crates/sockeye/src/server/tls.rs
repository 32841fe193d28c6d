//! TLS for a listener, by a certificate that can be changed while the server runs.

use std::{
    fmt, io,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

use super::listener::{Secure, Securing};
use crate::Io;

/// HTTP/2 where the client has it, else HTTP/1.1.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// What a [`Listener`](super::Listener) needs for TLS. Its clones are the same: a certificate that is changed in one is
/// changed in all, for the connections that come from then on.
#[derive(Clone)]
pub struct Tls(Arc<RwLock<Arc<ServerConfig>>>);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// TLS 1.2 and 1.3 by a chain of certificates, the server's first, and its key, both in PEM. The cryptography is
    /// that of the process, or ring's if none was installed.
    ///
    /// # Errors
    ///
    /// When there is no certificate or no key in them, or they do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> io::Result<Self> {
        Ok(Self::from_config(config(certificates, key)?))
    }

    /// As [`from_pem`](Self::from_pem), from two files.
    ///
    /// # Errors
    ///
    /// As there, and when they cannot be read.
    pub fn from_files(certificates: impl AsRef<Path>, key: impl AsRef<Path>) -> io::Result<Self> {
        Self::from_pem(&std::fs::read(certificates)?, &std::fs::read(key)?)
    }

    /// TLS as it is configured. Where no protocol is named for ALPN, HTTP/2 and HTTP/1.1 are.
    #[must_use]
    pub fn from_config(config: Arc<ServerConfig>) -> Self {
        Self(Arc::new(RwLock::new(with_protocols(config))))
    }

    /// Takes other certificates, for the connections that come from now on.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem); then all stays as it was.
    pub fn reload_pem(&self, certificates: &[u8], key: &[u8]) -> io::Result<()> {
        self.reload(config(certificates, key)?);
        Ok(())
    }

    /// Takes another configuration, for the connections that come from now on.
    pub fn reload(&self, config: Arc<ServerConfig>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = with_protocols(config);
    }
}

fn config(certificates: &[u8], key: &[u8]) -> io::Result<Arc<ServerConfig>> {
    let invalid = |error: String| io::Error::new(io::ErrorKind::InvalidInput, error);
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
    let chain = chain.map_err(|error| invalid(format!("expected certificates in PEM: {error}")))?;
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|error| invalid(format!("expected a private key in PEM: {error}")))?;
    let provider = CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()));
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map(Arc::new)
        .map_err(|error| invalid(format!("expected a certificate and its key: {error}")))
}

fn with_protocols(config: Arc<ServerConfig>) -> Arc<ServerConfig> {
    if !config.alpn_protocols.is_empty() {
        return config;
    }
    let mut config = Arc::unwrap_or_clone(config);
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Arc::new(config)
}

impl Secure for Tls {
    fn secure(&self, io: Io) -> Securing {
        let config = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(async move { Ok(Io::boxed(TlsAcceptor::from(config).accept(io).await?)) })
    }
}
