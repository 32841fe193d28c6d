//! Instructions per message, as callgrind counts them: they do not move with what else the machine does.

use std::{env, error::Error, fmt, process::Command, sync::Arc, time::Instant};

use sockeye_proto::{Config, Connection};

use crate::{
    cell::{Arrival, Cell, Lap, PAYLOAD_LENS},
    echo::{self, Echo},
    report,
    wire::Wire,
};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    work: Work,
    payload_len: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// An echo as it was lent.
    ByReference,
    /// An echo as a message of its own.
    Whole,
    /// A client's send, masked, without a read.
    ClientSend,
    /// The copies of the wire, which are in the first two.
    Wire,
}

/// Laps of the first of two runs; the second has twice as many, and their difference is what counts.
const LAPS: usize = 2;

impl Job {
    fn all() -> impl Iterator<Item = Self> {
        [Work::ByReference, Work::Whole, Work::ClientSend, Work::Wire].into_iter().flat_map(
            |work| PAYLOAD_LENS.into_iter().map(move |payload_len| Self { work, payload_len }),
        )
    }

    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        Self::all().find(|job| job.to_string() == name).ok_or_else(|| {
            let names: Vec<String> = Self::all().map(|job| job.to_string()).collect();
            format!("expected one of {}, got {name}", names.join(", "))
        })
    }

    fn lap(self) -> Lap {
        Cell { payload_len: self.payload_len, arrival: Arrival::OneByOne }.lap()
    }

    fn open(self, wire: Wire) -> Box<dyn Echo> {
        match self.work {
            Work::ByReference => echo::by_reference(wire),
            Work::Whole => echo::whole(wire),
            Work::ClientSend => Box::new(Client::new(wire, self.payload_len)),
            Work::Wire => echo::bare(wire),
        }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = match self.work {
            Work::ByReference => "by-reference",
            Work::Whole => "whole",
            Work::ClientSend => "client-send",
            Work::Wire => "wire",
        };
        write!(f, "{work}-{}", self.payload_len)
    }
}

/// A client that sends the same payload again and again and reads nothing.
struct Client {
    wire: Wire,
    connection: Connection,
    payload: Vec<u8>,
}

impl Client {
    fn new(wire: Wire, payload_len: usize) -> Self {
        let config = Arc::new(Config::default());
        let connection = Connection::client(config, None, [7; 32], Instant::now());
        Self { wire, connection, payload: vec![b'x'; payload_len] }
    }
}

impl Echo for Client {
    fn echo(&mut self, messages: usize) {
        for _ in 0..messages {
            self.connection.send(&self.payload).expect("the output is empty");
            echo::write_out(&mut self.connection, &self.wire);
        }
    }
}

/// Does a job, for callgrind to watch.
pub(crate) fn run(job: Job, laps: usize) -> Result<(), Box<dyn Error>> {
    let lap = job.lap();
    let wire = Wire::new(&lap);
    let mut codec = job.open(wire.clone());
    for _ in 0..laps {
        codec.lap(&lap.arrivals);
    }
    report::print(&format!("{job}: {} messages, {} bytes", laps * lap.messages(), wire.written()))?;
    Ok(())
}

/// Counts every job by running this program under callgrind.
pub(crate) fn valgrind() -> Result<(), Box<dyn Error>> {
    let mut counts = Vec::new();
    for job in Job::all() {
        let (once, twice) = (collected(job, LAPS)?, collected(job, 2 * LAPS)?);
        let messages = LAPS * job.lap().messages();
        counts.push((job.to_string(), (twice - once) as f64 / messages as f64));
    }
    report::print(&report::counts(&counts))?;
    Ok(())
}

/// Instructions of one run, from start to end.
fn collected(job: Job, laps: usize) -> Result<u64, Box<dyn Error>> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["icount", &job.to_string(), &laps.to_string()])
        .output()
        .map_err(|problem| format!("expected valgrind, got {problem}"))?;
    let said = String::from_utf8_lossy(&run.stderr);
    let count = said.lines().find_map(|line| line.split_once("Collected :"));
    match count.and_then(|(_, count)| count.trim().parse().ok()) {
        Some(count) if run.status.success() => Ok(count),
        _ => Err(format!("expected a count from valgrind, got {}: {said}", run.status).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::Job;

    #[test]
    fn every_job_is_found_by_its_name() {
        for job in Job::all() {
            assert_eq!(Job::parse(&job.to_string()), Ok(job));
        }
        assert!(Job::parse("whole-21").is_err());
    }
}
