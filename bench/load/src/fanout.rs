//! `load fanout`: the first connection sends a burst, and sends the next one when everybody has got all of it.

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use crate::{
    arguments::Arguments,
    dial::{Opened, PATIENCE, Target},
    echo::READ_BYTES,
    frame::{self, PING, PONG},
    gauge::Gauge,
    latencies::Latencies,
    poller::Poller,
    report::Report,
    script::{Batch, Expects, Script, Shape},
    stream::{self, Moved, Stream},
};

/// The clock is looked at as often as this, if nothing happens.
const GLANCE: Duration = Duration::from_millis(20);

struct Room {
    members: Vec<Stream>,
    script: Script,
    poller: Poller,
    burst: usize,
    /// Bytes of the burst that have left.
    sent: usize,
    /// Bytes that all members have got of it.
    got: usize,
    began: Instant,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Report, String> {
    let target = Target::parse(arguments)?;
    let shape = Shape::parse(arguments)?;
    let gauge = Gauge::new(arguments.number("server")?);
    let mut room = Room::open(&target, shape, arguments.number("connections")?)?;
    let mut buf = vec![0; READ_BYTES];
    room.run(&mut buf, arguments.seconds("warm")?)?;
    let begin = gauge.read()?;
    let (bursts, latencies) = room.run(&mut buf, arguments.seconds("seconds")?)?;
    let deliveries = bursts * (shape.depth * room.members.len()) as u64;
    if deliveries == 0 {
        return Err("expected deliveries within the time, got none".into());
    }
    Ok(Report::of(deliveries, gauge.spent_since(begin)?, latencies))
}

impl Room {
    fn open(target: &Target, shape: Shape, connections: usize) -> Result<Self, String> {
        let mut members: Vec<Stream> =
            target.open_all(connections)?.into_iter().map(|Opened { stream, .. }| stream).collect();
        // An answer tells that the server has come to listen to this member, and let it in before that.
        members.iter_mut().try_for_each(ping)?;
        let poller = Poller::new()?;
        for (number, member) in members.iter().enumerate() {
            poller.add(member, number)?;
        }
        let script = shape.script(target.framing);
        let (burst, sent, got) = (0, 0, 0);
        let mut room = Self { members, script, poller, burst, sent, got, began: Instant::now() };
        room.verify()?;
        room.members.iter().try_for_each(Stream::never_wait)?;
        Ok(room)
    }

    /// The first burst, compared byte by byte at every member.
    fn verify(&mut self) -> Result<(), String> {
        let batch = self.script.batch(0).ok_or("expected a batch, got none")?;
        let Expects::Exactly(expected) = &batch.expects else {
            return Err("expected a burst that is compared, got another".into());
        };
        let publisher = self.members.first_mut().ok_or("expected a member, got none")?;
        let wrong = |error| {
            format!("expected the first burst at every member, got {}", stream::why(&error))
        };
        publisher.write_all(&batch.bytes).map_err(wrong)?;
        let mut got = vec![0; expected.len()];
        for member in &mut self.members {
            member.read_exact(&mut got).map_err(wrong)?;
            if got != *expected {
                return Err("expected what was sent at every member, got something else".into());
            }
        }
        self.burst = 1;
        Ok(())
    }

    /// Sends bursts until the time is over; tells how many there were, and how long each took.
    fn run(&mut self, buf: &mut [u8], span: Duration) -> Result<(u64, Latencies), String> {
        let (mut bursts, mut latencies, start) = (0, Latencies::default(), Instant::now());
        while start.elapsed() < span {
            self.began = Instant::now();
            self.send()?;
            while !self.take(buf)? {
                if self.began.elapsed() > PATIENCE {
                    return Err(format!(
                        "expected a burst at every member, got {} bytes",
                        self.got
                    ));
                }
            }
            latencies.add(self.began.elapsed());
            bursts += 1;
            (self.burst, self.sent, self.got) = (self.burst + 1, 0, 0);
        }
        Ok((bursts, latencies))
    }

    fn batch(&self) -> Result<&Batch, String> {
        self.script.batch(self.burst).ok_or("expected a batch, got none".into())
    }

    /// As much of the burst as leaves now.
    fn send(&mut self) -> Result<(), String> {
        loop {
            let batch = self.script.batch(self.burst).ok_or("expected a batch, got none")?;
            let unsent = batch.bytes.get(self.sent..).unwrap_or_default();
            let publisher = self.members.first_mut().ok_or("expected a member, got none")?;
            if unsent.is_empty() {
                return Ok(());
            }
            match publisher.give(unsent)? {
                Moved::Some(len) => self.sent += len,
                Moved::Last(len) => {
                    self.sent += len;
                    return Ok(());
                }
            }
        }
    }

    /// Takes what came; tells whether everybody has all of it.
    fn take(&mut self, buf: &mut [u8]) -> Result<bool, String> {
        let mut is_writable = false;
        for readiness in self.poller.wait(GLANCE)? {
            is_writable |= readiness.writable && readiness.number == 0;
            if let Some(member) = self.members.get_mut(readiness.number)
                && readiness.readable
            {
                self.got += drain(member, buf)?;
            }
        }
        if is_writable {
            self.send()?;
        }
        let Expects::Bytes(each) = self.batch()?.expects else {
            return Err("expected a burst that was compared before, got another".into());
        };
        let all = each * self.members.len();
        if self.got > all {
            return Err(format!("expected {all} bytes of a burst, got {}", self.got));
        }
        Ok(self.got == all)
    }
}

/// Takes all that is there.
fn drain(member: &mut Stream, buf: &mut [u8]) -> Result<usize, String> {
    let mut got = 0;
    loop {
        match member.take(buf)? {
            Moved::Some(len) => got += len,
            Moved::Last(len) => return Ok(got + len),
        }
    }
}

fn ping(member: &mut Stream) -> Result<(), String> {
    let (asked, expected) =
        (frame::masked(PING, b"in", [1, 2, 3, 4]), frame::unmasked(PONG, b"in"));
    let mut got = vec![0; expected.len()];
    let answered = member.write_all(&asked).and_then(|()| member.read_exact(&mut got));
    match answered {
        Ok(()) if got == expected => Ok(()),
        Ok(()) => Err(format!("expected a pong, got {got:?}")),
        Err(error) => Err(format!("expected a pong, got {}", stream::why(&error))),
    }
}
