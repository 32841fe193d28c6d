//! A compressed echo: JSON of 1 KiB, inflated, lent, deflated.

use std::{error::Error, fmt, fmt::Write as _, io::IoSlice, sync::Arc, time::Instant};

use sockeye::{DeflateParams, Negotiated, WebSocket, WindowBits, bytes::Bytes};
use sockeye_proto::{Config, Connection};

use super::{
    line::{self, Line, Player},
    portable::echo_lent,
};

/// Whether both sides keep their windows from one message to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takeover {
    Kept,
    None,
}

impl Takeover {
    pub(super) const ALL: [Self; 2] = [Self::Kept, Self::None];

    fn params(self) -> DeflateParams {
        let bits = WindowBits::new(12).expect("8 to 15");
        DeflateParams {
            server_no_context_takeover: self == Self::None,
            client_no_context_takeover: self == Self::None,
            server_max_window_bits: bits,
            client_max_window_bits: bits,
        }
    }
}

impl fmt::Display for Takeover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "takeover",
            Self::None => "no-takeover",
        })
    }
}

/// Messages in a lap.
const MESSAGES: usize = 64;

/// Characters of a message, at least.
const TEXT_LEN: usize = 1024;

pub(super) fn run(takeover: Takeover, laps: usize) -> Result<usize, Box<dyn Error>> {
    let runtime = line::idle_runtime()?;
    let _entered = runtime.enter();
    let (config, params) = (Arc::new(Config::default()), takeover.params());
    // A window that begins empty refers to nothing before it, so the same frames can come again.
    let mut client = Connection::client(config.clone(), Some(params), [7; 32], Instant::now());
    let frames: Vec<Bytes> = (0..MESSAGES).map(|number| sent(&mut client, &text(number))).collect();
    let mut negotiated = Negotiated::default();
    negotiated.deflate = Some(params);
    let line = Line::default();
    let ws = WebSocket::server(line.clone(), config, negotiated, &[]);
    let mut player = Player::new(line, echo_lent(ws));
    for _ in 0..laps {
        for frame in &frames {
            let written = player.play(frame);
            assert!(
                (1..TEXT_LEN).contains(&written),
                "expected a smaller echo, got {written} bytes"
            );
        }
    }
    Ok(laps * MESSAGES)
}

/// A message as the client sends it.
fn sent(client: &mut Connection, text: &str) -> Bytes {
    client.send(text).expect("the output is empty");
    let mut slices = [IoSlice::new(&[]); 16];
    let filled = client.poll_output(&mut slices);
    let bytes: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.iter().copied()).collect();
    client.handle_written(bytes.len());
    assert_eq!(client.queued(), 0, "all of it fits the slices");
    bytes.into()
}

/// Trades, as an exchange tells of them.
fn text(number: usize) -> String {
    let mut text = format!("{{\"sequence\":{number},\"trades\":[");
    let mut trade = number * 17;
    while text.len() < TEXT_LEN {
        let (price, size) = (41_000 + trade * 7919 % 997, 1 + trade * 104_729 % 89);
        let _ = write!(
            text,
            "{{\"id\":{trade},\"symbol\":\"XBT-EUR\",\"price\":\"{price}.50\",\"size\":{size},\"side\":\"buy\"}},"
        );
        trade += 1;
    }
    text.push_str("{}]}");
    text
}
