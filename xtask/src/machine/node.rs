//! Packages for Node, in a folder of their own under `target/`.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use super::{answers, install_once};
use crate::{program, workspace_root};

/// The folder whose `node_modules` holds these packages.
///
/// # Errors
///
/// What a person has to do about it.
pub fn packages(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    for program in ["node", "npm"] {
        if !answers(program, &["--version"]) {
            return Err(format!("{program} is not installed; install the package {program}"));
        }
    }
    let folder = workspace_root().join("target").join(name);
    install_once(&folder, &packages.join("\n"), || {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-save", "--no-audit", "--no-fund"]);
        // What is installed is only ever imported; nothing of it has to be built or set up.
        npm.arg("--ignore-scripts").arg("--prefix").arg(&folder).args(packages);
        program::run(npm.stdin(Stdio::null()))
    })?;
    Ok(folder)
}
