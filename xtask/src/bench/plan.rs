//! The command line.

use std::path::PathBuf;

use super::cell::{self, Cell};

/// How the subcommand is called.
pub(super) const USAGE: &str = "[codec [--quick] | smoke | render] [--quick] [--cells FILTER] [--peers LIST] \
    [--also NAME=COMMAND]… [--against NAME] [--runs N] [--seconds S] [--shared-core] [--json FILE] [--html FILE]";

/// The server that the others are compared with unless another is named.
const AGAINST: &str = "sockeye-engine-lent";

/// What is measured, and how.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) cells: Vec<Cell>,
    /// What the names of servers begin with; all where there is none.
    pub(super) peers: Vec<String>,
    pub(super) also: Vec<Also>,
    /// The server that the others are compared with.
    pub(super) against: String,
    pub(super) runs: usize,
    pub(super) seconds: f64,
    pub(super) cores: Cores,
    pub(super) profile: Profile,
    pub(super) json: Option<PathBuf>,
    pub(super) html: Option<PathBuf>,
}

/// A server that is none of ours: `{port}` and `{job}` in its command are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Also {
    pub(super) name: String,
    pub(super) command: String,
}

/// Where the two programs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cores {
    /// The server on core 0, the load on core 1.
    Two,
    /// Both on core 0: no throughput can be told, but the processor time is steadier.
    Shared,
}

/// How the programs are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// As ours ships.
    Release,
    /// Soon; the figures say nothing.
    Smoke,
}

impl Profile {
    /// As Cargo calls it, and the folder.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Smoke => "smoke",
        }
    }
}

impl Cores {
    /// What this machine has room for.
    fn of_this_machine() -> Self {
        match std::thread::available_parallelism().map_or(1, usize::from) {
            1 => Self::Shared,
            _ => Self::Two,
        }
    }

    /// What a load does that has nothing to do for a moment.
    pub(super) fn wait(self) -> &'static str {
        match self {
            Self::Two => "spin",
            Self::Shared => "sleep",
        }
    }

    pub(super) fn of_load(self) -> &'static str {
        match self {
            Self::Two => "1",
            Self::Shared => "0",
        }
    }
}

/// Words in front of their values.
#[derive(Debug, Default)]
struct Given {
    pace: Pace,
    cells: Option<String>,
    peers: Vec<String>,
    also: Vec<Also>,
    against: Option<String>,
    runs: Option<usize>,
    seconds: Option<f64>,
    cores: Option<Cores>,
    json: Option<PathBuf>,
    html: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pace {
    #[default]
    Thorough,
    Quick,
}

impl Plan {
    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// What was expected and what stood there.
    pub(super) fn parse(arguments: &[String]) -> Result<Self, String> {
        let given = Given::parse(arguments)?;
        let (cells, runs, seconds) = match given.pace {
            Pace::Thorough => (cell::all(), 5, 1.0),
            Pace::Quick => (cell::quick(), 3, 0.3),
        };
        let cells = match given.cells {
            None => cells,
            // A filter chooses among all, even for a short run.
            Some(filter) => cell::chosen(&filter)?,
        };
        Ok(Self {
            cells,
            peers: given.peers,
            also: given.also,
            against: given.against.unwrap_or_else(|| AGAINST.into()),
            runs: given.runs.unwrap_or(runs),
            seconds: given.seconds.unwrap_or(seconds),
            cores: given.cores.unwrap_or_else(Cores::of_this_machine),
            profile: Profile::Release,
            json: given.json,
            html: given.html,
        })
    }

    /// Something of everything, for a moment, and without peers.
    pub(super) fn smoke() -> Self {
        Self {
            cells: cell::smoke(),
            peers: ["raw-", "sockeye-engine-lent", "sockeye-portable-"].map(str::to_owned).into(),
            also: Vec::new(),
            against: AGAINST.into(),
            runs: 1,
            seconds: 0.1,
            cores: Cores::of_this_machine(),
            profile: Profile::Smoke,
            json: None,
            html: None,
        }
    }

    /// Whether these are the servers that were named.
    pub(super) fn check(&self, servers: &[&str]) -> Result<(), String> {
        let all = servers.join(", ");
        if !servers.contains(&self.against.as_str()) {
            return Err(format!("expected --against to be one of {all}, got `{}`", self.against));
        }
        let is_known =
            |start: &&String| servers.iter().any(|name| name.starts_with(start.as_str()));
        match self.peers.iter().find(|start| !is_known(start)) {
            None => Ok(()),
            Some(start) => Err(format!("expected beginnings of {all}, got `{start}`")),
        }
    }

    /// Whether a server of this name takes part.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.peers.is_empty() || self.peers.iter().any(|start| name.starts_with(start))
    }
}

impl Given {
    fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut given = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => given.pace = Pace::Quick,
                "--shared-core" => given.cores = Some(Cores::Shared),
                _ => {
                    let value = words.next().ok_or(format!("expected {USAGE}, got `{word}`"))?;
                    given.take(word, value)?;
                }
            }
        }
        Ok(given)
    }

    fn take(&mut self, word: &str, value: &str) -> Result<(), String> {
        match word {
            "--cells" => self.cells = Some(value.into()),
            "--peers" => self.peers = value.split(',').map(str::to_owned).collect(),
            "--also" => self.also.push(Also::parse(value)?),
            "--against" => self.against = Some(value.into()),
            "--runs" => self.runs = Some(number(word, value, 1..=1000)?),
            "--seconds" => self.seconds = Some(seconds(value)?),
            "--json" => self.json = Some(value.into()),
            "--html" => self.html = Some(value.into()),
            _ => return Err(format!("expected {USAGE}, got `{word}`")),
        }
        Ok(())
    }
}

impl Also {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, command)) if !name.is_empty() && command.contains("{port}") => {
                Ok(Self { name: name.into(), command: command.into() })
            }
            _ => Err(format!("expected NAME=COMMAND with {{port}} in it, got `{text}`")),
        }
    }
}

fn number(word: &str, text: &str, range: std::ops::RangeInclusive<usize>) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    let (least, most) = range.into_inner();
    number.ok_or(format!("expected {word} to be {least} to {most}, got `{text}`"))
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.05..=60.0).contains(number));
    number.ok_or(format!("expected --seconds to be 0.05 to 60, got `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::{Also, Cores, Plan};

    fn parse(line: &str) -> Result<Plan, String> {
        Plan::parse(&line.split('|').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_stand_in_any_order() {
        let line =
            "--runs|11|--quick|--also|mine=serve {port}|--cells|idle|--peers|raw,ws|--shared-core";
        let plan = parse(line).expect("options that are known");
        assert_eq!((plan.runs, plan.cores, plan.cells.len()), (11, Cores::Shared, 1));
        assert_eq!(plan.also, [Also { name: "mine".into(), command: "serve {port}".into() }]);
        assert!(plan.wants("raw-epoll") && plan.wants("ws") && !plan.wants("yawc"));
        assert!(Plan::parse(&[]).expect("nothing is needed").wants("yawc"));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for line in [
            "--fast",
            "--runs",
            "--runs|0",
            "--runs|many",
            "--seconds|0",
            "--cells|everything",
            "--also|mine",
            "--also|mine=serve",
            "--also|=serve {port}",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
        let plan = parse("--peers|raw|--against|ws").expect("options that are known");
        assert_eq!(plan.check(&["raw-epoll", "ws"]), Ok(()));
        assert!(plan.check(&["raw-epoll"]).is_err() && plan.check(&["ws"]).is_err());
    }
}
