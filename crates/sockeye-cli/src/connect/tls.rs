//! Whom we trust, and who we are, as the options say it.

use std::{fmt::Display, path::Path, sync::Arc};

use rustls_platform_verifier::Verifier;
use sockeye::rustls::{
    self, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{self, CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};

use super::options::Tls;
use crate::failure::Failure;

/// TLS other than the library's own, if any is asked for.
pub(super) fn config(options: &Tls) -> Result<Option<ClientConfig>, Failure> {
    let Tls { cacert, cert, key, insecure } = options;
    if cacert.is_none() && cert.is_none() && !insecure {
        return Ok(None);
    }
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match cacert {
        Some(file) => trusting(file, &provider)?,
        None if *insecure => Arc::new(Anybody(provider.clone())),
        None => Arc::new(Verifier::new(provider.clone()).map_err(unusable)?),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let (Some(cert), Some(key)) = (cert, key) else {
        return Ok(Some(builder.with_no_client_auth()));
    };
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
    let config = builder.with_client_auth_cert(certificates(cert)?, private);
    config.map(Some).map_err(|error| unreadable(cert, error))
}

fn trusting(
    file: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, Failure> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| unreadable(file, error))?;
    }
    let builder = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone());
    builder.build().map_err(|error| unreadable(file, error))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    let certificates: Vec<_> = read.map_err(|error| unreadable(file, error))?;
    if certificates.is_empty() {
        return Err(unreadable(file, "expected a certificate in PEM, got none"));
    }
    Ok(certificates)
}

fn unreadable(file: &Path, error: impl Display) -> Failure {
    Failure::unusable(format_args!("{}: {error}", file.display()))
}

fn unusable(error: rustls::Error) -> Failure {
    Failure::unusable(format_args!("TLS: {error}"))
}

/// Believes every certificate; that the peer has its key is still proven.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
