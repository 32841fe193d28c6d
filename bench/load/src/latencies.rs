//! How long things took, each of them kept.

use std::time::Duration;

/// Nanoseconds, four seconds at most; a run is short enough to keep them all.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(u32::try_from(took.as_nanos()).unwrap_or(u32::MAX));
    }

    /// The median, the 99th and the 99.9th percentile.
    pub(crate) fn quantiles(mut self) -> [u32; 3] {
        self.0.sort_unstable();
        [0.5, 0.99, 0.999].map(|share| {
            let place = (self.0.len().saturating_sub(1) as f64 * share).round();
            self.0.get(place as usize).copied().unwrap_or(0)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Latencies;

    #[test]
    fn quantiles_are_those_of_what_was_added() {
        let mut latencies = Latencies::default();
        (0..=1000).rev().for_each(|nanos| latencies.add(Duration::from_nanos(nanos)));
        assert_eq!(latencies.quantiles(), [500, 990, 999]);
        assert_eq!(Latencies::default().quantiles(), [0, 0, 0]);
    }
}
