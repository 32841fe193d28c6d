//! The jobs whose instructions `cargo xtask cost` counts. Each does the same in every run, so that a count moves only
//! when the code does: no clock that decides anything, no seed, no other thread but the engine's own.
//!
//! This does a job, for callgrind to watch; counting and judging are the caller's.

mod core;
mod line;
mod reads;

mod portable;
mod handshake;
mod deflate;
mod fan_out;
#[cfg(target_os = "linux")]
mod engine;
#[cfg(not(target_os = "linux"))]
#[path = "cost/no_engine.rs"]
mod engine;

use std::{error::Error, fmt};

use self::{core::Side, deflate::Takeover, handshake::Door, portable::Manner};
pub(crate) use engine::{Visit, visit};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// The core alone.
    Core(Side, usize),
    /// A `WebSocket` over a line in memory: payload and messages a read.
    Portable(Manner, usize, usize),
    /// From the first byte of a request to the WebSocket, and its end.
    Handshake(Door),
    /// A `WebSocket` that inflates and deflates what it echoes.
    Deflate(Takeover),
    /// One message, encoded once, to many.
    FanOut(fan_out::Way),
    /// A server of one engine on a TCP port, and a client in another process: payload and messages a read.
    Engine(usize, usize),
}

/// The sizes of the payloads.
const PAYLOAD_LENS: [usize; 3] = [20, 1024, 16 * 1024];

/// How many messages a read brings: one, or what a busy peer sends at once.
const DEPTHS: [usize; 2] = [1, 32];

impl Job {
    pub(crate) fn all() -> Vec<Self> {
        let mut jobs = Vec::new();
        for side in Side::ALL {
            jobs.extend(PAYLOAD_LENS.map(|len| Self::Core(side, len)));
        }
        for manner in Manner::ALL {
            for depth in DEPTHS {
                jobs.extend(PAYLOAD_LENS.map(|len| Self::Portable(manner, len, depth)));
            }
        }
        jobs.extend(Door::ALL.map(Self::Handshake));
        jobs.extend(Takeover::ALL.map(Self::Deflate));
        jobs.extend(fan_out::Way::ALL.map(Self::FanOut));
        for depth in DEPTHS {
            jobs.extend(PAYLOAD_LENS.map(|len| Self::Engine(len, depth)));
        }
        jobs
    }

    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        Self::all().into_iter().find(|job| job.to_string() == name).ok_or_else(|| {
            let names: Vec<String> = Self::all().iter().map(Self::to_string).collect();
            format!("expected one of {}, got {name}", names.join(", "))
        })
    }

    /// Does the job so many times over; tells how many messages that were.
    pub(crate) fn run(self, laps: usize) -> Result<usize, Box<dyn Error>> {
        match self {
            Self::Core(side, payload_len) => Ok(core::run(side, payload_len, laps)),
            Self::Portable(manner, payload_len, depth) => {
                portable::run(manner, payload_len, depth, laps)
            }
            Self::Handshake(door) => handshake::run(door, laps),
            Self::Deflate(takeover) => deflate::run(takeover, laps),
            Self::FanOut(way) => fan_out::run(way, laps),
            Self::Engine(payload_len, depth) => engine::run(payload_len, depth, laps),
        }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core(side, len) => write!(f, "core/{side}/{}", Size(*len)),
            Self::Portable(manner, len, depth) => {
                write!(f, "portable/{manner}/{}/x{depth}", Size(*len))
            }
            Self::Handshake(door) => write!(f, "handshake/{door}"),
            Self::Deflate(takeover) => write!(f, "deflate/{takeover}/1KiB"),
            Self::FanOut(way) => write!(f, "{way}/1KiB/{}", fan_out::SOCKETS),
            Self::Engine(len, depth) => write!(f, "engine/{}/x{depth}", Size(*len)),
        }
    }
}

/// A payload's length, as it stands in a name.
struct Size(usize);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            len if len >= 1024 => write!(f, "{}KiB", len / 1024),
            len => write!(f, "{len}B"),
        }
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
        assert!(Job::parse("core/whole/21B").is_err());
    }

    #[test]
    fn every_job_does_as_many_messages_a_lap() {
        for job in Job::all().into_iter().filter(|job| !matches!(job, Job::Engine(..))) {
            let [once, twice] = [1, 2].map(|laps| job.run(laps).expect("it runs"));
            assert!(once > 0 && twice == 2 * once, "{job}: {once}, {twice}");
        }
    }
}
