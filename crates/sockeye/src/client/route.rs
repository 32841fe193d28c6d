//! `Route`: which way a stream of bytes comes to the server.

use std::path::{Path, PathBuf};

use super::{ConnectError, Proxy, dial, tls::Tls, url::Target};
use crate::Io;

#[derive(Clone, Debug)]
#[cfg_attr(not(unix), expect(dead_code, reason = "nobody can ask for a Unix socket"))]
pub(super) enum Route {
    /// By the proxy that the environment names, if it names one.
    Environment,
    Direct,
    Proxy(Proxy),
    Unix(PathBuf),
}

impl Route {
    /// A stream to the target on which nothing was said yet.
    pub(super) async fn reach(&self, target: &Target, tls: &Tls) -> Result<Io, ConnectError> {
        let proxy = match self {
            Self::Unix(path) => return unix(path).await,
            Self::Direct => None,
            Self::Proxy(proxy) => Some(proxy.clone()),
            Self::Environment => Proxy::of_environment(target)?,
        };
        match proxy {
            Some(proxy) => proxy.reach(target, tls).await,
            None => Ok(dial::dial(&target.host, target.port).await?.into()),
        }
    }
}

#[cfg(unix)]
async fn unix(path: &Path) -> Result<Io, ConnectError> {
    match tokio::net::UnixStream::connect(path).await {
        Ok(stream) => Ok(Io::boxed(stream)),
        Err(error) => Err(ConnectError::Dial { to: path.display().to_string(), error }),
    }
}

#[cfg(not(unix))]
#[expect(clippy::unused_async, reason = "as where there are Unix sockets")]
async fn unix(path: &Path) -> Result<Io, ConnectError> {
    let error = std::io::ErrorKind::Unsupported.into();
    Err(ConnectError::Dial { to: path.display().to_string(), error })
}
