//! The runs of all servers: cell after cell, round after round, in each round all of them in an order of its own.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::{
    build::Built,
    cell::{Cell, Kind},
    contestant::Contestant,
    host::Host,
    plan::Plan,
    results::{Entry, Measured, Results},
    run::{self, Run},
};
use crate::output;

pub(super) struct Contest<'p> {
    plan: &'p Plan,
    built: &'p Built,
    order: Order,
}

impl<'p> Contest<'p> {
    pub(super) fn new(plan: &'p Plan, built: &'p Built) -> Self {
        Self { plan, built, order: Order::new() }
    }

    pub(super) fn run(mut self) -> Results {
        let (rounds, servers) = (self.plan.runs, self.built.contestants.len());
        output::complaint(format_args!("{servers} servers, {rounds} rounds a cell"));
        let mut cells = Vec::new();
        let start = Instant::now();
        for (number, cell) in self.plan.cells.iter().enumerate() {
            let all = self.plan.cells.len();
            let minutes = start.elapsed().as_secs_f64() / 60.0;
            output::complaint(format_args!("[{}/{all}] {cell} ({minutes:.1} min)", number + 1));
            cells.push(self.cell(*cell));
        }
        Results::new(self.plan, self.built, Host::of_this_machine(), cells)
    }

    fn cell(&mut self, cell: Cell) -> Measured {
        let takes_part = |contestant: &&Contestant| contestant.does(cell.kind);
        let contestants: Vec<&Contestant> =
            self.built.contestants.iter().filter(takes_part).collect();
        let mut entries: Vec<Entry> =
            contestants.iter().map(|contestant| Entry::new(&contestant.name)).collect();
        // Memory is the same each time, and takes long to come to rest.
        let runs = if cell.kind == Kind::Idle { 1 } else { self.plan.runs };
        for _ in 0..runs {
            let mut places: Vec<usize> = (0..contestants.len()).collect();
            self.order.shuffle(&mut places);
            for place in places {
                if let (Some(contestant), Some(entry)) =
                    (contestants.get(place), entries.get_mut(place))
                    && entry.trouble.is_none()
                {
                    entry.add(self.once(contestant, cell));
                }
            }
        }
        for entry in entries.iter() {
            if let Some(trouble) = &entry.trouble {
                output::complaint(format_args!("  {}: {trouble}", entry.server));
            }
        }
        Measured { cell, entries }
    }

    fn once(&self, contestant: &Contestant, cell: Cell) -> Result<Run, String> {
        let run = |rate| run::run(self.plan, self.built, contestant, cell, rate);
        let first = run(None)?;
        match (cell.kind, first.figure("per_second")) {
            (Kind::Latency, Some(most)) => run(Some(most / 2.0)),
            _ => Ok(first),
        }
    }
}

/// An order that nobody can have counted on.
struct Order(u64);

impl Order {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(now.as_nanos() as u64 | 1)
    }

    fn shuffle(&mut self, places: &mut [usize]) {
        for end in (1..places.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            places.swap(end, (self.0 % (end as u64 + 1)) as usize);
        }
    }
}
