//! What the server and the machine took, as the kernel counts it.

use std::{fs, time::Instant};

/// Nanoseconds of a tick in `/proc/stat`, which Linux shows in hundredths of a second everywhere.
const TICK_NANOS: u64 = 10_000_000;

/// Where the server's figures are found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gauge {
    server: u32,
}

/// All counters at one moment, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) at: Instant,
    server: u64,
    client: u64,
    machine: u64,
}

/// What was taken between two readings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) seconds: f64,
    /// Processor time of the server, all threads of it.
    pub(crate) server_nanos: u64,
    pub(crate) client_nanos: u64,
    /// Cores that somebody else had meanwhile, the host of this machine among them.
    pub(crate) foreign_cores: f64,
}

/// Memory of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    /// Pages that are shared count in part.
    pub(crate) proportional: u64,
}

impl Gauge {
    pub(crate) fn new(server: u32) -> Self {
        Self { server }
    }

    pub(crate) fn read(self) -> Result<Reading, String> {
        Ok(Reading {
            at: Instant::now(),
            server: run_time(&self.server.to_string())?,
            client: run_time("self")?,
            machine: machine()?,
        })
    }

    pub(crate) fn spent_since(self, start: Reading) -> Result<Spent, String> {
        let end = self.read()?;
        let seconds = (end.at - start.at).as_secs_f64();
        let server_nanos = end.server.saturating_sub(start.server);
        let client_nanos = end.client.saturating_sub(start.client);
        let machine = end.machine.saturating_sub(start.machine);
        let foreign = machine.saturating_sub(server_nanos + client_nanos);
        let foreign_cores = foreign as f64 / 1e9 / seconds;
        Ok(Spent { seconds, server_nanos, client_nanos, foreign_cores })
    }

    pub(crate) fn memory(self) -> Result<Memory, String> {
        let file = format!("/proc/{}/smaps_rollup", self.server);
        let text = read(&file)?;
        let bytes = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes =
                line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            kilobytes
                .map(|number| number << 10)
                .ok_or(format!("expected {name} in {file}, got none"))
        };
        Ok(Memory { resident: bytes("Rss:")?, proportional: bytes("Pss:")? })
    }
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("expected {file}, got {error}"))
}

/// What the scheduler gave to all threads of a process.
fn run_time(process: &str) -> Result<u64, String> {
    let folder = format!("/proc/{process}/task");
    let threads =
        fs::read_dir(&folder).map_err(|error| format!("expected {folder}, got {error}"))?;
    let mut sum = 0;
    for thread in threads.flatten() {
        // A thread may have ended meanwhile.
        let text = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        sum += text.split(' ').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(sum)
}

/// What all cores did: neither idle nor waiting for a disk. What the host took away is among it.
fn machine() -> Result<u64, String> {
    let text = read("/proc/stat")?;
    let ticks = text.lines().find_map(|line| line.strip_prefix("cpu "));
    let ticks: Vec<u64> =
        ticks.unwrap_or_default().split_whitespace().flat_map(str::parse).collect();
    let [user, nice, system, _idle, _disk, hard, soft, stolen, ..] = ticks[..] else {
        return Err("expected eight numbers for all cores in /proc/stat, got fewer".into());
    };
    Ok((user + nice + system + hard + soft + stolen) * TICK_NANOS)
}
