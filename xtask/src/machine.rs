//! What the machine has, and what can be added to it.

use std::process::{Command, Stdio};

use crate::program;

/// Whether a program is there and answers.
#[must_use]
pub fn answers(program: &str, arguments: &[&str]) -> bool {
    let quiet = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.is_ok_and(|status| status.success())
}

/// Whether a nightly toolchain is installed beside the one in use.
#[must_use]
pub fn has_nightly() -> bool {
    let version = program::stdout_of(&mut program::nightly_cargo(&["--version"]));
    version.is_ok_and(|version| version.contains("nightly"))
}

/// The target triple of this machine, as rustc names it.
#[must_use]
pub fn host_triple() -> Option<String> {
    let version = program::stdout_of(Command::new("rustc").arg("-vV")).ok()?;
    version.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

/// Makes sure that `program` is there, from the system's packages where we may install them.
///
/// # Errors
///
/// What a person has to do about it.
pub fn provide(program: &str, package: &str) -> Result<(), String> {
    if answers(program, &["--version"]) {
        return Ok(());
    }
    let missing = format!("{program} is not installed; install the package {package}");
    if !answers("apt-get", &["--version"]) {
        return Err(missing);
    }
    let user = program::stdout_of(Command::new("id").arg("-u"));
    if user.map_or(true, |user| user.trim() != "0") {
        return Err(format!("{missing} (apt-get install {package}, as root)"));
    }
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        apt
    };
    program::run_all([apt(&["update"]), apt(&["install", "-y", package])]);
    if answers(program, &["--version"]) { Ok(()) } else { Err(missing) }
}
