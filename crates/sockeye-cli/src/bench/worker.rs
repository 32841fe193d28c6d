//! `Worker`: one thread of the client, its runtime, and its share of the connections.
//!
//! It opens them, has them work, and tells once a second what was counted. When it does what is up to `run`.

use std::{
    io,
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    runtime,
    sync::{mpsc, watch},
    task::JoinSet,
    time::{sleep_until, timeout},
};

use super::{
    echo, fanout,
    plan::Work,
    process::{Own, Process, Usage},
    record::Record,
    socket::Socket,
    station::{Job, Stage, Station},
    trouble::Trouble,
    visits,
};

/// Connections that one thread opens at a time; a server's queue of those it has not accepted yet holds more.
const OPENING: usize = 64;

/// Counts are told this often.
pub(super) const SLICE: Duration = Duration::from_secs(1);

/// How long what is under way may take when all is measured.
const LEAVING: Duration = Duration::from_secs(2);

/// What a worker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Open the connections, and wait.
    Open,
    /// Begin now; count from one time to another.
    Work(Instant, Instant),
    /// Ask idle connections whether they live: the first time, the second.
    Ask(u64),
    /// End early.
    Stop,
}

/// What a worker tells.
#[derive(Debug)]
pub(super) enum Report {
    /// So many more connections are open.
    Opened(usize),
    /// All are open that can be; what happened to the others.
    Ready(Record),
    /// What was counted since the last slice.
    Slice(Slice),
    /// The server's memory before all that was counted, and after it with the connections still open.
    Memory(Option<u64>, Option<u64>),
    /// It is over; the last thing that is told, whatever happened.
    Done,
}

/// What one thread counted in one span.
#[derive(Debug)]
pub(super) struct Slice {
    pub(super) worker: usize,
    pub(super) number: usize,
    pub(super) span: Duration,
    pub(super) record: Record,
    pub(super) own: Option<Own>,
    /// What the server took meanwhile: only the first worker looks, and no other thread, so that both are of one span.
    pub(super) server: Option<Usage>,
}

/// A look at the clocks: the time's, this thread's, the server's.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    own: Option<Own>,
    server: Option<Usage>,
}

impl Look {
    fn now(process: Option<Process>) -> Self {
        Self { server: process.and_then(Process::usage), own: Own::now(), at: Instant::now() }
    }
}

/// One thread of the client.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) number: usize,
    /// The numbers of its connections.
    pub(super) share: Range<usize>,
    pub(super) job: Arc<Job>,
    pub(super) orders: watch::Receiver<Order>,
    pub(super) reports: mpsc::UnboundedSender<Report>,
}

impl Worker {
    /// Runs to the end.
    pub(super) fn run(mut self) {
        // Without a runtime there is nothing to count, and that is seen.
        let _ = self.work();
        self.tell(Report::Done);
    }

    fn work(&mut self) -> io::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let station = Arc::new(Station::new(self.job.clone())?);
            let alarm = tokio::spawn({
                let station = station.clone();
                async move { station.alarm.run().await }
            });
            match self.job.plan.work {
                Work::Idle { .. } => self.hold(&station).await,
                _ => self.load(&station).await,
            }
            alarm.abort();
            Ok(())
        })
        // Whoever is still at it is dropped with the runtime.
    }

    pub(super) fn tell(&self, report: Report) {
        // Nobody listens any more when the run was broken off.
        let _ = self.reports.send(report);
    }

    /// Has the connections work from an order to its end.
    async fn load(&mut self, station: &Arc<Station>) {
        let mut tasks = JoinSet::new();
        let is_visiting =
            matches!(station.job.plan.work, Work::Handshake { .. } | Work::Churn { .. });
        let sockets = if is_visiting { Vec::new() } else { self.open(station).await };
        if is_visiting {
            self.tell(Report::Ready(Record::default()));
        }
        let Some(Order::Work(from, until)) = self.next_order().await else {
            return;
        };
        for (number, socket) in sockets {
            let station = station.clone();
            match station.job.plan.work {
                Work::Fanout { .. } => tasks.spawn(fanout::run(socket, number, station)),
                _ => tasks.spawn(echo::run(socket, number, station)),
            };
        }
        for slot in self.share.clone().filter(|_| is_visiting) {
            tasks.spawn(visits::run(slot, station.clone()));
        }
        self.count(station, &mut tasks, from, until).await;
        station.desk().stage = Stage::Ending;
        let _ = timeout(LEAVING, all_of(&mut tasks)).await;
    }

    /// Tells what is counted, slice by slice.
    async fn count(
        &mut self,
        station: &Station,
        tasks: &mut JoinSet<()>,
        from: Instant,
        until: Instant,
    ) {
        let mut goes_on = self.go_on(tasks, from).await;
        // What was lost before counts: it is missing from then on.
        station.desk().record.forget_work();
        let process = self.job.plan.process.filter(|_| self.number == 0);
        let memory = || process.and_then(Process::proportional_bytes);
        let (before, mut last, mut number) = (memory(), Look::now(process), 0);
        // Whatever happened, there is one slice to tell of it.
        while number == 0 || goes_on && last.at < until {
            let end = (from + SLICE * (number as u32 + 1)).min(until);
            goes_on = goes_on && self.go_on(tasks, end).await;
            let now = Look::now(process);
            let (worker, span, record) = (self.number, now.at - last.at, station.take_record());
            let own = now.own.zip(last.own).map(|(now, last)| now.since(last));
            let server = now.server.zip(last.server).map(|(now, last)| now.since(last));
            self.tell(Report::Slice(Slice { worker, number, span, record, own, server }));
            (last, number) = (now, number + 1);
        }
        if self.number == 0 {
            self.tell(Report::Memory(before, memory()));
        }
    }

    /// Waits; tells whether there is a reason to go on afterwards.
    async fn go_on(&mut self, tasks: &mut JoinSet<()>, until: Instant) -> bool {
        // A timer would take up to a millisecond to find out.
        if until <= Instant::now() {
            return true;
        }
        tokio::select! {
            biased;
            () = self.stopped() => false,
            () = all_of(tasks) => false,
            () = sleep_until(until.into()) => true,
        }
    }

    async fn stopped(&mut self) {
        // When nobody gives orders any more, there is nothing to go on for.
        let _ = self.orders.wait_for(|order| *order == Order::Stop).await;
    }

    /// The next order that is not to stop.
    pub(super) async fn next_order(&mut self) -> Option<Order> {
        self.orders.changed().await.ok()?;
        let order = *self.orders.borrow_and_update();
        (order != Order::Stop).then_some(order)
    }

    /// Opens the connections, and tells how that went.
    pub(super) async fn open(&mut self, station: &Arc<Station>) -> Vec<(usize, Socket)> {
        let (mut numbers, mut opening) = (self.share.clone(), JoinSet::new());
        let (mut sockets, mut record) = (Vec::with_capacity(numbers.len()), Record::default());
        loop {
            while opening.len() < OPENING
                && let Some(number) = numbers.next()
            {
                let station = station.clone();
                opening.spawn(async move { (number, station.job.door.open(number).await) });
            }
            let opened = tokio::select! {
                () = self.stopped() => None,
                opened = opening.join_next() => opened,
            };
            match opened {
                Some(Ok((number, Ok(socket)))) => {
                    sockets.push((number, socket));
                    self.tell(Report::Opened(1));
                }
                Some(Ok((_, Err(trouble)))) => record.lost(&trouble),
                Some(Err(_)) => record.lost(&Trouble::Foreign),
                None => break,
            }
        }
        self.tell(Report::Ready(record));
        sockets
    }
}

/// Waits until all of them have ended.
pub(super) async fn all_of(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}
