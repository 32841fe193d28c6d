//! `TlsError`: why a connection is not secure enough to be used.

use std::{fmt, io};

/// Why TLS did not come about.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// This build has no TLS.
    NotBuiltIn {
        /// Whom it was needed for.
        host: String,
    },
    /// The roots of trust cannot be loaded, or one of the caller's cannot be read.
    Roots(io::Error),
    /// A host that no certificate can be issued for.
    ServerName {
        /// The host.
        host: String,
    },
    /// The certificate is that of somebody else.
    Name {
        /// The host that was expected.
        host: String,
        /// The names in the certificate, in rustls' words.
        error: io::Error,
    },
    /// The certificate is not trusted: by an unknown issuer, expired, revoked.
    Certificate {
        /// The host.
        host: String,
        /// What is wrong with it, in rustls' words.
        error: io::Error,
    },
    /// The handshake failed otherwise: the peer speaks no TLS, or none that we speak.
    Handshake {
        /// The host.
        host: String,
        /// What happened.
        error: io::Error,
    },
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBuiltIn { host } => {
                write!(
                    f,
                    "expected the feature `tls` for a secure connection to {host}, got a build without it"
                )
            }
            Self::Roots(_) => f.write_str("expected roots of trust, got none that can be used"),
            Self::ServerName { host } => {
                write!(f, "expected a host that certificates are issued for, got {host:?}")
            }
            Self::Name { host, .. } => {
                write!(f, "expected a certificate for {host}, got one for another name")
            }
            Self::Certificate { host, .. } => {
                write!(f, "expected a trusted certificate from {host}, got one that is not")
            }
            Self::Handshake { host, .. } => {
                write!(f, "expected TLS with {host}, got a handshake that failed")
            }
        }
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotBuiltIn { .. } | Self::ServerName { .. } => None,
            Self::Roots(error)
            | Self::Name { error, .. }
            | Self::Certificate { error, .. }
            | Self::Handshake { error, .. } => Some(error),
        }
    }
}
