//! The servers that are compared: what each is called, how it is set up, and how it is started.

use super::{
    cell::Job,
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
    pub(super) fn warm_seconds(&self) -> f64 {
        match self {
            Self::Node => 1.0,
            _ => 0.3,
        }
    }
}

const WEBSOCKET: &str = "websocket";
const ALL: &[Job] = &[Job::Echo, Job::Broadcast, Job::Deflate, Job::Tls];
const PLAIN: &[Job] = &[Job::Echo];

/// Those that are built or installed here.
pub(super) fn known() -> Vec<Contestant> {
    let ours = |name: &str, variant: &'static [&'static str], jobs, how| Contestant {
        name: name.into(),
        program: Program::Ours("sockeye", variant),
        jobs,
        framing: WEBSOCKET,
        how,
    };
    let raw = |name: &str, program, how| Contestant {
        name: name.into(),
        program: Program::Ours(program, &[]),
        jobs: PLAIN,
        framing: "raw",
        how,
    };
    let peer = |name: &str, program, package, jobs, how| Contestant {
        name: name.into(),
        program: Program::Peer(program, package),
        jobs,
        framing: WEBSOCKET,
        how,
    };
    vec![
        raw("raw-epoll", "raw_epoll", "bytes echoed on edge-triggered epoll, no protocol"),
        raw("raw-tokio", "raw_tokio", "bytes echoed on tokio, no protocol"),
        ours(
            "sockeye-engine-lent",
            &["engine", "lent"],
            ALL,
            "`Server::engines(1)`, `recv_with`; fan-out: `Prepared`",
        ),
        ours(
            "sockeye-engine-recv",
            &["engine", "recv"],
            PLAIN,
            "`Server::engines(1)`, `recv`, `feed`",
        ),
        ours(
            "sockeye-portable-lent",
            &["portable", "lent"],
            ALL,
            "`Server` on tokio, `recv_with`; fan-out: `Prepared`",
        ),
        ours(
            "sockeye-portable-recv",
            &["portable", "recv"],
            PLAIN,
            "`Server` on tokio, `recv`, `feed`",
        ),
        peer(
            "tungstenite",
            "tungstenite",
            "tokio-tungstenite",
            &[Job::Echo],
            "all messages that are there, then one flush",
        ),
    ]
}

/// Those that take part.
pub(super) fn chosen(plan: &Plan) -> Vec<Contestant> {
    let mut chosen = known();
    chosen.retain(|contestant| plan.wants(&contestant.name));
    chosen.extend(plan.also.iter().map(|Also { name, command }| Contestant {
        name: name.clone(),
        program: Program::Command(command.clone()),
        jobs: if command.contains("{job}") { ALL } else { PLAIN },
        framing: WEBSOCKET,
        how: "named on the command line",
    }));
    chosen
}
