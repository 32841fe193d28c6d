//! Libraries that others wrote, each as a client and as a server.

use std::{
    fmt,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{
    machine::{node, python},
    workspace_root,
};

/// A library.
#[derive(Clone, Copy, Debug)]
pub(super) enum Peer {
    /// For Python.
    Websockets,
    /// For Node.
    Ws,
}

impl Peer {
    /// The client, which wants a URL.
    pub(super) fn client(self) -> Result<Command, String> {
        self.command("client")
    }

    /// The server, which tells its address as ours does.
    pub(super) fn server(self) -> Result<Command, String> {
        self.command("server")
    }

    fn command(self, script: &str) -> Result<Command, String> {
        match self {
            Self::Websockets => {
                let programs = python::environment("websockets", &["websockets==17.4"])?;
                let mut command = Command::new(programs.join("python"));
                command.arg(script_path(&format!("{script}.py"))).stdin(Stdio::null());
                Ok(command)
            }
            Self::Ws => node_script(&format!("{script}.cjs"), "ws", "8.23.0"),
        }
    }
}

/// A script of ours that needs one package.
pub(super) fn node_script(script: &str, package: &str, version: &str) -> Result<Command, String> {
    let folder = node::packages(&format!("node-{package}"), &[&format!("{package}@{version}")])?;
    let mut command = Command::new("node");
    command.arg(script_path(script)).env("NODE_PATH", folder.join("node_modules"));
    command.stdin(Stdio::null());
    Ok(command)
}

fn script_path(script: &str) -> PathBuf {
    workspace_root().join("conformance/interop").join(script)
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Websockets => "websockets (Python)",
            Self::Ws => "ws (Node)",
        })
    }
}
