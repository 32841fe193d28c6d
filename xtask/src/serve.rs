//! `sockeye serve` as a process, for whatever is to be its peer.

use std::{net::SocketAddr, path::Path, process::Command};

use crate::{process::Process, program, suite::Outcome, workspace_root};

/// The server on a free port; gone when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    process: Process,
}

impl Server {
    /// Builds the server and starts it with these options; what it prints goes to `log`.
    ///
    /// # Errors
    ///
    /// What was expected and what came.
    pub fn start(options: &[&str], log: &Path) -> Result<Self, String> {
        let program = build("sockeye-cli", "sockeye")?;
        Self::of(
            Command::new(program).args(["serve", "--listen", "127.0.0.1:0"]).args(options),
            log,
        )
    }

    /// Starts a program that tells its address as `sockeye serve` does.
    ///
    /// # Errors
    ///
    /// What was expected and what came.
    pub fn of(command: &mut Command, log: &Path) -> Result<Self, String> {
        let mut process = Process::start(command, log)?;
        let place = process.says("listening on http")?;
        let address = place.trim_start_matches("s://").trim_start_matches("://");
        let wrong = |_| format!("expected an address, got `{place}`");
        Ok(Self { address: address.parse().map_err(wrong)?, process })
    }

    /// Everything that it printed up to now.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }
}

/// Builds a program of this workspace and tells where it is.
///
/// # Errors
///
/// What the build came to.
pub fn build(package: &str, program: &str) -> Result<std::path::PathBuf, String> {
    let build = ["build", "--package", package, "--bin", program, "--target-dir", "target"];
    match program::run(&mut program::cargo(&build)) {
        Outcome::Passed => Ok(workspace_root().join("target/debug").join(program)),
        Outcome::Failed(why) | Outcome::Skipped(why) => Err(why),
    }
}
