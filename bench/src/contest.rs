//! Who is timed, and how we compare with the best of the others.

use std::{error::Error, fmt, fs, process::ExitCode};

use crate::{
    args::{Options, Verdict},
    cell::Cell,
    echo::{self, Echo},
    report,
    round::{self, Score},
    wire::Wire,
};

/// The most of the best peer's time that we may take.
pub(crate) const BAR: f64 = 0.9;

/// A codec in one setup.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contestant {
    pub(crate) part: Part,
    pub(crate) name: &'static str,
    pub(crate) setup: &'static str,
    pub(crate) open: fn(Wire) -> Box<dyn Echo>,
}

/// What a contestant is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Ours,
    Peer,
    /// What nobody can be under.
    Floor,
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.name, self.setup)
    }
}

fn contestants() -> Vec<Contestant> {
    let ours = |setup, open| Contestant { part: Part::Ours, name: "sockeye", setup, open };
    let mut contestants = vec![
        Contestant { part: Part::Floor, name: "the wire", setup: "no codec", open: echo::bare },
        ours("by reference", echo::by_reference),
        ours("whole", echo::whole),
    ];
    contestants.extend(crate::peers::ALL);
    contestants
}

/// What came of one cell.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) cell: Cell,
    pub(crate) scores: Vec<Score>,
}

impl Outcome {
    /// The fastest peer in its fastest setup; `None` where none was built in.
    pub(crate) fn best_peer(&self) -> Option<&Score> {
        let peers = self.scores.iter().filter(|score| score.contestant.part == Part::Peer);
        peers.min_by(|one, other| one.least_ns.total_cmp(&other.least_ns))
    }

    /// What the copies of the wire take, which is in everyone's time.
    pub(crate) fn floor(&self) -> f64 {
        let mut floors = self.scores.iter().filter(|score| score.contestant.part == Part::Floor);
        floors.next().map_or(0.0, |score| score.least_ns)
    }

    /// Our least times beside the best peer's.
    pub(crate) fn ratios(&self) -> impl Iterator<Item = Ratio> {
        let (best, floor) = (self.best_peer().map(|best| best.least_ns), self.floor());
        let ours = self.scores.iter().filter(|score| score.contestant.part == Part::Ours);
        ours.filter_map(move |score| {
            let (setup, ours, best) = (score.contestant.setup, score.least_ns, best?);
            Some(Ratio { setup, echo: ours / best, codec: (ours - floor) / (best - floor) })
        })
    }
}

/// Our time as a part of the best peer's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    pub(crate) setup: &'static str,
    /// With the copies of the wire, as the bar has it.
    pub(crate) echo: f64,
    /// Without them: the codecs alone.
    pub(crate) codec: f64,
}

/// Times every cell, prints the table, writes the file and judges, as `options` say.
pub(crate) fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let contestants = contestants();
    if options.verdict == Verdict::Judged && !contestants.iter().any(|c| c.part == Part::Peer) {
        return Err("expected a build with --features peers for --check".into());
    }
    let mut outcomes = Vec::new();
    for cell in Cell::all() {
        let outcome = Outcome { cell, scores: round::run(cell, &contestants, options.pace)? };
        report::print(&report::table(&outcome))?;
        outcomes.push(outcome);
    }
    if let Some(file) = &options.json {
        fs::write(file, report::json(&outcomes, options.pace.rounds()))?;
    }
    let over = outcomes.iter().flat_map(Outcome::ratios).filter(|ratio| ratio.echo > BAR).count();
    if options.verdict == Verdict::Judged && over > 0 {
        report::complain(&format!("expected every ratio at {BAR} or less, got {over} over it"));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
