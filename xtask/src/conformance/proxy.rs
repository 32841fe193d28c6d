//! nghttpx between the suite and our server: HTTP/1.1 on its side, HTTP/2 on ours.
//!
//! An upgrade becomes an extended CONNECT of RFC 8441, so that the suite, which knows nothing of HTTP/2, tests that.

use std::{net::SocketAddr, path::Path, process::Command};

use crate::{
    machine,
    process::{Process, free_address},
};

/// The proxy; gone when this is dropped.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    _process: Process,
}

impl Proxy {
    /// Makes sure that the program is there.
    pub(super) fn provide() -> Result<(), String> {
        machine::provide("nghttpx", "nghttp2-proxy")
    }

    /// Starts it in front of the server at `backend`.
    pub(super) fn start(backend: SocketAddr, folder: &Path) -> Result<Self, String> {
        let address = free_address()?;
        let mut command = Command::new("nghttpx");
        // One process, so that nothing is left when it is killed; no file of the machine's own settings.
        command.args(["--single-process", "--workers=1", "--conf=/dev/null"]);
        command.arg(format!("--frontend={},{};no-tls", address.ip(), address.port()));
        command.arg(format!("--backend={},{};;proto=h2", backend.ip(), backend.port()));
        let mut process = Process::start(&mut command, &folder.join("proxy.log"))?;
        process.accepts(address)?;
        Ok(Self { address, _process: process })
    }
}
