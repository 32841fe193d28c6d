//! Programs that a check runs: named on the screen, then run with their output streamed.

use std::{
    io,
    path::Path,
    process::{Command, Stdio},
};

use crate::{output, suite::Outcome, workspace_root};

/// The Cargo that runs this program, in the workspace's folder and without a standard input.
#[must_use]
pub fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).current_dir(workspace_root()).stdin(Stdio::null());
    cargo
}

/// The Cargo of a nightly toolchain; rustup's own `cargo` understands the `+`.
#[must_use]
pub fn nightly_cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.arg("+nightly").args(arguments).current_dir(workspace_root()).stdin(Stdio::null());
    // Set by the toolchain that runs us; the other toolchain has its own.
    cargo.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    cargo
}

/// Shows the command and runs it with its output streamed.
pub fn run(command: &mut Command) -> Outcome {
    let shown = shown(command);
    output::line(format_args!("$ {shown}"));
    match command.status() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) => Outcome::Failed(format!("expected success from `{shown}`, got {status}")),
        Err(error) => Outcome::Failed(format!("expected to run `{shown}`, got {error}")),
    }
}

/// Runs one command after another and stops at the first that fails.
pub fn run_all(commands: impl IntoIterator<Item = Command>) -> Outcome {
    for mut command in commands {
        let outcome = run(&mut command);
        if outcome != Outcome::Passed {
            return outcome;
        }
    }
    Outcome::Passed
}

/// What a command prints on its standard output.
///
/// # Errors
///
/// When it cannot be run, or ends without success; the error holds what it printed on standard error.
pub fn stdout_of(command: &mut Command) -> io::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!(
            "expected success from `{}`, got {}: {complaint}",
            shown(command),
            output.status
        )));
    }
    String::from_utf8(output.stdout).map_err(io::Error::other)
}

/// The command as a person would type it.
fn shown(command: &Command) -> String {
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}={:?}", name.display(), value?)));
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str());
    let words = [program].into_iter().chain(command.get_args());
    let words = words.map(|word| word.display().to_string());
    variables.chain(words).collect::<Vec<_>>().join(" ")
}
