//! `load echo`: each connection sends a batch when the one before it was answered.

use std::time::{Duration, Instant};

use crate::{
    arguments::Arguments,
    dial::{PATIENCE, Target},
    gauge::{Gauge, Reading},
    lane::Lane,
    latencies::Latencies,
    poller::Poller,
    report::Report,
    script::{Script, Shape},
};

/// What is read at once.
pub(crate) const READ_BYTES: usize = 1 << 20;

/// The clock is looked at as often as this, if nothing happens.
const GLANCE: Duration = Duration::from_millis(20);

/// Connections and what they send.
pub(crate) struct Crowd {
    pub(crate) lanes: Vec<Lane>,
    pub(crate) script: Script,
    pub(crate) poller: Poller,
}

/// What was counted.
#[derive(Debug, Default)]
struct Count {
    messages: u64,
    latencies: Latencies,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Report, String> {
    let target = Target::parse(arguments)?;
    let shape = Shape::parse(arguments)?;
    let crowd = Crowd::open(&target, shape, arguments.number("connections")?)?;
    let gauge = Gauge::new(arguments.number("server")?);
    crowd.run(gauge, arguments.seconds("warm")?, arguments.seconds("seconds")?, shape.len)
}

impl Crowd {
    fn open(target: &Target, shape: Shape, connections: usize) -> Result<Self, String> {
        let poller = Poller::new()?;
        let opened = target.open_all(connections)?;
        let agreed = opened.first().ok_or("expected a connection at least, got none")?.agreed;
        let script = match agreed {
            None => shape.script(target.framing),
            Some(agreed) => shape.compressed_script(agreed)?,
        };
        let lane = |(number, opened): (usize, crate::dial::Opened)| {
            opened.stream.never_wait()?;
            poller.add(&opened.stream, number)?;
            Ok(Lane::new(opened.stream, opened.agreed))
        };
        let lanes = opened.into_iter().enumerate().map(lane).collect::<Result<_, String>>()?;
        Ok(Self { lanes, script, poller })
    }

    /// Warms up, until every connection has seen its own messages again, and measures then.
    fn run(
        mut self,
        gauge: Gauge,
        warm: Duration,
        seconds: Duration,
        len: usize,
    ) -> Result<Report, String> {
        let (mut buf, mut count) = (vec![0; READ_BYTES], Count::default());
        let start = Instant::now();
        for lane in &mut self.lanes {
            lane.drive(&self.script, &mut buf, |_, _| {})?;
        }
        while start.elapsed() < warm || !self.is_verified(start)? {
            self.turn(&mut buf, &mut count)?;
        }
        count = Count::default();
        let (begin, before) = (gauge.read()?, self.received());
        while begin.at.elapsed() < seconds {
            self.turn(&mut buf, &mut count)?;
        }
        self.report(gauge, begin, before, count, len)
    }

    fn turn(&mut self, buf: &mut [u8], count: &mut Count) -> Result<(), String> {
        for readiness in self.poller.wait(GLANCE)? {
            let Some(lane) = self.lanes.get_mut(readiness.number) else { continue };
            lane.wake(readiness);
            lane.drive(&self.script, buf, |batch, took| {
                count.messages += batch.messages as u64;
                count.latencies.add(took);
            })?;
        }
        Ok(())
    }

    fn is_verified(&self, start: Instant) -> Result<bool, String> {
        let verified = self.lanes.iter().filter(|lane| lane.is_verified(&self.script)).count();
        if verified < self.lanes.len() && start.elapsed() > PATIENCE {
            let all = self.lanes.len();
            return Err(format!("expected the echo of {all} connections, got that of {verified}"));
        }
        Ok(verified == self.lanes.len())
    }

    fn received(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.received).sum()
    }

    fn report(
        &self,
        gauge: Gauge,
        begin: Reading,
        before: u64,
        count: Count,
        len: usize,
    ) -> Result<Report, String> {
        let spent = gauge.spent_since(begin)?;
        if count.messages == 0 {
            return Err("expected messages within the time, got none".into());
        }
        let payload = count.messages as f64 * len as f64;
        let wire = (self.received() - before) as f64 / payload;
        Ok(Report::of(count.messages, spent, count.latencies).with("wire", wire))
    }
}
