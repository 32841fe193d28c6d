//! The library without a socket: a `WebSocket` on a line in memory, echoing.

use std::{error::Error, fmt};

use sockeye::WebSocket;

use super::{
    line::{self, Line, Player},
    reads::{reads, reply_len},
};

/// How the handler takes and gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    RecvWith,
    RecvSend,
}

impl Manner {
    pub(super) const ALL: [Self; 2] = [Self::RecvWith, Self::RecvSend];
}

impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RecvWith => "recv_with",
            Self::RecvSend => "recv+send",
        })
    }
}

pub(super) async fn echo_lent(mut ws: WebSocket<Line>) {
    while let Ok(Some(sent)) = ws.recv_with(|message, out| out.try_send(message).is_ok()).await {
        assert!(sent, "expected room for the echo of one read, got none");
    }
}

async fn echo_owned(mut ws: WebSocket<Line>) {
    while let Ok(Some(message)) = ws.recv().await {
        ws.send(message).await.expect("a line takes everything");
    }
}

pub(super) fn run(
    manner: Manner,
    payload_len: usize,
    depth: usize,
    laps: usize,
) -> Result<usize, Box<dyn Error>> {
    let runtime = line::idle_runtime()?;
    let _entered = runtime.enter();
    let reads = reads(payload_len, depth);
    let line = Line::default();
    let ws = WebSocket::server(line.clone(), Default::default(), Default::default(), &[]);
    let mut player = match manner {
        Manner::RecvWith => Player::new(line, echo_lent(ws)),
        Manner::RecvSend => Player::new(line, echo_owned(ws)),
    };
    for _ in 0..laps {
        for read in &reads {
            assert_eq!(player.play(read), reply_len(read, depth), "the echo of a read");
        }
    }
    Ok(laps * reads.len() * depth)
}

#[cfg(test)]
mod tests {
    use sockeye::WebSocket;

    use super::{echo_lent, echo_owned};
    use crate::{
        cell::{Arrival, Cell},
        cost::{
            line::{self, Line, Player},
            reads::reads,
        },
    };

    #[test]
    fn an_echo_is_what_was_sent_without_its_masks() {
        let runtime = line::idle_runtime().expect("a runtime");
        let _entered = runtime.enter();
        let lap = Cell { payload_len: 1024, arrival: Arrival::OneByOne }.lap();
        let reads = reads(1024, 32);
        for lent in [true, false] {
            let line = Line::default();
            let ws = WebSocket::server(line.clone(), Default::default(), Default::default(), &[]);
            let mut player = match lent {
                true => Player::new(line.clone(), echo_lent(ws)),
                false => Player::new(line.clone(), echo_owned(ws)),
            };
            let mut replies = Vec::new();
            for read in &reads {
                player.play(read);
                replies.extend(line.take_written());
            }
            assert!(lap.replies.starts_with(&replies), "lent: {lent}");
        }
    }
}
