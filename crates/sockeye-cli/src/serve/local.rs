//! `Local`: a Unix socket that is listened on, and its file.

use std::{
    fmt, fs,
    io::{self, ErrorKind},
    os::unix::{
        fs::FileTypeExt,
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
};

use sockeye::Listener;

use super::options;
use crate::failure::Failure;

/// A Unix socket; its file goes when this does.
#[derive(Debug)]
pub(super) struct Local {
    socket: UnixListener,
    path: PathBuf,
}

impl Local {
    /// Whether any is served.
    pub(super) fn are_wanted(places: &options::Places) -> bool {
        !places.unix.is_empty()
    }

    pub(super) fn all(places: &options::Places) -> Result<Vec<Self>, Failure> {
        let open = |path: &PathBuf| {
            Self::open(path).map_err(|error| {
                Failure::unusable(format_args!("cannot listen on {}: {error}", path.display()))
            })
        };
        places.unix.iter().map(open).collect()
    }

    fn open(path: &Path) -> io::Result<Self> {
        let socket = match UnixListener::bind(path) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && is_abandoned(path) => {
                fs::remove_file(path)?;
                UnixListener::bind(path)?
            }
            bound => bound?,
        };
        socket.set_nonblocking(true)?;
        Ok(Self { socket, path: path.to_owned() })
    }

    pub(super) fn listener(&self) -> io::Result<Listener> {
        Ok(tokio::net::UnixListener::from_std(self.socket.try_clone()?)?.into())
    }
}

/// Whether it is the socket of a process that ended without taking its file away.
fn is_abandoned(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    is_socket
        && UnixStream::connect(path)
            .is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

impl Drop for Local {
    fn drop(&mut self) {
        // Somebody else may have taken it away.
        let _ = fs::remove_file(&self.path);
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unix:{}", self.path.display())
    }
}
