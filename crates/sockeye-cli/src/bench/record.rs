//! `Record`: what was counted in some span of time.

use std::{
    fmt,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

use super::trouble::Trouble;

/// Latencies are told to three digits, up to an hour; what is longer counts as that.
const LONGEST_NANOS: u64 = 3_600_000_000_000;

/// Counts and latencies. Two records of the same span, or of two spans, add up.
#[derive(Clone)]
pub(super) struct Record {
    /// What was sent: messages, or connections begun.
    pub(super) sent: u64,
    /// What was answered: messages that came back or were delivered, or connections that did what they should.
    pub(super) done: u64,
    /// Payload bytes of what was answered.
    pub(super) bytes: u64,
    /// Nanoseconds, one for each that was answered.
    latency: Histogram<u64>,
    /// Connections that were lost.
    pub(super) lost: u64,
    /// Connections on which the server said something wrong; they are among those lost.
    pub(super) wrong: u64,
    /// What happened to the first of them.
    pub(super) first_trouble: Option<String>,
}

impl Default for Record {
    fn default() -> Self {
        let latency =
            Histogram::new_with_bounds(1, LONGEST_NANOS, 3).expect("three digits are allowed");
        Self { sent: 0, done: 0, bytes: 0, latency, lost: 0, wrong: 0, first_trouble: None }
    }
}

impl Record {
    /// Something was answered `count` times at once.
    pub(super) fn answered(&mut self, due: Instant, now: Instant, count: u64) {
        self.done += count;
        self.took(now.saturating_duration_since(due), count);
    }

    pub(super) fn took(&mut self, latency: Duration, count: u64) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX).clamp(1, LONGEST_NANOS);
        self.latency.saturating_record_n(nanos, count);
    }

    pub(super) fn lost(&mut self, trouble: &Trouble) {
        self.lost += 1;
        self.wrong += u64::from(trouble.is_wrong());
        if self.first_trouble.is_none() {
            self.first_trouble = Some(trouble.to_string());
        }
    }

    /// Begins anew, but for what was lost.
    pub(super) fn forget_work(&mut self) {
        (self.sent, self.done, self.bytes) = (0, 0, 0);
        self.latency.reset();
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.done += other.done;
        self.bytes += other.bytes;
        self.latency.add(&other.latency).expect("both have the same bounds");
        self.lost += other.lost;
        self.wrong += other.wrong;
        if self.first_trouble.is_none() {
            self.first_trouble.clone_from(&other.first_trouble);
        }
    }

    /// The latency that `share` of all were not above; `None` where nothing was answered.
    pub(super) fn quantile(&self, share: f64) -> Option<Duration> {
        let nanos = self.latency.value_at_quantile(share).min(self.latency.max());
        (!self.latency.is_empty()).then(|| Duration::from_nanos(nanos))
    }

    pub(super) fn mean(&self) -> Option<Duration> {
        (!self.latency.is_empty()).then(|| Duration::from_nanos(self.latency.mean() as u64))
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("sent", &self.sent)
            .field("done", &self.done)
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{LONGEST_NANOS, Record};
    use crate::bench::trouble::Trouble;

    #[test]
    fn latencies_count_from_when_they_were_due() {
        let start = Instant::now();
        let mut record = Record::default();
        record.answered(start, start + Duration::from_millis(1), 99);
        record.answered(start, start + Duration::from_millis(200), 1);
        record.answered(start + Duration::from_secs(1), start, 0);
        assert_eq!(record.done, 100);
        for (share, millis) in [(0.5, 1), (0.99, 1), (0.999, 200), (1.0, 200)] {
            let latency = record.quantile(share).expect("answers").as_secs_f64() * 1e3;
            assert!((latency / f64::from(millis) - 1.0).abs() < 0.001, "{share}: {latency}");
        }
    }

    #[test]
    fn records_add_up() {
        let (mut all, mut part) = (Record::default(), Record::default());
        assert_eq!(all.quantile(0.5), None);
        part.took(Duration::from_secs(u64::MAX), 1);
        part.sent = 3;
        part.bytes = 5;
        part.lost(&Trouble::Foreign);
        all.add(&part);
        all.add(&part);
        assert_eq!((all.sent, all.bytes, all.lost, all.wrong), (6, 10, 2, 2));
        let longest = all.quantile(1.0).expect("two").as_nanos() as u64;
        assert!(longest.abs_diff(LONGEST_NANOS) <= LONGEST_NANOS / 1000);
        let expected = "expected what we sent, got a message of somebody else's";
        assert_eq!(all.first_trouble.as_deref(), Some(expected));
    }
}
