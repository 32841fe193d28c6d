//! A certificate for this machine, made anew by each server and believed by the load alone.

use std::sync::Arc;

use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// A configuration of rustls with ring and its defaults.
///
/// # Errors
///
/// When no certificate can be made.
pub fn config() -> Result<Arc<ServerConfig>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("expected a certificate, got {error}");
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])
        .map_err(|error| wrong(&error))?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key)
        });
    config.map(Arc::new).map_err(|error| wrong(&error))
}
