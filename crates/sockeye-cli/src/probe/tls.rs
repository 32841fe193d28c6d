//! `Tls`: what comes before everything else on a wss:// URL.

use std::{io, sync::Arc};

use sockeye::{Io, rustls::pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::options::Options;
use crate::tls::{self, Trust};

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
        let trust = match &options.cacert {
            Some(file) => Trust::Platform(tls::certificates(file)?),
            None if options.insecure => Trust::Anybody,
            None => Trust::Platform(Vec::new()),
        };
        let config = tls::client(trust)?.with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    pub(super) async fn connect(&self, stream: TcpStream) -> io::Result<Io> {
        let stream = self.connector.connect(self.name.clone(), stream).await?;
        Ok(Io::boxed(stream))
    }
}
