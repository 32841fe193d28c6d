//! `Backoff`: how long to wait between attempts.

use std::time::Duration;

/// Waits that grow and are chosen at random: between nothing and a bound that doubles with each failure.
///
/// After an outage all clients of a server come back at once; where each waits for as long, they all come again at
/// once. With full jitter they come one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backoff {
    /// The bound on the first wait: 1 s.
    pub first: Duration,
    /// The bound on every wait: 30 s.
    pub max: Duration,
    /// A connection that lasts as long makes up for the failures before it: 30 s.
    pub stable_after: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            max: Duration::from_secs(30),
            stable_after: Duration::from_secs(30),
        }
    }
}

impl Backoff {
    /// Sets [`first`](Self::first).
    #[must_use]
    pub fn first(mut self, first: Duration) -> Self {
        self.first = first;
        self
    }

    /// Sets [`max`](Self::max).
    #[must_use]
    pub fn max(mut self, max: Duration) -> Self {
        self.max = max;
        self
    }

    /// Sets [`stable_after`](Self::stable_after).
    #[must_use]
    pub fn stable_after(mut self, stable_after: Duration) -> Self {
        self.stable_after = stable_after;
        self
    }

    /// The wait after so many failures in a row, the last one not counted.
    pub(super) fn wait(&self, failures: u32, random: u64) -> Duration {
        let bound = self.first.saturating_mul(2_u32.saturating_pow(failures)).min(self.max);
        let nanos = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        // The upper half of the product is evenly spread over the bound.
        let chosen = (u128::from(random) * u128::from(nanos)) >> 64;
        Duration::from_nanos(u64::try_from(chosen).unwrap_or(nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_anything_up_to_a_bound_that_doubles() {
        let backoff = Backoff::default();
        for (failures, bound) in
            [(0, 1), (1, 2), (4, 16), (5, 30), (31, 30), (32, 30), (u32::MAX, 30)]
        {
            let bound = Duration::from_secs(bound);
            assert_eq!(backoff.wait(failures, 0), Duration::ZERO, "{failures} failures");
            let half = backoff.wait(failures, 1 << 63);
            assert_eq!(half, bound / 2, "{failures} failures");
            let most = backoff.wait(failures, u64::MAX);
            assert!(
                most <= bound && most > bound - Duration::from_micros(1),
                "{failures} failures"
            );
        }
    }

    #[test]
    fn bounds_of_any_size_are_kept() {
        let backoff = Backoff::default().first(Duration::MAX).max(Duration::MAX);
        assert!(backoff.wait(3, u64::MAX) > Duration::from_secs(1 << 33));
        let backoff = Backoff::default().first(Duration::ZERO);
        assert_eq!(backoff.wait(40, u64::MAX), Duration::ZERO);
        let backoff = Backoff::default().max(Duration::from_millis(10));
        assert!(backoff.wait(0, u64::MAX) <= Duration::from_millis(10));
    }
}
