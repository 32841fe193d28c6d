//! Servers that stand in front of ours: they pass the upgrade on, and cut off connections that are silent.

use std::{fmt, fs, net::SocketAddr, path::Path, process::Command};

use crate::{
    machine,
    process::{Process, free_address},
};

/// A front server, started as a plain process with settings of our own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Front {
    Nginx,
    Haproxy,
}

impl Front {
    /// Makes sure that the program is there.
    pub(super) fn provide(self) -> Result<(), String> {
        machine::provide_answering(self.program(), "-v", self.program())
    }

    /// Starts it in front of `backend`; tells where it listens.
    pub(super) fn start(
        self,
        backend: SocketAddr,
        folder: &Path,
    ) -> Result<(Process, SocketAddr), String> {
        let address = free_address()?;
        let settings = folder.join("settings");
        let text = self.settings().replace("LISTEN", &address.to_string());
        let text = text.replace("BACKEND", &backend.to_string());
        let text = text.replace("FOLDER", &folder.display().to_string());
        fs::write(&settings, text).map_err(|error| format!("expected to write, got {error}"))?;
        let mut command = Command::new(self.program());
        match self {
            Self::Nginx => {
                command.arg("-p").arg(folder).arg("-e").arg(folder.join("errors.log"));
                command.arg("-c").arg(settings)
            }
            Self::Haproxy => command.arg("-db").arg("-f").arg(settings),
        };
        let mut process = Process::start(&mut command, &folder.join("front.log"))?;
        process.accepts(address)?;
        Ok((process, address))
    }

    fn settings(self) -> &'static str {
        match self {
            Self::Nginx => include_str!("../../../conformance/interop/nginx.conf"),
            Self::Haproxy => include_str!("../../../conformance/interop/haproxy.cfg"),
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
        }
    }
}

impl fmt::Display for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "HAProxy",
        })
    }
}
