//! One message, encoded once, to many sockets: sent to each by its owner, or to all by a broadcast.

use std::{error::Error, fmt};

use sockeye::{Broadcast, Prepared, WebSocket};

use super::line::{self, Line};

/// Who receives it.
pub(super) const SOCKETS: usize = 100;

/// Messages in a lap; each is counted once for each socket.
const MESSAGES: usize = 8;

const PAYLOAD: [u8; 1024] = [b'x'; 1024];

/// Who sends it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Whoever owns all the sockets.
    OneByOne,
    Broadcast,
}

impl Way {
    pub(super) const ALL: [Self; 2] = [Self::OneByOne, Self::Broadcast];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneByOne => "fan-out",
            Self::Broadcast => "broadcast",
        })
    }
}

pub(super) fn run(way: Way, laps: usize) -> Result<usize, Box<dyn Error>> {
    let runtime = line::idle_runtime()?;
    let _entered = runtime.enter();
    let lines: Vec<Line> = (0..SOCKETS).map(|_| Line::default()).collect();
    let open =
        |line: &Line| WebSocket::server(line.clone(), Default::default(), Default::default(), &[]);
    let sockets: Vec<WebSocket<Line>> = lines.iter().map(open).collect();
    match way {
        Way::OneByOne => one_by_one(sockets, &lines, laps)?,
        Way::Broadcast => runtime.block_on(broadcast(sockets, &lines, laps)),
    }
    Ok(laps * MESSAGES * SOCKETS)
}

fn one_by_one(
    mut sockets: Vec<WebSocket<Line>>,
    lines: &[Line],
    laps: usize,
) -> Result<(), Box<dyn Error>> {
    for _ in 0..laps * MESSAGES {
        let message = Prepared::new(&PAYLOAD[..]);
        for (ws, line) in sockets.iter_mut().zip(lines) {
            line.arrive(&Default::default());
            line::finish(ws.send_prepared(&message))?;
            assert_eq!(line.written(), 4 + PAYLOAD.len(), "a frame of it");
        }
    }
    Ok(())
}

async fn broadcast(sockets: Vec<WebSocket<Line>>, lines: &[Line], laps: usize) {
    let room = Broadcast::new();
    let halves: Vec<_> = sockets.into_iter().map(WebSocket::split).collect();
    let _members: Vec<_> = halves.iter().map(|(_, sender)| room.join(sender)).collect();
    for _ in 0..laps * MESSAGES {
        room.send(&PAYLOAD[..]).await;
        room.flush().await;
        for line in lines {
            assert_eq!(line.written(), 4 + PAYLOAD.len(), "a frame of it");
            line.arrive(&Default::default());
        }
    }
}
