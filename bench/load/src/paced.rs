//! `load paced`: messages leave by the clock, one after the other, whatever the server does. One that was due and could
//! not leave is late from then on, so that a stall makes everything late that was due in it.

use std::time::{Duration, Instant};

use crate::{
    arguments::Arguments,
    dial::{Opened, Target},
    gauge::Gauge,
    latencies::Latencies,
    poller::Poller,
    report::Report,
    script::{Expects, Shape},
    stream::{Moved, Stream},
};

/// What is read at once.
const READ_BYTES: usize = 64 << 10;

/// With the server on the same core nobody may spin; the longest sleep between two messages.
const GLANCE: Duration = Duration::from_millis(20);

/// What is done until the next message is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// The core is ours: waking up would make messages late.
    Spin,
    Sleep,
}

/// A connection whose messages are numbered; each has a time at which it is due.
struct Lane {
    stream: Stream,
    is_writable: bool,
    /// Messages that were due up to now.
    due: u64,
    /// Bytes of them that have left.
    sent: u64,
    received: u64,
    answered: u64,
}

/// When the messages of all connections are due, in turn.
#[derive(Clone, Copy, Debug)]
struct Clock {
    start: Instant,
    nanos: f64,
}

impl Clock {
    fn time_of(self, number: u64) -> Instant {
        self.start + Duration::from_nanos((number as f64 * self.nanos) as u64)
    }
}

struct Pace {
    lanes: Vec<Lane>,
    frame: Vec<u8>,
    answer_len: u64,
    clock: Clock,
    next: u64,
    count: u64,
    latencies: Latencies,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Report, String> {
    let target = Target::parse(arguments)?;
    let shape = Shape { depth: 1, ..Shape::parse(arguments)? };
    let rate: f64 = arguments.number("rate")?;
    let wait = arguments.one_of("wait", &[("spin", Wait::Spin), ("sleep", Wait::Sleep)])?;
    let gauge = Gauge::new(arguments.number("server")?);
    let script = shape.script(target.framing);
    // The batch behind the first has the same bytes, and tells how many answer it.
    let batch = script.batch(1).ok_or("expected a batch, got none")?;
    let Expects::Bytes(answer_len) = batch.expects else {
        return Err("expected a batch that was compared before, got another".into());
    };
    let mut poller = Poller::new()?;
    let mut pace = Pace {
        lanes: open(&target, arguments.number("connections")?, &poller)?,
        frame: batch.bytes.clone(),
        answer_len: answer_len as u64,
        clock: Clock { start: Instant::now(), nanos: 1e9 / rate.max(1.0) },
        next: 0,
        count: 0,
        latencies: Latencies::default(),
    };
    let mut buf = vec![0; READ_BYTES];
    pace.run(&mut poller, &mut buf, wait, arguments.seconds("warm")?)?;
    (pace.count, pace.latencies) = (0, Latencies::default());
    let begin = gauge.read()?;
    pace.run(&mut poller, &mut buf, wait, arguments.seconds("seconds")?)?;
    Ok(Report::of(pace.count, gauge.spent_since(begin)?, pace.latencies).with("rate", rate))
}

fn open(target: &Target, connections: usize, poller: &Poller) -> Result<Vec<Lane>, String> {
    let lane = |(number, opened): (usize, Opened)| {
        opened.stream.never_wait()?;
        poller.add(&opened.stream, number)?;
        let stream = opened.stream;
        Ok(Lane { stream, is_writable: true, due: 0, sent: 0, received: 0, answered: 0 })
    };
    target.open_all(connections)?.into_iter().enumerate().map(lane).collect()
}

impl Pace {
    fn run(
        &mut self,
        poller: &mut Poller,
        buf: &mut [u8],
        wait: Wait,
        span: Duration,
    ) -> Result<(), String> {
        let end = Instant::now() + span;
        loop {
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            self.send(now)?;
            let most = match wait {
                Wait::Spin => Duration::ZERO,
                Wait::Sleep => {
                    self.clock.time_of(self.next).saturating_duration_since(now).min(GLANCE)
                }
            };
            for readiness in poller.wait(most)? {
                if readiness.writable {
                    self.write(readiness.number)?;
                }
                if readiness.readable {
                    self.read(readiness.number, buf)?;
                }
            }
        }
    }

    /// Everything that is due.
    fn send(&mut self, now: Instant) -> Result<(), String> {
        while self.clock.time_of(self.next) <= now {
            let number = (self.next % self.lanes.len() as u64) as usize;
            self.next += 1;
            let Some(lane) = self.lanes.get_mut(number) else { continue };
            lane.due += 1;
            if lane.is_writable {
                self.write(number)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, number: usize) -> Result<(), String> {
        let Some(lane) = self.lanes.get_mut(number) else { return Ok(()) };
        lane.is_writable = true;
        let len = self.frame.len() as u64;
        while lane.is_writable && lane.sent < lane.due * len {
            let rest = self.frame.get((lane.sent % len) as usize..).unwrap_or_default();
            lane.sent += match lane.stream.give(rest)? {
                Moved::Some(len) => len,
                Moved::Last(len) => {
                    lane.is_writable = false;
                    len
                }
            } as u64;
        }
        Ok(())
    }

    fn read(&mut self, number: usize, buf: &mut [u8]) -> Result<(), String> {
        let lanes = self.lanes.len() as u64;
        let Some(lane) = self.lanes.get_mut(number) else { return Ok(()) };
        loop {
            let moved = lane.stream.take(buf)?;
            let (Moved::Some(len) | Moved::Last(len)) = moved;
            lane.received += len as u64;
            let now = Instant::now();
            while lane.received >= (lane.answered + 1) * self.answer_len {
                let due = self.clock.time_of(number as u64 + lane.answered * lanes);
                self.latencies.add(now.saturating_duration_since(due));
                self.count += 1;
                lane.answered += 1;
            }
            if matches!(moved, Moved::Last(_)) {
                return Ok(());
            }
        }
    }
}
