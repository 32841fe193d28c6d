//! What runs add up to: medians and quartiles, and ratios within a round.

use super::results::{Entry, Measured};

/// Cores that others may have in a run that counts.
const FOREIGN_CORES: f64 = 0.3;

/// The least, as good as a quarter of them, half, three quarters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) low: f64,
    pub(super) median: f64,
    pub(super) high: f64,
}

/// What a server takes beside another one, in the rounds that both have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ratio {
    pub(super) spread: Spread,
    /// Rounds in which it took less.
    pub(super) won: usize,
    pub(super) of: usize,
}

/// Which rounds of a server count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) rounds: Vec<usize>,
    pub(super) dropped: usize,
}

impl Spread {
    pub(super) fn of(mut figures: Vec<f64>) -> Option<Self> {
        figures.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (figures.len() as f64 - 1.0) * share;
            let (below, above) =
                (figures.get(place.floor() as usize)?, figures.get(place.ceil() as usize)?);
            Some(below + (above - below) * place.fract())
        };
        Some(Self { low: at(0.25)?, median: at(0.5)?, high: at(0.75)? })
    }
}

impl Entry {
    /// The rounds in which nobody else was at work, if there are two at least; otherwise all.
    pub(super) fn counted(&self) -> Counted {
        let is_quiet = |round: &usize| {
            let foreign = self.runs.get(*round).and_then(|run| run.figure("foreign_cores"));
            foreign.is_none_or(|cores| cores <= FOREIGN_CORES)
        };
        let all: Vec<usize> = (0..self.runs.len()).collect();
        let quiet: Vec<usize> = all.iter().copied().filter(is_quiet).collect();
        if quiet.len() < 2 {
            return Counted { rounds: all, dropped: 0 };
        }
        Counted { dropped: all.len() - quiet.len(), rounds: quiet }
    }

    /// Whether too few runs were quiet to leave the others out. Where nobody looked, nothing can be said.
    pub(super) fn is_noisy(&self) -> bool {
        let foreign: Vec<f64> =
            self.runs.iter().filter_map(|run| run.figure("foreign_cores")).collect();
        let quiet = foreign.iter().filter(|cores| **cores <= FOREIGN_CORES).count();
        quiet < foreign.len().min(2)
    }

    pub(super) fn spread(&self, figure: &str) -> Option<Spread> {
        let rounds = self.counted().rounds;
        let values = rounds.iter().filter_map(|round| self.runs.get(*round)?.figure(figure));
        Spread::of(values.collect())
    }

    /// Round by round, this one's figure by the other's.
    pub(super) fn ratio(&self, other: &Self, figure: &str) -> Option<Ratio> {
        let others = other.counted().rounds;
        let rounds = self.counted().rounds.into_iter().filter(|round| others.contains(round));
        let ratio = |round: usize| {
            Some(self.runs.get(round)?.figure(figure)? / other.runs.get(round)?.figure(figure)?)
        };
        let ratios: Vec<f64> = rounds.filter_map(ratio).collect();
        let (won, of) = (ratios.iter().filter(|ratio| **ratio < 1.0).count(), ratios.len());
        Some(Ratio { spread: Spread::of(ratios)?, won, of })
    }
}

impl Measured {
    pub(super) fn entry(&self, server: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.server == server)
    }

    /// Runs that were left out, and servers none of whose runs could be.
    pub(super) fn disturbed(&self) -> (usize, usize) {
        let dropped = self.entries.iter().map(|entry| entry.counted().dropped).sum();
        (dropped, self.entries.iter().filter(|entry| entry.is_noisy()).count())
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, Ratio, Spread};
    use crate::bench::{results::Entry, run::Run};

    fn entry(runs: &[(f64, f64)]) -> Entry {
        let run = |(cpu, foreign): &(f64, f64)| {
            Run(vec![("cpu_ns".into(), *cpu), ("foreign_cores".into(), *foreign)])
        };
        Entry { server: "a".into(), runs: runs.iter().map(run).collect(), trouble: None }
    }

    #[test]
    fn a_busy_round_is_left_out_where_two_quiet_ones_remain() {
        let busy = entry(&[(10.0, 0.0), (90.0, 1.0), (20.0, 0.1)]);
        assert_eq!(busy.counted(), Counted { rounds: vec![0, 2], dropped: 1 });
        assert_eq!(busy.spread("cpu_ns").map(|spread| spread.median), Some(15.0));
        let all_busy = entry(&[(10.0, 1.0), (90.0, 1.0), (20.0, 0.1)]);
        assert!(all_busy.is_noisy() && !busy.is_noisy());
        assert_eq!(all_busy.counted().rounds.len(), 3);
    }

    #[test]
    fn ratios_are_of_rounds_that_both_have() {
        let (one, other) = (
            entry(&[(8.0, 0.0), (9.0, 0.0), (30.0, 0.0)]),
            entry(&[(10.0, 0.0), (10.0, 0.0), (10.0, 2.0)]),
        );
        let spread = Spread { low: 0.825, median: 0.85, high: 0.875 };
        let ratio = one.ratio(&other, "cpu_ns").expect("two rounds are quiet");
        assert_eq!((ratio.won, ratio.of), (2, 2));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(
            near(ratio.spread.median, spread.median) && near(ratio.spread.low, spread.low),
            "{ratio:?}"
        );
        assert_eq!(one.ratio(&entry(&[]), "cpu_ns"), None::<Ratio>);
    }
}
