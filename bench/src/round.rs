//! Timing: everyone in turn, again and again, so that what else the machine does falls on all alike.

use std::time::{Duration, Instant};

use crate::{
    args::Pace,
    cell::{Cell, Lap},
    contest::{Contestant, Part},
    echo::Echo,
    wire::Wire,
};

/// What one contestant took for a message of one cell.
#[derive(Clone, Debug)]
pub(crate) struct Score {
    pub(crate) contestant: Contestant,
    pub(crate) least_ns: f64,
    pub(crate) median_ns: f64,
}

impl Pace {
    pub(crate) fn rounds(self) -> usize {
        match self {
            Self::Thorough => 101,
            Self::Quick => 21,
        }
    }

    /// How long one turn takes at least.
    fn turn(self) -> Duration {
        match self {
            Self::Thorough => Duration::from_millis(2),
            Self::Quick => Duration::from_millis(1),
        }
    }
}

/// Someone who is being timed.
struct Session<'l> {
    contestant: Contestant,
    codec: Box<dyn Echo>,
    lap: &'l Lap,
    wire: Wire,
    laps_a_turn: u32,
    taken: Vec<Duration>,
}

/// Times every contestant in one cell.
pub(crate) fn run(
    cell: Cell,
    contestants: &[Contestant],
    pace: Pace,
) -> Result<Vec<Score>, String> {
    let lap = cell.lap();
    let mut sessions = Vec::new();
    for contestant in contestants {
        let mut session = Session::open(*contestant, &lap);
        session.verify().map_err(|problem| format!("{cell}: {contestant}: {problem}"))?;
        session.warm_up(pace.turn());
        sessions.push(session);
    }
    for _ in 0..pace.rounds() {
        for session in &mut sessions {
            let taken = session.time();
            session.taken.push(taken);
        }
    }
    Ok(sessions.into_iter().map(Session::score).collect())
}

impl<'l> Session<'l> {
    fn open(contestant: Contestant, lap: &'l Lap) -> Self {
        let wire = Wire::new(lap);
        let codec = (contestant.open)(wire.clone());
        Self { contestant, codec, lap, wire, laps_a_turn: 1, taken: Vec::new() }
    }

    /// Looks at the echo of a whole lap, byte by byte.
    fn verify(&mut self) -> Result<(), String> {
        self.wire.keep();
        self.codec.lap(&self.lap.arrivals);
        let written = self.wire.take_kept();
        let expected = match self.contestant.part {
            Part::Floor => &self.lap.frames,
            Part::Ours | Part::Peer => &self.lap.replies,
        };
        match written == *expected {
            true => Ok(()),
            false => Err(format!(
                "expected {} bytes of echo, got {} or others",
                expected.len(),
                written.len()
            )),
        }
    }

    /// Finds out how many laps fill a turn.
    fn warm_up(&mut self, turn: Duration) {
        while self.time() < turn {
            self.laps_a_turn *= 2;
        }
    }

    fn time(&mut self) -> Duration {
        let before = self.wire.written();
        let started = Instant::now();
        for _ in 0..self.laps_a_turn {
            self.codec.lap(&self.lap.arrivals);
        }
        let taken = started.elapsed();
        assert!(self.wire.written() > before, "a turn without an echo");
        taken
    }

    fn score(mut self) -> Score {
        self.taken.sort_unstable();
        let messages = f64::from(self.laps_a_turn) * self.lap.messages() as f64;
        let each = |taken: Option<&Duration>| {
            taken.map_or(f64::NAN, |taken| taken.as_secs_f64() * 1e9 / messages)
        };
        Score {
            contestant: self.contestant,
            least_ns: each(self.taken.first()),
            median_ns: each(self.taken.get(self.taken.len() / 2)),
        }
    }
}
