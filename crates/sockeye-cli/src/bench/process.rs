//! `Process`: what the server takes of the machine, as `/proc` tells it.

use std::{fs, time::Duration};

use crate::{failure::Failure, system};

/// A process on this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    pid: u32,
}

/// What a process has taken up to now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Processor time of all its threads, gone ones too, in user space and in the kernel; counted in hundredths of a
    /// second.
    pub(super) cpu: Duration,
    /// Bytes in memory, those shared with other processes too.
    pub(super) resident_bytes: u64,
}

impl Usage {
    /// The processor time since an earlier look, and the memory of this one.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self { cpu: self.cpu.saturating_sub(earlier.cpu), ..self }
    }
}

impl Process {
    /// The process, if it can be looked at.
    pub(super) fn find(pid: u32) -> Result<Self, Failure> {
        let process = Self { pid };
        let usage = process.usage().map(drop).ok_or("stat");
        let memory = process.proportional_bytes().map(drop).ok_or("smaps_rollup");
        usage.and(memory).map_err(|file| {
            Failure::unusable(format_args!("cannot read /proc/{pid}/{file} of the server"))
        })?;
        Ok(process)
    }

    /// `None` when the process is gone.
    pub(super) fn usage(self) -> Option<Usage> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
        parse_stat(&stat, system::ticks_per_second(), system::page_bytes())
    }

    /// Its share of memory: pages that several processes have count in parts (PSS).
    pub(super) fn proportional_bytes(self) -> Option<u64> {
        parse_rollup(&fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid)).ok()?)
    }
}

/// See proc(5). The name of the program may hold anything, so what follows is counted from its last parenthesis.
fn parse_stat(text: &str, ticks_per_second: u64, page_bytes: u64) -> Option<Usage> {
    let (_, fields) = text.rsplit_once(')')?;
    let field = |number: usize| fields.split_whitespace().nth(number - 3)?.parse::<u64>().ok();
    let ticks = field(14)?.checked_add(field(15)?)?;
    let cpu = Duration::try_from_secs_f64(ticks as f64 / ticks_per_second as f64).ok()?;
    Some(Usage { cpu, resident_bytes: field(24)?.checked_mul(page_bytes)? })
}

fn parse_rollup(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// How a thread of our own spent its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) running: Duration,
    /// Ready to run, but others had the processor.
    pub(super) queued: Duration,
}

/// What a thread did, as shares of its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shares {
    pub(super) running: f64,
    pub(super) queued: f64,
}

impl Shares {
    /// The share in which it had something to do.
    pub(super) fn busy(self) -> f64 {
        self.running + self.queued
    }
}

impl Own {
    /// Of the thread that asks; `None` where the system does not tell.
    pub(super) fn now() -> Option<Self> {
        parse_schedstat(&fs::read_to_string("/proc/thread-self/schedstat").ok()?)
    }

    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            running: self.running.saturating_sub(earlier.running),
            queued: self.queued.saturating_sub(earlier.queued),
        }
    }

    /// What it did in a span of time.
    pub(super) fn shares(self, span: Duration) -> Shares {
        let share = |part: Duration| part.as_secs_f64() / span.as_secs_f64().max(f64::MIN_POSITIVE);
        Shares { running: share(self.running), queued: share(self.queued) }
    }
}

fn parse_schedstat(text: &str) -> Option<Own> {
    let mut nanos = text.split_whitespace().map(|number| number.parse().ok());
    let mut next = || nanos.next().flatten().map(Duration::from_nanos);
    Some(Own { running: next()?, queued: next()? })
}

#[cfg(test)]
mod tests;
