//! Connections that are held, and asked now and then whether they live.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::JoinSet, time::timeout};

use super::{
    cycle::Check,
    options::Ask,
    plan::Work,
    process::Own,
    socket::{Came, Socket},
    station::{Stage, Station},
    trouble::Trouble,
    worker::{Order, Report, Slice, Worker, all_of},
};

/// How long all of them together may take to answer.
const ANSWERS: Duration = Duration::from_secs(10);

impl Worker {
    /// Opens connections and holds them; asks all of them when it is told to.
    pub(super) async fn hold(&mut self, station: &Arc<Station>) {
        let (mut tasks, (asks, _)) = (JoinSet::new(), watch::channel(0));
        for (_, socket) in self.open(station).await {
            tasks.spawn(hold(socket, station.clone(), asks.subscribe()));
        }
        while let Some(Order::Ask(number)) = self.next_order().await {
            // Those that have gone by themselves have said so.
            while tasks.try_join_next().is_some() {}
            let (begin, own) = (Instant::now(), Own::now());
            station.desk().asked = tasks.len();
            asks.send_replace(number);
            let _ = timeout(ANSWERS, all_answered(station)).await;
            // Whoever has not answered by now is lost.
            let mut record = station.take_record();
            let silent = std::mem::take(&mut station.desk().asked);
            (0..silent).for_each(|_| record.lost(&Trouble::Silence(ANSWERS)));
            let spent = Own::now().zip(own).map(|(now, before)| now.since(before));
            let (worker, number, span) = (self.number, number as usize, begin.elapsed());
            self.tell(Report::Slice(Slice {
                worker,
                number,
                span,
                record,
                own: spent,
                server: None,
            }));
        }
        station.desk().stage = Stage::Ending;
        drop(asks);
        let _ = timeout(ANSWERS, all_of(&mut tasks)).await;
    }
}

async fn all_answered(station: &Station) {
    loop {
        let notified = station.all_answered.notified();
        if station.desk().asked == 0 {
            return;
        }
        notified.await;
    }
}

/// One connection that is held until nobody asks any more.
async fn hold(mut socket: Socket, station: Arc<Station>, mut asks: watch::Receiver<u64>) {
    let mut held = Held { waiting_since: None, check: Check::default() };
    let outcome = loop {
        let asked = tokio::select! {
            biased;
            asked = asks.changed() => asked,
            trouble = poll_fn(|context| held.poll(&mut socket, &station, context)) => break Err(trouble),
        };
        if asked.is_err() {
            break Ok(());
        }
        let ask = poll_fn(|context| Poll::Ready(held.ask(&mut socket, &station, context)));
        if let Err(trouble) = ask.await {
            break Err(trouble);
        }
    };
    let is_asked = held.waiting_since.is_some() || asks.has_changed().unwrap_or(false);
    if outcome.is_err() && is_asked {
        answered(&station);
    }
    station.leave(socket, outcome).await;
}

fn answered(station: &Station) {
    let mut desk = station.desk();
    desk.asked = desk.asked.saturating_sub(1);
    if desk.asked == 0 {
        station.all_answered.notify_one();
    }
}

#[derive(Debug)]
struct Held {
    waiting_since: Option<Instant>,
    check: Check,
}

impl Held {
    fn ask(
        &mut self,
        socket: &mut Socket,
        station: &Station,
        context: &mut Context<'_>,
    ) -> Result<(), Trouble> {
        self.waiting_since = Some(Instant::now());
        station.desk().record.sent += 1;
        match station.job.plan.work {
            Work::Idle { ask: Ask::Echo } => socket.send_cycle(&station.job.cycle, 1),
            _ => socket.ping(context),
        }
    }

    /// Ready when the connection has ended.
    fn poll(
        &mut self,
        socket: &mut Socket,
        station: &Station,
        context: &mut Context<'_>,
    ) -> Poll<Trouble> {
        let cycle = &station.job.cycle;
        loop {
            let (check, mut answers, mut bytes) = (&mut self.check, 0, 0);
            let before = check.whole;
            let mut desk = station.desk();
            let received = socket.poll_receive(context, cycle, &mut desk.room, |came| match came {
                Came::Piece(piece) => {
                    bytes += piece.bytes().len() as u64;
                    check.take(cycle, piece)
                }
                Came::Pong => {
                    answers += 1;
                    Ok(())
                }
            });
            let now = match received {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(trouble)) => return Poll::Ready(trouble),
                Poll::Ready(Ok(now)) => now,
            };
            answers += self.check.whole - before;
            if answers > 0
                && let Some(since) = self.waiting_since.take()
            {
                desk.record.answered(since, now, 1);
                desk.record.bytes += bytes;
                drop(desk);
                answered(station);
            }
        }
    }
}
