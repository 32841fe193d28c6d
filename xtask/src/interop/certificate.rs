//! A certificate for this machine, signed by itself: for whoever is told to trust it, and for hours.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{machine, program};

/// The files, in PEM.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) chain: PathBuf,
    pub(super) key: PathBuf,
}

impl Certificate {
    /// Makes sure that the program is there that makes one.
    pub(super) fn provide() -> Result<(), String> {
        machine::provide_answering("openssl", "version", "openssl")
    }

    /// Makes one in this folder.
    pub(super) fn make(folder: &Path) -> Result<Self, String> {
        let wrong = |error| format!("expected a certificate, got {error}");
        fs::create_dir_all(folder).map_err(wrong)?;
        let certificate = Self { chain: folder.join("chain.pem"), key: folder.join("key.pem") };
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
        openssl.args(["-nodes", "-days", "2", "-subj", "/CN=localhost"]);
        openssl.args(["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]);
        openssl.arg("-keyout").arg(&certificate.key).arg("-out").arg(&certificate.chain);
        program::stdout_of(openssl.stdin(Stdio::null())).map_err(wrong)?;
        Ok(certificate)
    }

    /// As options of `sockeye serve`.
    pub(super) fn options(&self) -> Result<[&str; 4], String> {
        match (self.chain.to_str(), self.key.to_str()) {
            (Some(chain), Some(key)) => Ok(["--tls-cert", chain, "--tls-key", key]),
            _ => Err("expected a path in UTF-8, got another".into()),
        }
    }
}
