//! One message, encoded once, to many sockets.

use std::error::Error;

use sockeye::{Prepared, WebSocket};

use super::line::{self, Line};

/// Who receives it.
pub(super) const SOCKETS: usize = 100;

/// Messages in a lap; each is counted once for each socket.
const MESSAGES: usize = 8;

const PAYLOAD_LEN: usize = 1024;

pub(super) fn run(laps: usize) -> Result<usize, Box<dyn Error>> {
    let runtime = line::idle_runtime()?;
    let _entered = runtime.enter();
    let payload = [b'x'; PAYLOAD_LEN];
    let lines: Vec<Line> = (0..SOCKETS).map(|_| Line::default()).collect();
    let open =
        |line: &Line| WebSocket::server(line.clone(), Default::default(), Default::default(), &[]);
    let mut sockets: Vec<WebSocket<Line>> = lines.iter().map(open).collect();
    for _ in 0..laps * MESSAGES {
        let message = Prepared::new(&payload[..]);
        for (ws, line) in sockets.iter_mut().zip(&lines) {
            line.arrive(&Default::default());
            line::finish(ws.send_prepared(&message))?;
            assert_eq!(line.written(), 4 + PAYLOAD_LEN, "a frame of it");
        }
    }
    Ok(laps * MESSAGES * SOCKETS)
}
