//! `Profile`: the instructions of a message, function by function.
//!
//! Reads what callgrind writes (valgrind's manual, "Callgrind Format Specification"), and what the repository keeps.

use std::{collections::BTreeMap, fmt, fmt::Write as _};

/// What each function takes itself, without those that it calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Profile(BTreeMap<String, f64>);

/// A function that takes more than it did.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Growth {
    /// Its name.
    pub(super) name: String,
    /// What it took.
    pub(super) before: f64,
    /// What it takes.
    pub(super) now: f64,
}

/// What a function has to take, in parts of the whole, to be kept in the repository.
const KEPT: f64 = 0.005;

/// A name is cut here; what differs further on is an instance of the same.
const NAME_CHARS: usize = 110;

impl Profile {
    /// Of a whole run.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut names = BTreeMap::new();
        let mut profile = Self::default();
        let (mut function, mut is_inside) = (String::new(), false);
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("fn=") {
                function = named(&mut names, name);
            } else if let Some(name) = line.strip_prefix("cfn=") {
                named(&mut names, name);
            } else if line.starts_with("calls=") {
                // The next line is what was spent in there.
                is_inside = true;
            } else if line
                .starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first))
            {
                let own = line.split(' ').nth(1).and_then(|cost| cost.parse::<f64>().ok());
                let own =
                    own.ok_or_else(|| format!("expected a line and its cost, got `{line}`"))?;
                if !std::mem::take(&mut is_inside) {
                    *profile.0.entry(function.clone()).or_default() += own;
                }
            }
        }
        Ok(profile)
    }

    /// What one message takes, if the longer of two runs has so many more of them.
    pub(super) fn of_a_message(once: &Self, more: &Self, messages: f64) -> Self {
        let own = more.0.iter().map(|(name, own)| {
            let before = once.0.get(name).copied().unwrap_or_default();
            (name.clone(), (own - before) / messages)
        });
        Self(own.filter(|(_, own)| *own != 0.0).collect())
    }

    /// All of it.
    pub(super) fn total(&self) -> f64 {
        self.0.values().sum()
    }

    /// The functions, the dearest first.
    pub(super) fn dearest(&self) -> impl Iterator<Item = (&str, f64)> {
        let mut all: Vec<(&str, f64)> =
            self.0.iter().map(|(name, own)| (name.as_str(), *own)).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all.into_iter()
    }

    /// The functions that take more than they did, those that have grown most first. One that was not kept took as
    /// much as it may without being kept.
    pub(super) fn grown(&self, before: &Self) -> Vec<Growth> {
        let unkept = KEPT * before.total();
        let growths = self.0.iter().map(|(name, now)| {
            let before = before.0.get(name).copied().unwrap_or_else(|| unkept.min(*now));
            Growth { name: name.clone(), before, now: *now }
        });
        let mut growths: Vec<Growth> = growths.filter(|growth| growth.by() > 0.05).collect();
        growths.sort_by(|a, b| b.by().total_cmp(&a.by()));
        growths
    }
}

impl Growth {
    fn by(&self) -> f64 {
        self.now - self.before
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, before, now } = self;
        write!(f, "{:>+10.1}  {before:.1} -> {now:.1}  {name}", self.by())
    }
}

/// A name is written out once, and is a number from then on.
fn named(names: &mut BTreeMap<String, String>, name: &str) -> String {
    match name.split_once(' ') {
        Some((number, name)) => {
            let name = plain(name);
            names.insert(number.to_owned(), name.clone());
            name
        }
        None => names.get(name).cloned().unwrap_or_else(|| plain(name)),
    }
}

/// Without the number of a recursion and without the compiler's hash, which changes with everything.
fn plain(name: &str) -> String {
    let name = name.split_once('\'').map_or(name, |(name, _)| name);
    let hash = name.rsplit_once("::h").filter(|(_, hash)| hash.len() == 16);
    let name = hash.map_or(name, |(name, _)| name);
    name.chars().take(NAME_CHARS).collect()
}

/// The functions of each job, as the repository keeps them.
pub(super) fn text(jobs: &[(String, Profile)]) -> String {
    let mut text = String::from(
        "# In which functions `cost.txt` is spent, themselves alone; written with it. It only names what has grown.\n",
    );
    for (job, profile) in jobs {
        let least = KEPT * profile.total();
        let _ = writeln!(text, "\n{job}");
        for (name, own) in profile.dearest().take_while(|(_, own)| *own >= least) {
            let _ = writeln!(text, "{own:>12.1}  {name}");
        }
    }
    text
}

/// Reads what [`text`] writes; what is none of it is left out.
pub(super) fn parse(text: &str) -> Vec<(String, Profile)> {
    let mut jobs: Vec<(String, Profile)> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line.strip_prefix(' '), jobs.last_mut()) {
            (Some(function), Some((_, profile))) => {
                let own = function.trim_start().split_once("  ");
                let own = own.and_then(|(own, name)| Some((name.to_owned(), own.parse().ok()?)));
                profile.0.extend(own);
            }
            _ => jobs.push((line.to_owned(), Profile::default())),
        }
    }
    jobs
}
