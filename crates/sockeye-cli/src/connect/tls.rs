//! Whom we trust, and who we are, as the options say it.

use std::{fmt::Display, path::Path};

use sockeye::rustls::{
    ClientConfig,
    pki_types::{PrivateKeyDer, pem::PemObject},
};

use super::options::Tls;
use crate::{
    failure::Failure,
    tls::{self, Trust},
};

/// TLS other than the library's own, if any is asked for.
pub(super) fn config(options: &Tls) -> Result<Option<ClientConfig>, Failure> {
    let Tls { cacert, cert, key, insecure } = options;
    let trust = match cacert {
        Some(file) => Trust::Only(tls::certificates(file).map_err(Failure::unusable)?),
        None if *insecure => Trust::Anybody,
        None if cert.is_some() => Trust::Platform(Vec::new()),
        None => return Ok(None),
    };
    let builder = tls::client(trust).map_err(Failure::unusable)?;
    let (Some(cert), Some(key)) = (cert, key) else {
        return Ok(Some(builder.with_no_client_auth()));
    };
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
    let certificates = tls::certificates(cert).map_err(Failure::unusable)?;
    let config = builder.with_client_auth_cert(certificates, private);
    config.map(Some).map_err(|error| unreadable(cert, error))
}

fn unreadable(file: &Path, error: impl Display) -> Failure {
    Failure::unusable(format_args!("{}: {error}", file.display()))
}
