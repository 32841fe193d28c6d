//! `Fan`: messages of a few that go to all.
//!
//! Every connection receives; the first ones publish as well. A message begins with who published it and when it was
//! due, so whoever receives it knows how long it took, on any thread.

mod stamp;

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker, ready},
    time::Instant,
};

use self::stamp::{Reader, Stamp};
use super::{
    pace::{Next, Pace},
    plan::Work,
    socket::{Came, Socket},
    station::{Desk, Stage, Station},
    trouble::Trouble,
};

/// What was published, and what of it is still to come, over all threads.
#[derive(Debug)]
pub(super) struct Fan(Mutex<Published>);

#[derive(Debug)]
struct Published {
    /// Those who receive.
    connections: u64,
    publishers: Vec<Publisher>,
}

#[derive(Debug, Default)]
struct Publisher {
    /// Messages of his.
    sent: u64,
    /// Deliveries of them that are still to come.
    left: u64,
    /// Wakes him when there are none.
    waker: Option<Waker>,
}

impl Fan {
    /// `connections` is set when they are open.
    pub(super) fn new(publishers: usize) -> Self {
        let publishers = (0..publishers).map(|_| Publisher::default()).collect();
        Self(Mutex::new(Published { connections: 0, publishers }))
    }

    /// So many connections are open and will receive.
    pub(super) fn begin(&self, connections: usize) {
        self.with(|published| published.connections = connections as u64);
    }

    fn published(&self, publisher: usize, count: u64) {
        self.with(|published| {
            let deliveries = count * published.connections;
            if let Some(publisher) = published.publishers.get_mut(publisher) {
                publisher.sent += count;
                publisher.left += deliveries;
            }
        });
    }

    fn delivered(&self, publisher: usize, count: u64) {
        self.with(|published| {
            if let Some(publisher) = published.publishers.get_mut(publisher) {
                publisher.arrived(count);
            }
        });
    }

    /// A connection is lost: what it had not received of each publisher does not come any more.
    fn lost(&self, received: &[u64]) {
        self.with(|published| {
            published.connections -= 1;
            for (publisher, received) in published.publishers.iter_mut().zip(received) {
                publisher.arrived(publisher.sent - received);
            }
        });
    }

    /// Whether everything of a publisher's has arrived; he is woken when it has.
    fn has_arrived(&self, publisher: usize, context: &Context<'_>) -> bool {
        self.with(|published| {
            let Some(publisher) = published.publishers.get_mut(publisher) else { return false };
            if publisher.left > 0 {
                publisher.waker = Some(context.waker().clone());
            }
            publisher.left == 0
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Published) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Publisher {
    fn arrived(&mut self, count: u64) {
        self.left = self.left.saturating_sub(count);
        if self.left == 0
            && let Some(waker) = self.waker.take()
        {
            waker.wake();
        }
    }
}

/// One connection, and what came on it.
#[derive(Debug)]
struct Member {
    /// Its number among the publishers, if it is one, and when it publishes.
    publishes: Option<(usize, Pace)>,
    sent: u64,
    alarm: Option<Instant>,
    reader: Reader,
    /// What came, by publisher.
    received: Vec<u64>,
}

/// Receives, and publishes if it is one of the first, until all is measured.
pub(super) async fn run(mut socket: Socket, number: usize, station: Arc<Station>) {
    let now = Instant::now();
    let Work::Fanout { publishers, depth, rate } = station.job.plan.work else { return };
    let pace = match rate {
        // Nobody waits for anybody, so nothing bounds what is under way but the server.
        Some(rate) => Pace::open(rate, publishers, number, usize::MAX, now),
        None => Pace::closed(depth, now),
    };
    let mut member = Member {
        publishes: (number < publishers).then_some((number, pace)),
        sent: 0,
        alarm: None,
        reader: Reader::new(station.job.plan.message.len),
        received: vec![0; publishers],
    };
    let outcome = poll_fn(|context| member.poll(&mut socket, &station, context)).await;
    if outcome.is_err() {
        station.job.fan.lost(&member.received);
    }
    station.leave(socket, outcome).await;
}

impl Member {
    /// Ready when all is measured.
    fn poll(
        &mut self,
        socket: &mut Socket,
        station: &Station,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Trouble>> {
        let mut desk = station.desk();
        loop {
            if desk.stage == Stage::Ending {
                return Poll::Ready(Ok(()));
            }
            self.publish(socket, station, &mut desk, context)?;
            ready!(self.poll_receive(socket, station, &mut desk, context))?;
        }
    }

    fn publish(
        &mut self,
        socket: &mut Socket,
        station: &Station,
        desk: &mut Desk,
        context: &Context<'_>,
    ) -> Result<(), Trouble> {
        let Some((publisher, pace)) = &mut self.publishes else { return Ok(()) };
        let (job, now) = (&station.job, Instant::now());
        // In a closed loop all is answered or nothing.
        let answered = match pace {
            Pace::Closed { .. } if !job.fan.has_arrived(*publisher, context) => 0,
            _ => self.sent,
        };
        match pace.next(now, self.sent, answered) {
            Next::Send(count) => {
                pace.leave(now);
                job.fan.published(*publisher, count);
                for number in self.sent..self.sent + count {
                    let due = pace.due(number).saturating_duration_since(job.epoch);
                    let stamp = Stamp { publisher: *publisher as u8, due };
                    socket.send(stamp.onto(job.cycle.message(number)).as_ref())?;
                }
                self.sent += count;
                desk.record.sent += count;
            }
            Next::At(at) => station.alarm.set(at, &mut self.alarm, context),
            Next::Answer => {}
        }
        Ok(())
    }

    fn poll_receive(
        &mut self,
        socket: &mut Socket,
        station: &Station,
        desk: &mut Desk,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Trouble>> {
        let (reader, mut bytes) = (&mut self.reader, 0);
        let job = &station.job;
        let received = socket.poll_receive(context, &job.cycle, &mut desk.room, |came| {
            let Came::Piece(piece) = came else { return Ok(()) };
            bytes += piece.bytes().len() as u64;
            reader.take(piece)
        });
        // What came before the end of a connection has come all the same.
        let received = ready!(received);
        let now = received.as_ref().map_or_else(|_| Instant::now(), |now| *now);
        let now = now.saturating_duration_since(job.epoch);
        desk.record.bytes += bytes;
        for (Stamp { publisher, due }, count) in reader.stamps() {
            let publisher = usize::from(publisher);
            *self.received.get_mut(publisher).ok_or(Trouble::Foreign)? += count;
            job.fan.delivered(publisher, count);
            desk.record.done += count;
            desk.record.took(now.saturating_sub(due), count);
        }
        Poll::Ready(received.map(drop))
    }
}

#[cfg(test)]
mod tests;
