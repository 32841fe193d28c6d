//! What the machine has, and what can be added to it.

pub mod node;
pub mod python;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::LazyLock,
};

use crate::{program, suite::Outcome};

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
    provide_answering(program, "--version", package)
}

/// The same for a program that tells its version by another word.
///
/// # Errors
///
/// What a person has to do about it.
pub fn provide_answering(program: &str, version: &str, package: &str) -> Result<(), String> {
    if answers(program, &[version]) {
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
    // The lists are fetched once; where that fails, the lists that are there may do.
    static LISTS: LazyLock<Outcome> = LazyLock::new(|| program::run(&mut apt(&["update"])));
    LazyLock::force(&LISTS);
    program::run(&mut apt(&["install", "-y", "--no-install-recommends", package]));
    if answers(program, &[version]) { Ok(()) } else { Err(missing) }
}

fn apt(arguments: &[&str]) -> Command {
    let mut apt = Command::new("apt-get");
    apt.arg("--quiet=2").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    apt.stdin(Stdio::null());
    apt
}

/// Runs `install` unless it has already been run for this folder and these versions.
///
/// # Errors
///
/// What was wrong with the installation; the next call starts it afresh.
fn install_once(
    folder: &Path,
    versions: &str,
    install: impl FnOnce() -> Outcome,
) -> Result<(), String> {
    let stamp = folder.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == versions) {
        return Ok(());
    }
    let wrong = |error: std::io::Error| format!("expected to install anew, got {error}");
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(wrong)?;
    }
    fs::create_dir_all(folder).map_err(wrong)?;
    match install() {
        Outcome::Passed => fs::write(&stamp, versions).map_err(wrong),
        Outcome::Failed(why) | Outcome::Skipped(why) => Err(why),
    }
}
