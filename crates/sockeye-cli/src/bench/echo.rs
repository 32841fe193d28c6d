//! `Echo`: one connection whose messages are sent back.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use super::{
    cycle::Check,
    pace::{Next, Pace},
    plan::Work,
    socket::{Came, Socket},
    station::{Desk, Stage, Station},
    trouble::Trouble,
};

/// One connection, and how far it has come.
#[derive(Debug)]
pub(super) struct Echo {
    pace: Pace,
    sent: u64,
    check: Check,
    now: Instant,
    alarm: Option<Instant>,
}

/// Sends and receives until all is measured.
pub(super) async fn run(mut socket: Socket, number: usize, station: Arc<Station>) {
    let plan = &station.job.plan;
    let now = Instant::now();
    let Work::Echo { depth, rate } = plan.work else { return };
    let pace = match rate {
        Some(rate) => Pace::open(rate, plan.connections, number, depth, now),
        None => Pace::closed(depth, now),
    };
    let mut echo = Echo::new(pace, now);
    let outcome = poll_fn(|context| echo.poll(&mut socket, &station, context)).await;
    station.leave(socket, outcome).await;
}

impl Echo {
    pub(super) fn new(pace: Pace, now: Instant) -> Self {
        Self { pace, sent: 0, check: Check::default(), now, alarm: None }
    }

    /// Messages that came back.
    pub(super) fn answered(&self) -> u64 {
        self.check.whole
    }

    /// Ready when nothing is under way and nothing new is to be begun.
    fn poll(
        &mut self,
        socket: &mut Socket,
        station: &Station,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Trouble>> {
        if let Pace::Open { .. } = self.pace {
            self.now = Instant::now();
        }
        let mut desk = station.desk();
        loop {
            if desk.stage == Stage::Ending && self.sent == self.answered() {
                return Poll::Ready(Ok(()));
            }
            let (sent, first) = (self.sent, self.answered());
            let exchanged = self.poll_exchange(socket, station, &mut desk, context);
            desk.record.sent += self.sent - sent;
            let outcome = ready!(exchanged);
            // What came before the end of a connection has come all the same.
            match self.pace {
                Pace::Closed { left_at, .. } => {
                    desk.record.answered(left_at, self.now, self.answered() - first);
                }
                Pace::Open { .. } => {
                    for number in first..self.answered() {
                        desk.record.answered(self.pace.due(number), self.now, 1);
                    }
                }
            }
            outcome?;
        }
    }

    /// Sends what is due, and receives once.
    pub(super) fn poll_exchange(
        &mut self,
        socket: &mut Socket,
        station: &Station,
        desk: &mut Desk,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Trouble>> {
        let cycle = &station.job.cycle;
        match self.pace.next(self.now, self.sent, self.answered()) {
            Next::Send(count) if desk.stage == Stage::Working => {
                socket.send_cycle(cycle, count)?;
                self.pace.leave(self.now);
                self.sent += count;
            }
            Next::At(at) => station.alarm.set(at, &mut self.alarm, context),
            Next::Send(_) | Next::Answer => {}
        }
        let (check, mut bytes) = (&mut self.check, 0);
        let received = socket.poll_receive(context, cycle, &mut desk.room, |came| match came {
            Came::Piece(piece) => {
                bytes += piece.bytes().len() as u64;
                check.take(cycle, piece)
            }
            Came::Pong => Ok(()),
        });
        let received = ready!(received);
        self.now = received.as_ref().map_or_else(|_| Instant::now(), |now| *now);
        desk.record.bytes += bytes;
        Poll::Ready(received.map(drop))
    }
}
