//! `Certificates`: the files of TLS, which can be read again while the server runs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sockeye::Tls;

use super::options::Places;
use crate::failure::Failure;

/// What stands in the files, and where they are.
#[derive(Debug)]
pub(super) struct Certificates {
    chain: PathBuf,
    key: PathBuf,
    tls: Tls,
}

impl Certificates {
    /// Those that were named; none where TLS is not spoken.
    pub(super) fn of(places: &Places) -> Result<Option<Self>, Failure> {
        let Some((chain, key)) = places.tls_cert.clone().zip(places.tls_key.clone()) else {
            return Ok(None);
        };
        let (certificates, secret) = read_both(&chain, &key).map_err(Failure::unusable)?;
        let tls = Tls::from_pem(&certificates, &secret)
            .map_err(|error| Failure::unusable(useless(&chain, &key, &error)))?;
        Ok(Some(Self { chain, key, tls }))
    }

    pub(super) fn tls(&self) -> Tls {
        self.tls.clone()
    }

    /// Takes what stands in the files now, for the connections that come from then on.
    ///
    /// # Errors
    ///
    /// In words; then all stays as it was.
    pub(super) fn reload(&self) -> Result<(), String> {
        let (certificates, secret) = read_both(&self.chain, &self.key)?;
        self.tls
            .reload_pem(&certificates, &secret)
            .map_err(|error| useless(&self.chain, &self.key, &error))
    }
}

fn read_both(chain: &Path, key: &Path) -> Result<(Vec<u8>, Vec<u8>), String> {
    Ok((read(chain)?, read(key)?))
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
}

fn useless(chain: &Path, key: &Path, error: &std::io::Error) -> String {
    format!("cannot speak TLS by {} and {}: {error}", chain.display(), key.display())
}
