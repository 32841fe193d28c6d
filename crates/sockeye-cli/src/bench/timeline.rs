//! `Timeline`: what was counted second by second, over all threads, and what it adds up to.

use std::{collections::BTreeMap, time::Duration};

use super::{
    process::{Own, Shares, Usage},
    record::Record,
    worker::Slice,
};

/// Counts by second, and their sum.
#[derive(Debug)]
pub(super) struct Timeline {
    /// Seconds of which some threads have told and others have not.
    open: BTreeMap<usize, Open>,
    total: Record,
    moments: BTreeMap<usize, Moment>,
    threads: Vec<Thread>,
}

#[derive(Debug, Default)]
struct Open {
    slices: usize,
    span: Duration,
    record: Record,
    server: Option<Usage>,
}

/// What a thread did in all.
#[derive(Clone, Copy, Debug, Default)]
struct Thread {
    span: Duration,
    own: Own,
    is_known: bool,
}

/// One second, or what the end left of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    pub(super) span: Duration,
    pub(super) done: u64,
    pub(super) p50: Option<Duration>,
    pub(super) p99: Option<Duration>,
    pub(super) max: Option<Duration>,
    /// What the server took in it, and had at its end.
    pub(super) server: Option<Usage>,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Sum {
    pub(super) total: Record,
    pub(super) moments: Vec<Moment>,
    /// What was measured in, by the thread that took longest.
    pub(super) span: Duration,
    /// What the busiest thread did; `None` where the system does not tell.
    pub(super) client: Option<Shares>,
}

impl Sum {
    /// The server's processor time, if every second of it is known.
    pub(super) fn server_cpu(&self) -> Option<Duration> {
        let each = self.moments.iter().map(|moment| Some(moment.server?.cpu));
        each.sum::<Option<Duration>>()
    }
}

impl Timeline {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            open: BTreeMap::new(),
            total: Record::default(),
            moments: BTreeMap::new(),
            threads: vec![Thread::default(); threads],
        }
    }

    /// Takes what one thread counted; tells of the second, if it was the last thread to do so.
    pub(super) fn add(&mut self, slice: Slice) -> Option<&Moment> {
        let Slice { worker, number, span, record, own, server } = slice;
        if let Some(thread) = self.threads.get_mut(worker) {
            thread.span += span;
            thread.is_known = own.is_some();
            let own = own.unwrap_or_default();
            thread.own.running += own.running;
            thread.own.queued += own.queued;
        }
        let open = self.open.entry(number).or_default();
        open.slices += 1;
        open.span = open.span.max(span);
        open.record.add(&record);
        open.server = open.server.or(server);
        (open.slices == self.threads.len()).then(|| self.close(number)).flatten()
    }

    /// The whole histogram of a second is not kept: an hour of them would be a gigabyte.
    fn close(&mut self, number: usize) -> Option<&Moment> {
        let Open { span, record, server, .. } = self.open.remove(&number)?;
        self.total.add(&record);
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| record.quantile(share));
        let moment = Moment { span, done: record.done, p50, p99, max, server };
        self.moments.insert(number, moment);
        self.moments.get(&number)
    }

    /// What it adds up to.
    pub(super) fn finish(mut self) -> Sum {
        while let Some((number, _)) = self.open.first_key_value() {
            let number = *number;
            self.close(number);
        }
        let moments: Vec<Moment> = self.moments.into_values().collect();
        let known = self.threads.iter().filter(|thread| thread.is_known);
        let client = known
            .map(|thread| thread.own.shares(thread.span))
            .max_by(|one, other| one.busy().total_cmp(&other.busy()));
        let span = self.threads.iter().map(|thread| thread.span).max().unwrap_or_default();
        Sum { total: self.total, moments, span, client }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Slice, Timeline};
    use crate::bench::{
        process::{Own, Usage},
        record::Record,
    };

    fn slice(worker: usize, number: usize, done: u64, running: u64) -> Slice {
        let (start, mut record) = (Instant::now(), Record::default());
        record.answered(start, start + Duration::from_millis(10 * (1 + worker as u64)), done);
        let own = Own { running: Duration::from_millis(running), queued: Duration::ZERO };
        let cpu = Duration::from_millis(900);
        let server = (worker == 0).then_some(Usage { cpu, resident_bytes: 1800 });
        Slice { worker, number, span: Duration::from_secs(1), record, own: Some(own), server }
    }

    #[test]
    fn a_second_is_told_when_all_threads_have_told_of_it() {
        let mut timeline = Timeline::new(2);
        assert!(timeline.add(slice(0, 0, 10, 500)).is_none());
        assert!(timeline.add(slice(0, 1, 20, 500)).is_none());
        let first = timeline.add(slice(1, 0, 30, 970)).expect("both told");
        assert_eq!(first.done, 40);
        // The second thread broke off, and the second counts all the same.
        let sum = timeline.finish();
        assert_eq!(sum.total.done, 60);
        assert_eq!(sum.span, Duration::from_secs(2));
        assert_eq!(sum.moments.iter().map(|moment| moment.done).collect::<Vec<_>>(), [40, 20]);
        let server = sum.moments[1].server.expect("the first thread looked");
        assert_eq!((server.cpu, server.resident_bytes), (Duration::from_millis(900), 1800));
        assert_eq!(sum.server_cpu(), Some(Duration::from_millis(1800)));
        let busy = sum.client.expect("told").busy();
        assert!((busy - 0.97).abs() < 1e-9, "{busy}");
    }
}
