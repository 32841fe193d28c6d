//! `Crew`: the workers, and what the main thread does while they work.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::Instant,
};

use tokio::{
    sync::{mpsc, watch},
    time::sleep_until,
};

use super::{
    figures::{Figures, Held, Served},
    process::Process,
    progress::Progress,
    record::Record,
    station::Job,
    timeline::Timeline,
    worker::{Order, Report, Worker},
};
use crate::failure::Failure;

/// The workers, and what they tell.
pub(super) struct Crew {
    job: Arc<Job>,
    orders: watch::Sender<Order>,
    reports: mpsc::UnboundedReceiver<Report>,
    threads: Vec<JoinHandle<()>>,
    stop: watch::Receiver<bool>,
    timeline: Timeline,
    progress: Progress,
    opened: usize,
    /// What happened to connections that did not open.
    not_opened: Record,
    ready: usize,
    done: usize,
    /// Slices, and what was answered in them; an order to ask begins to count anew.
    slices: usize,
    answered: u64,
    /// The server's memory before and after it was measured.
    memory: (Option<u64>, Option<u64>),
}

impl Crew {
    pub(super) fn start(job: Arc<Job>, stop: watch::Receiver<bool>) -> Result<Self, Failure> {
        let (orders, _) = watch::channel(Order::Open);
        let (sender, reports) = mpsc::unbounded_channel();
        let (connections, count) = (job.plan.connections, job.plan.threads);
        let mut threads = Vec::with_capacity(count);
        for number in 0..count {
            let share = connections * number / count..connections * (number + 1) / count;
            let (orders, reports) = (orders.subscribe(), sender.clone());
            let worker = Worker { number, share, job: job.clone(), orders, reports };
            let name = format!("bench-{number}");
            let thread = thread::Builder::new().name(name).spawn(move || worker.run());
            threads.push(thread.map_err(Failure::unusable)?);
        }
        let progress = Progress::new(job.plan.work.noun());
        let timeline = Timeline::new(count);
        Ok(Self {
            job,
            orders,
            reports,
            threads,
            stop,
            timeline,
            progress,
            opened: 0,
            not_opened: Record::default(),
            ready: 0,
            done: 0,
            slices: 0,
            answered: 0,
            memory: (None, None),
        })
    }

    /// Puts load on the server for as long as was asked for.
    pub(super) async fn load(&mut self) -> Result<Figures, Failure> {
        self.open().await?;
        self.job.fan.begin(self.opened);
        let (job, begin) = (self.job.clone(), Instant::now());
        let from = begin + job.plan.warmup;
        let until = from + job.plan.duration;
        self.orders.send_replace(Order::Work(from, until));
        self.progress.stage("warming up");
        if self.go_on(from).await {
            self.progress.measure(job.plan.duration);
            self.go_on(until).await;
        }
        if self.is_stopped() {
            self.orders.send_replace(Order::Stop);
        }
        self.until_all_are_done().await;
        Ok(self.figures(None))
    }

    /// Holds connections, and has all of them asked twice: when they are open, and at the end.
    pub(super) async fn hold(&mut self) -> Result<Figures, Failure> {
        let (job, begin) = (self.job.clone(), Instant::now());
        let plan = &job.plan;
        let look = || plan.process.and_then(Process::proportional_bytes);
        let before_bytes = look();
        self.open().await?;
        let mut held = Held { opening: begin.elapsed(), before_bytes, ..Held::default() };
        self.progress.stage("settling");
        let mut goes_on = self.go_on(begin + held.opening + plan.warmup).await;
        held.open_bytes = look();
        if goes_on {
            held.answered_first = self.ask(0).await;
            self.progress.measure(plan.duration);
            goes_on = self.go_on(Instant::now() + plan.duration).await;
            held.answered_bytes = look();
        }
        if goes_on {
            held.answered_last = self.ask(1).await;
        }
        self.orders.send_replace(Order::Stop);
        self.until_all_are_done().await;
        Ok(self.figures(Some(held)))
    }

    /// Has all connections asked; tells how many answered.
    async fn ask(&mut self, number: u64) -> Option<u64> {
        self.slices = 0;
        self.orders.send_replace(Order::Ask(number));
        let before = self.answered;
        while self.slices < self.threads.len() && self.done < self.threads.len() {
            self.hear().await;
        }
        Some(self.answered - before)
    }

    /// Waits until every connection is open that can be.
    async fn open(&mut self) -> Result<(), Failure> {
        self.progress.open(self.job.plan.connections);
        let mut stop = self.stop.clone();
        while self.ready < self.threads.len() && self.done < self.threads.len() {
            tokio::select! {
                () = self.hear() => {}
                _ = stop.wait_for(|stop| *stop) => {
                    self.orders.send_replace(Order::Stop);
                    return Err(Failure::failed("interrupted before all connections were open"));
                }
            }
        }
        match &self.not_opened.first_trouble {
            Some(trouble) if self.opened == 0 => {
                Err(Failure::unusable(format_args!("no connection opened: {trouble}")))
            }
            _ if self.ready == 0 => Err(Failure::unusable("no thread could start")),
            _ => Ok(()),
        }
    }

    /// Waits; tells whether there is a reason to go on afterwards.
    async fn go_on(&mut self, until: Instant) -> bool {
        let mut stop = self.stop.clone();
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return false,
                () = sleep_until(until.into()) => return true,
                () = self.hear() => {}
            }
            if self.done == self.threads.len() {
                return false;
            }
        }
    }

    /// Takes the next report.
    async fn hear(&mut self) {
        match self.reports.recv().await {
            Some(Report::Opened(count)) => {
                self.opened += count;
                self.progress.opened(self.opened);
            }
            Some(Report::Ready(record)) => {
                self.ready += 1;
                self.not_opened.add(&record);
            }
            Some(Report::Slice(slice)) => {
                self.slices += 1;
                self.answered += slice.record.done;
                if let Some(moment) = self.timeline.add(slice) {
                    self.progress.moment(moment);
                }
            }
            Some(Report::Memory(before, after)) => self.memory = (before, after),
            Some(Report::Done) => self.done += 1,
            None => self.done = self.threads.len(),
        }
    }

    async fn until_all_are_done(&mut self) {
        while self.done < self.threads.len() {
            self.hear().await;
        }
    }

    fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    fn figures(&mut self, held: Option<Held>) -> Figures {
        let is_interrupted = self.is_stopped();
        let timeline = std::mem::replace(&mut self.timeline, Timeline::new(0));
        let (plan, sum) = (&self.job.plan, timeline.finish());
        let (before_bytes, after_bytes) = self.memory;
        let span = sum.span;
        let served = sum.server_cpu().map(|cpu| Served { cpu, span, before_bytes, after_bytes });
        Figures {
            // The query stays out of it: it may hold a token.
            url: plan.url.split(['?', '#']).next().unwrap_or_default().to_owned(),
            work: plan.work,
            message: plan.message,
            connections: plan.connections,
            threads: plan.threads,
            warmup: plan.warmup,
            is_fast: self.job.door.is_fast(),
            opened: self.opened,
            not_opened: std::mem::take(&mut self.not_opened),
            sum,
            served,
            held,
            is_interrupted,
        }
    }

    /// Ends the threads.
    pub(super) fn leave(self) {
        self.progress.end();
        self.orders.send_replace(Order::Stop);
        for thread in self.threads {
            // It said what it had to say before it ended, however it did.
            let _ = thread.join();
        }
    }
}
