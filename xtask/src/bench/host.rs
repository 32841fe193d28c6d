//! What the figures were measured on.

use std::{fs, process::Command};

use crate::{program, workspace_root};

/// Names and values, in the order in which they are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host(pub(super) Vec<(String, String)>);

impl Host {
    pub(super) fn of_this_machine() -> Self {
        let told = |command: &mut Command| {
            program::stdout_of(command).unwrap_or_default().trim().to_owned()
        };
        let mut git = Command::new("git");
        git.args(["describe", "--always", "--dirty", "--abbrev=12"]).current_dir(workspace_root());
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let facts = [
            ("cpu", format!("{} ({cores} cores)", processor())),
            ("kernel", told(Command::new("uname").arg("-sr"))),
            ("rustc", told(Command::new("rustc").arg("--version"))),
            ("date", told(Command::new("date").args(["-u", "+%Y-%m-%d"]))),
            ("commit", told(&mut git)),
        ];
        Self(facts.map(|(name, value)| (name.to_owned(), value)).into())
    }
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| "an unknown processor".into(), |(_, name)| name.trim().to_owned())
}
