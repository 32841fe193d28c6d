//! The servers that are compared: what each is called, how it is set up, and how it is started.

use super::{
    cell::{Job, Kind},
    plan::{Also, Plan},
};

/// A server.
#[derive(Clone, Debug)]
pub(super) struct Contestant {
    pub(super) name: String,
    pub(super) program: Program,
    pub(super) jobs: &'static [Job],
    pub(super) framing: &'static str,
    /// What is done with it, in words.
    pub(super) how: &'static str,
}

/// What is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// Of the package `servers`, with what stands before the job.
    Ours(&'static str, &'static [&'static str]),
    /// Of the package `peers`; the crate whose version counts.
    Peer(&'static str, &'static str),
    /// `ws`, on Node.
    Node,
    /// `picows`, on Python.
    Python,
    /// Somebody's own.
    Command(String),
}

impl Program {
    /// How long it runs before it is measured: code that is compiled while it runs takes longer.
    pub(super) fn warm_seconds(&self, seconds: f64) -> f64 {
        match self {
            Self::Node => 1.0,
            _ => seconds.min(0.3),
        }
    }
}

impl Contestant {
    /// Whether a cell can be asked of it.
    pub(super) fn does(&self, kind: Kind) -> bool {
        let is_raw = self.framing == RAW;
        self.jobs.contains(&kind.job()) && !(is_raw && kind == Kind::Handshake)
    }
}

const RAW: &str = "raw";
const WEBSOCKET: &str = "websocket";
const ALL: &[Job] = &[Job::Echo, Job::Broadcast, Job::Deflate, Job::Tls];
const PLAIN: &[Job] = &[Job::Echo];

/// What Node and Python install.
pub(super) const WS: &[&str] = &["ws@8.23.0", "bufferutil@4.1.0"];
pub(super) const PICOWS: &[&str] = &["picows==2.3.1", "uvloop==0.23.0"];

/// Those that are built or installed here.
pub(super) fn known() -> Vec<Contestant> {
    [raw(), ours(), rust_peers(), other_peers()].concat()
}

fn raw() -> Vec<Contestant> {
    let raw = |name: &str, program, how| Contestant {
        name: name.into(),
        program: Program::Ours(program, &[]),
        jobs: PLAIN,
        framing: RAW,
        how,
    };
    vec![
        raw("raw-epoll", "raw_epoll", "bytes echoed on edge-triggered epoll: the limit"),
        raw("raw-tokio", "raw_tokio", "bytes echoed on tokio: the limit of whoever stands on it"),
    ]
}

fn ours() -> Vec<Contestant> {
    let ours = |name: &str, variant: &'static [&'static str], jobs, how| Contestant {
        name: name.into(),
        program: Program::Ours("sockeye", variant),
        jobs,
        framing: WEBSOCKET,
        how,
    };
    vec![
        ours(
            "sockeye-engine-lent",
            &["engine", "lent"],
            ALL,
            "`Server::engines_by(Polling::Epoll, 1)`, `recv_with`; fan-out by `Broadcast`",
        ),
        ours(
            "sockeye-engine-each",
            &["engine", "each"],
            PLAIN,
            "`Server::engines_by(Polling::Epoll, 1)`, `recv_each`",
        ),
        ours(
            "sockeye-uring-each",
            &["uring", "each"],
            &[Job::Echo, Job::Broadcast],
            "`Server::engines_by(Polling::IoUring, 1)`, `recv_each`; fan-out by `Broadcast`",
        ),
        ours(
            "sockeye-engine-recv",
            &["engine", "recv"],
            PLAIN,
            "`Server::engines_by(Polling::Epoll, 1)`, `recv` and `feed`",
        ),
        ours(
            "sockeye-portable-lent",
            &["portable", "lent"],
            ALL,
            "`Server` on tokio, `recv_with`; fan-out by `Broadcast`",
        ),
        ours(
            "sockeye-portable-recv",
            &["portable", "recv"],
            PLAIN,
            "`Server` on tokio, `recv` and `feed`",
        ),
    ]
}

fn rust_peers() -> Vec<Contestant> {
    let peer = |program, package: &'static str, jobs, how| Contestant {
        name: package.into(),
        program: Program::Peer(program, package),
        jobs,
        framing: WEBSOCKET,
        how,
    };
    vec![
        peer(
            "tungstenite",
            "tokio-tungstenite",
            &[Job::Echo, Job::Broadcast, Job::Tls],
            "all messages that are there, then one flush; fan-out by a channel of tokio's",
        ),
        peer(
            "fastwebsockets",
            "fastwebsockets",
            &[Job::Echo, Job::Tls],
            "its own echo server: each frame is written at once",
        ),
        peer(
            "tokio_websockets",
            "tokio-websockets",
            &[Job::Echo, Job::Broadcast],
            "the limits of its own echo server, a threshold of 256 KiB; all that are there, then one flush; \
             fan-out by a channel",
        ),
        peer(
            "yawc",
            "yawc",
            &[Job::Echo, Job::Broadcast, Job::Deflate],
            "the buffers of its own comparison, UTF-8 checked; all that are there, then one flush; \
             fan-out by a channel; deflate at its fast level",
        ),
        peer(
            "wtx",
            "wtx",
            &[Job::Echo, Job::Deflate],
            "its own echo: each frame is written at once; 0.46.1, since newer ones need a newer compiler",
        ),
        peer(
            "sockudo_ws",
            "sockudo-ws",
            &[Job::Echo, Job::Broadcast],
            "the handshake of its own example; all that are there, then one flush; fan-out by a channel",
        ),
    ]
}

fn other_peers() -> Vec<Contestant> {
    let other = |name: &str, program, jobs, how| Contestant {
        name: name.into(),
        program,
        jobs,
        framing: WEBSOCKET,
        how,
    };
    vec![
        other(
            "ws",
            Program::Node,
            &[Job::Echo, Job::Broadcast, Job::Deflate],
            "on Node, with bufferutil; its own echo and broadcast; warmed up for a second",
        ),
        other(
            "picows",
            Program::Python,
            &[Job::Echo, Job::Broadcast],
            "on Python with uvloop; its own echo, and a broadcast like it",
        ),
    ]
}

/// Those that take part: the ones that were chosen, the one that they are compared with, and those of the command line.
pub(super) fn chosen(plan: &Plan) -> Result<Vec<Contestant>, String> {
    let mut all = known();
    all.extend(plan.also.iter().map(|Also { name, command }| Contestant {
        name: name.clone(),
        program: Program::Command(command.clone()),
        jobs: if command.contains("{job}") { ALL } else { PLAIN },
        framing: WEBSOCKET,
        how: "named on the command line",
    }));
    let names: Vec<&str> = all.iter().map(|contestant| contestant.name.as_str()).collect();
    plan.check(&names)?;
    all.retain(|Contestant { name, .. }| {
        plan.wants(name) || *name == plan.against || plan.also.iter().any(|also| also.name == *name)
    });
    Ok(all)
}
