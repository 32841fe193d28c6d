//! The programs, built as ours ships.

use std::{path::PathBuf, process::Command};

use super::{
    cell::Job,
    contestant::{self, Contestant, Program},
    plan::Plan,
};
use crate::{program, suite::Outcome, workspace_root};

/// Everything that is needed is there.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) load: PathBuf,
    pub(super) contestants: Vec<Contestant>,
    /// Those that do not take part, and why.
    pub(super) skipped: Vec<(String, String)>,
    folder: PathBuf,
}

impl Built {
    /// Builds what the plan needs.
    pub(super) fn provide(plan: &Plan) -> Result<Self, String> {
        let folder = workspace_root().join("target/bench/release");
        let mut built = Self {
            load: folder.join("load"),
            contestants: Vec::new(),
            skipped: Vec::new(),
            folder,
        };
        let wanted = contestant::chosen(plan);
        cargo(&["--package", "load", "--package", "servers"])?;
        // One by one, so that one that does not build keeps no other from taking part.
        for contestant in wanted {
            match built.install(&contestant) {
                Ok(()) => built.contestants.push(contestant),
                Err(why) => built.skipped.push((contestant.name, why)),
            }
        }
        Ok(built)
    }

    fn install(&self, contestant: &Contestant) -> Result<(), String> {
        match contestant.program {
            Program::Ours(..) | Program::Command(_) => Ok(()),
            Program::Peer(program, _) => cargo(&["--package", "peers", "--bin", program]),
            Program::Node | Program::Python => Err("not yet".into()),
        }
    }

    /// The words that start a server.
    pub(super) fn command(&self, contestant: &Contestant, job: Job, port: u16) -> Vec<String> {
        let program = |name: &str| self.folder.join(name).display().to_string();
        let tail = [job.word().to_owned(), port.to_string()];
        match &contestant.program {
            Program::Ours(name, variant) => {
                let variant = variant.iter().map(|word| (*word).to_owned());
                [program(name)].into_iter().chain(variant).chain(tail).collect()
            }
            Program::Peer(name, _) => [program(name)].into_iter().chain(tail).collect(),
            Program::Command(command) => command
                .split_whitespace()
                .map(|word| word.replace("{port}", &port.to_string()).replace("{job}", job.word()))
                .collect(),
            Program::Node | Program::Python => Vec::new(),
        }
    }
}

fn cargo(arguments: &[&str]) -> Result<(), String> {
    let build = ["build", "--release", "--manifest-path", "bench/Cargo.toml"];
    let mut cargo: Command =
        program::cargo(&[&build[..], &["--target-dir", "target/bench"], arguments].concat());
    match program::run(&mut cargo) {
        Outcome::Passed => Ok(()),
        Outcome::Failed(why) | Outcome::Skipped(why) => Err(why),
    }
}
