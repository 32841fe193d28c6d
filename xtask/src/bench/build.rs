//! The programs of all servers: ours and the Rust ones built as ours ships, the others installed.

use std::{env, fs, path::PathBuf};

use super::{
    cell::Job,
    contestant::{self, Contestant, PICOWS, Program, WS},
    plan::{Plan, Profile},
    results::Results,
};
use crate::{
    machine::{node, python},
    program,
    suite::Outcome,
    workspace_root,
};

/// Everything that is needed is there.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) load: PathBuf,
    pub(super) contestants: Vec<Contestant>,
    /// Those that do not take part, and why.
    pub(super) skipped: Vec<(String, String)>,
    programs: PathBuf,
    /// Where Node finds `ws`.
    modules: Option<PathBuf>,
    /// The Python that has picows.
    python: Option<PathBuf>,
}

impl Built {
    /// Builds and installs what the plan needs. Who cannot be built is skipped, but for ours.
    pub(super) fn provide(plan: &Plan) -> Result<Self, String> {
        let programs = workspace_root().join("target/bench").join(plan.profile.word());
        let load = programs.join("load");
        let (contestants, skipped) = (contestant::chosen(plan)?, Vec::new());
        let mut built = Self { load, contestants, skipped, programs, modules: None, python: None };
        // By themselves, so that what they are built with does not change with who else takes part.
        build(plan.profile, &["--package", "load", "--package", "servers"])?;
        built.peers(plan.profile);
        built.node();
        built.python();
        Ok(built)
    }

    fn peers(&mut self, profile: Profile) {
        if self.has(|program| matches!(program, Program::Peer(..)))
            && let Err(why) = build(profile, &["--package", "peers"])
        {
            self.skip(|program| matches!(program, Program::Peer(..)), &why);
        }
    }

    fn node(&mut self) {
        if self.has(|program| *program == Program::Node) {
            match node::packages("node-bench", WS) {
                Ok(folder) => self.modules = Some(folder.join("node_modules")),
                Err(why) => self.skip(|program| *program == Program::Node, &why),
            }
        }
    }

    fn python(&mut self) {
        if self.has(|program| *program == Program::Python) {
            match python::environment("python-bench", PICOWS) {
                Ok(programs) => self.python = Some(programs.join("python")),
                Err(why) => self.skip(|program| *program == Program::Python, &why),
            }
        }
    }

    fn has(&self, is: impl Fn(&Program) -> bool) -> bool {
        self.contestants.iter().any(|contestant| is(&contestant.program))
    }

    fn skip(&mut self, is: impl Fn(&Program) -> bool, why: &str) {
        let gone = self.contestants.extract_if(.., |contestant| is(&contestant.program));
        self.skipped.extend(gone.map(|contestant| (contestant.name, why.to_owned())));
    }

    /// What went wrong with a server of ours, in the first cell where something did.
    pub(super) fn trouble_of_ours(&self, results: &Results) -> Option<String> {
        let is_ours = |name: &str| {
            let ours = |contestant: &&Contestant| matches!(contestant.program, Program::Ours(..));
            self.contestants.iter().filter(ours).any(|contestant| contestant.name == name)
        };
        results.cells.iter().find_map(|measured| {
            let entry = measured
                .entries
                .iter()
                .find(|entry| is_ours(&entry.server) && entry.trouble.is_some())?;
            Some(format!("{} in {}: {}", entry.server, measured.cell, entry.trouble.as_ref()?))
        })
    }

    /// The words that start a server.
    pub(super) fn command(&self, contestant: &Contestant, job: Job, port: u16) -> Vec<String> {
        let program = |name: &str| self.programs.join(name).display().to_string();
        let script = |name: &str| {
            workspace_root().join("bench/peers/scripts").join(name).display().to_string()
        };
        let shown = |path: &Option<PathBuf>| {
            path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
        };
        let mut words = match &contestant.program {
            Program::Ours(name, variant) => {
                let variant = variant.iter().map(|word| (*word).to_owned());
                [program(name)].into_iter().chain(variant).collect()
            }
            Program::Peer(name, _) => vec![program(name)],
            Program::Node => {
                let modules = format!("NODE_PATH={}", shown(&self.modules));
                vec!["env".into(), modules, "node".into(), script("ws.cjs")]
            }
            Program::Python => vec![shown(&self.python), script("picows_server.py")],
            Program::Command(command) => {
                let port = port.to_string();
                let fill = |word: &str| word.replace("{port}", &port).replace("{job}", job.word());
                return command.split_whitespace().map(fill).collect();
            }
        };
        words.extend([job.word().to_owned(), port.to_string()]);
        words
    }
}

impl Program {
    /// What exactly takes part.
    pub(super) fn version(&self) -> String {
        match self {
            Self::Ours(..) => "this commit".into(),
            Self::Peer(_, package) => locked(package).unwrap_or_else(|| "unknown".into()),
            Self::Node => format!("{}, Node {}", WS.join(", "), told("node")),
            Self::Python => format!("{}, {}", PICOWS.join(", "), told("python3")),
            Self::Command(_) => "not of ours to say".into(),
        }
    }
}

fn told(program: &str) -> String {
    let version = program::stdout_of(std::process::Command::new(program).arg("--version"));
    version.unwrap_or_default().trim().trim_start_matches('v').to_owned()
}

/// The version of a package in the lock file of the bench.
fn locked(package: &str) -> Option<String> {
    let text = fs::read_to_string(workspace_root().join("bench/Cargo.lock")).ok()?;
    let mut lines = text.lines().skip_while(|line| *line != format!("name = \"{package}\""));
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    Some(version.trim_end_matches('"').to_owned())
}

/// Runs the tests of the load.
pub(super) fn tests() -> Result<(), String> {
    cargo("test", Profile::Smoke, &["--package", "load"])
}

fn build(profile: Profile, packages: &[&str]) -> Result<(), String> {
    cargo("build", profile, packages)
}

fn cargo(command: &str, profile: Profile, packages: &[&str]) -> Result<(), String> {
    let words = [command, "--profile", profile.word(), "--manifest-path", "bench/Cargo.toml"];
    let target = ["--target-dir", "target/bench"];
    let mut cargo = program::cargo(&[&words[..], &target, packages].concat());
    // What Cargo tells the program that it runs, which is us. The build of ring looks at it, and with ring all that
    // stands on it would be built anew whenever somebody else had built it in between.
    let is_ours =
        |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start));
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_ours)) {
        cargo.env_remove(name);
    }
    match program::run(&mut cargo) {
        Outcome::Passed => Ok(()),
        Outcome::Failed(why) | Outcome::Skipped(why) => Err(why),
    }
}
