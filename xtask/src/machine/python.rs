//! Programs written in Python, each set in a folder of its own under `target/`.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{answers, install_once};
use crate::{program, workspace_root};

/// The release of Python 2 that is asked for by name where several are installed side by side.
const PYTHON_2: &str = "2.7.18";

const PIP: [&str; 5] = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];

/// The programs of a virtual environment with these packages, made when it is not there.
///
/// # Errors
///
/// What a person has to do about it.
pub fn environment(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    if !answers("python3", &["-c", "import venv, ensurepip"]) {
        return Err("Python 3 with venv is not installed; install the package python3-venv".into());
    }
    let folder = workspace_root().join("target").join(name);
    let programs = folder.join("bin");
    install_once(&folder, &packages.join("\n"), || {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(&folder).stdin(Stdio::null());
        let mut pip = Command::new(programs.join("python"));
        pip.args(PIP).args(packages).stdin(Stdio::null());
        program::run_all([venv, pip])
    })?;
    Ok(programs)
}

/// A folder that Python 2 installs programs into and runs them from.
#[derive(Clone, Debug)]
pub struct Python2 {
    folder: PathBuf,
}

impl Python2 {
    /// The folder with this package, at the versions in the file `constraints`.
    ///
    /// # Errors
    ///
    /// What a person has to do about it.
    pub fn provide(name: &str, package: &str, constraints: &Path) -> Result<Self, String> {
        let python = Self { folder: workspace_root().join("target").join(name) };
        if program::stdout_of(python.interpreter().arg("-V")).is_err() {
            return Err(format!("Python {PYTHON_2} is not installed"));
        }
        let versions = std::fs::read_to_string(constraints)
            .map_err(|error| format!("expected {}, got {error}", constraints.display()))?;
        install_once(&python.folder, &format!("{package}\n{versions}"), || {
            let mut pip = python.interpreter();
            pip.args(PIP).args(["--no-warn-script-location", "--user", "--constraint"]);
            program::run(pip.arg(constraints).arg(package))
        })?;
        Ok(python)
    }

    /// One of its programs.
    #[must_use]
    pub fn program(&self, name: &str) -> Command {
        self.command(&self.folder.join("bin").join(name))
    }

    fn interpreter(&self) -> Command {
        self.command(Path::new("python2.7"))
    }

    /// These variables would turn every other Python aside, so they stand on its own commands alone.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("PYENV_VERSION", PYTHON_2).env("PYTHONUSERBASE", &self.folder);
        command.stdin(Stdio::null());
        command
    }
}
