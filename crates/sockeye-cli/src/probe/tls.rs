//! `Tls`: what comes before everything else on a wss:// URL.

use std::{fmt, io, sync::Arc};

use rustls_platform_verifier::Verifier;
use sockeye::{
    Io,
    rustls::{
        self, ClientConfig, DigitallySignedStruct, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring},
        pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    },
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::options::Options;

/// Shakes hands with one host.
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    /// Says what is wrong with the options.
    pub(super) fn of(host: &str, options: &Options) -> Result<Self, String> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| format!("expected a host that certificates are issued for, got {host}"))?;
        let provider = Arc::new(ring::default_provider());
        let verifier = verifier(options, &provider)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("cannot use TLS: {error}"))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    pub(super) async fn connect(&self, stream: TcpStream) -> io::Result<Io> {
        let stream = self.connector.connect(self.name.clone(), stream).await?;
        Ok(Io::boxed(stream))
    }
}

fn verifier(
    options: &Options,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    if options.insecure {
        return Ok(Arc::new(Anybody(provider.signature_verification_algorithms)));
    }
    let mut roots = Vec::new();
    if let Some(file) = &options.cacert {
        let wrong = |got: &dyn fmt::Display| {
            format!("expected certificates in {}, got {got}", file.display())
        };
        let found = CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))?;
        roots = found.collect::<Result<_, _>>().map_err(|error| wrong(&error))?;
        if roots.is_empty() {
            return Err(wrong(&"none"));
        }
    }
    let verifier = Verifier::new_with_extra_roots(roots, provider.clone());
    Ok(Arc::new(verifier.map_err(|error| format!("cannot load roots of trust: {error}"))?))
}

/// Trusts every certificate, but still wants whoever shows one to own it.
#[derive(Debug)]
struct Anybody(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
