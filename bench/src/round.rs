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

/// How often everyone begins anew: where a buffer comes to lie in memory is luck, and the least time should not be.
const SITTINGS: usize = 5;

impl Pace {
    /// Turns that everyone takes in one cell.
    pub(crate) fn rounds(self) -> usize {
        SITTINGS * self.rounds_a_sitting()
    }

    fn rounds_a_sitting(self) -> usize {
        match self {
            Self::Thorough => 21,
            Self::Quick => 5,
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

/// Times every contestant in one cell.
pub(crate) fn run(
    cell: Cell,
    contestants: &[Contestant],
    pace: Pace,
) -> Result<Vec<Score>, String> {
    let lap = cell.lap();
    let mut times = vec![Vec::new(); contestants.len()];
    for _ in 0..SITTINGS {
        let mut sessions = Vec::new();
        for contestant in contestants {
            let mut session = Session::open(*contestant, &lap);
            session.verify().map_err(|problem| format!("{cell}: {contestant}: {problem}"))?;
            session.warm_up(pace.turn());
            sessions.push(session);
        }
        for _ in 0..pace.rounds_a_sitting() {
            for (session, times) in sessions.iter_mut().zip(&mut times) {
                times.push(session.turn());
            }
        }
    }
    Ok(contestants.iter().zip(times).map(|(contestant, times)| score(*contestant, times)).collect())
}

fn score(contestant: Contestant, mut times: Vec<f64>) -> Score {
    times.sort_unstable_by(f64::total_cmp);
    let at = |index: usize| times.get(index).copied().unwrap_or(f64::NAN);
    Score { contestant, least_ns: at(0), median_ns: at(times.len() / 2) }
}

/// Someone who is being timed.
struct Session<'l> {
    contestant: Contestant,
    codec: Box<dyn Echo>,
    lap: &'l Lap,
    wire: Wire,
    laps_a_turn: u32,
}

impl<'l> Session<'l> {
    fn open(contestant: Contestant, lap: &'l Lap) -> Self {
        let wire = Wire::new(lap);
        let codec = (contestant.open)(wire.clone());
        Self { contestant, codec, lap, wire, laps_a_turn: 1 }
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
        if written == *expected {
            return Ok(());
        }
        let (expected, got) = (expected.len(), written.len());
        Err(format!("expected {expected} bytes of echo, got {got} or others"))
    }

    /// Finds out how many laps fill a turn.
    fn warm_up(&mut self, turn: Duration) {
        while self.time() < turn {
            self.laps_a_turn *= 2;
        }
    }

    /// Nanoseconds for a message.
    fn turn(&mut self) -> f64 {
        let messages = f64::from(self.laps_a_turn) * self.lap.messages() as f64;
        self.time().as_secs_f64() * 1e9 / messages
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
}
