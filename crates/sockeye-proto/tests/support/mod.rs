//! What the behaviour tests share: frames as visible hex, one end under test, and two ends joined in memory.
#![allow(unreachable_pub, reason = "a module of several test crates")]
#![allow(dead_code, reason = "each test file uses its own part of this")]

pub mod frames;
pub mod oracle;
pub mod random;

use std::{
    io::IoSlice,
    sync::Arc,
    time::{Duration, Instant},
};

use sockeye_proto::{
    CloseFrame, Closed, Config, Connection, DeflateParams, Event, Input, Message, Role,
};

/// What came out of a connection, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Message(Message),
    Start(u64),
    Part(Vec<u8>, bool),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(CloseFrame),
}

impl From<Event<'_>> for Seen {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Message(message) => Self::Message(message.into_owned()),
            Event::Start(start) => Self::Start(start.len),
            Event::Part(part) => Self::Part(part.data.to_vec(), part.last),
            Event::Ping(payload) => Self::Ping(payload.into_owned()),
            Event::Pong(payload) => Self::Pong(payload.into_owned()),
            Event::Close(frame) => Self::Close(frame),
            other => panic!("an event that no test knows: {other:?}"),
        }
    }
}

pub fn text(text: &str) -> Seen {
    Seen::Message(Message::from(text))
}

pub fn binary(bytes: &[u8]) -> Seen {
    Seen::Message(Message::from(bytes))
}

/// Bytes from hex; white space is for the eye.
pub fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let value = |digit: u8| (digit as char).to_digit(16).expect("a hex digit") as u8;
    digits.chunks(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect()
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A frame with a mask, as a client sends it; the first byte holds FIN, RSV and opcode.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let key = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = unmasked(first, payload);
    frame[1] |= 0x80;
    let header = frame.len() - payload.len();
    frame.truncate(header);
    frame.extend_from_slice(&key);
    frame.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ key[i % 4]));
    frame
}

/// A frame without a mask, as a server sends it.
pub fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        len @ 0..=125 => frame.push(len as u8),
        len @ 126..=0xffff => {
            frame.push(126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// Any moment; from there on a test moves the clock itself.
#[allow(clippy::disallowed_methods, reason = "an `Instant` can be had in no other way")]
pub fn start() -> Instant {
    Instant::now()
}

/// A Close frame's payload.
pub fn close_body(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

/// One end under test, with a clock that moves when it is told to.
pub struct End {
    pub connection: Connection,
    pub now: Instant,
}

impl End {
    pub fn new(role: Role, config: Config, deflate: Option<DeflateParams>) -> Self {
        let (config, now) = (Arc::new(config), start());
        let connection = match role {
            Role::Server => Connection::server(config, deflate, now),
            Role::Client => Connection::client(config, deflate, [7; 32], now),
        };
        Self { connection, now }
    }

    pub fn server() -> Self {
        Self::new(Role::Server, Config::default(), None)
    }

    pub fn client() -> Self {
        Self::new(Role::Client, Config::default(), None)
    }

    /// Feeds bytes in one piece; tells what came of them.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Seen> {
        let mut bytes = bytes.to_vec();
        let mut input = Input::new(&mut bytes, self.now);
        let mut seen = Vec::new();
        while let Some(event) = self.connection.handle_input(&mut input) {
            seen.push(event.into());
        }
        assert!(input.is_empty(), "an input is worked through to its end");
        seen
    }

    /// The same through the door whose events own what they hold.
    pub fn feed_owned(&mut self, bytes: &[u8]) -> Vec<Seen> {
        let mut bytes = bytes.to_vec();
        let mut input = Input::new(&mut bytes, self.now);
        let events: Vec<Event<'static>> =
            std::iter::from_fn(|| self.connection.handle_input_owned(&mut input)).collect();
        assert!(input.is_empty(), "an input is worked through to its end");
        // Nothing that was read is left to be lent.
        drop(bytes);
        events.into_iter().map(Seen::from).collect()
    }

    /// Feeds bytes in pieces of these lengths, then the rest.
    pub fn feed_in(&mut self, bytes: &[u8], lens: impl IntoIterator<Item = usize>) -> Vec<Seen> {
        let (mut rest, mut seen) = (bytes, Vec::new());
        for len in lens {
            let (piece, after) = rest.split_at(len.min(rest.len()));
            seen.extend(self.feed(piece));
            rest = after;
        }
        seen.extend(self.feed(rest));
        seen
    }

    /// Takes everything that waits to be written.
    pub fn written(&mut self) -> Vec<u8> {
        let mut written = Vec::new();
        while self.connection.queued() > 0 {
            let mut slices = [IoSlice::new(&[]); 8];
            let filled = self.connection.poll_output(&mut slices);
            let piece: Vec<u8> = slices[..filled].iter().flat_map(|s| s.to_vec()).collect();
            self.connection.handle_written(piece.len());
            written.extend(piece);
        }
        written
    }

    /// Lets time pass to the next deadline; tells how long that was.
    pub fn wait(&mut self) -> Option<Duration> {
        let deadline = self.connection.poll_timeout()?;
        let waited = deadline.saturating_duration_since(self.now);
        self.now = self.now.max(deadline);
        self.connection.handle_timeout(self.now);
        Some(waited)
    }

    pub fn pass(&mut self, time: Duration) {
        self.now += time;
        self.connection.handle_timeout(self.now);
    }

    pub fn closed(&self) -> Option<&Closed> {
        self.connection.closed()
    }
}

/// A client and a server joined in memory.
pub struct Pair {
    pub client: End,
    pub server: End,
}

impl Pair {
    pub fn new(config: &Config, deflate: Option<DeflateParams>) -> Self {
        Self {
            client: End::new(Role::Client, config.clone(), deflate),
            server: End::new(Role::Server, config.clone(), deflate),
        }
    }

    /// Carries bytes both ways until none wait; tells what the server and the client saw.
    pub fn settle(&mut self) -> (Vec<Seen>, Vec<Seen>) {
        let (mut by_server, mut by_client) = (Vec::new(), Vec::new());
        loop {
            let (up, down) = (self.client.written(), self.server.written());
            if up.is_empty() && down.is_empty() {
                return (by_server, by_client);
            }
            by_server.extend(self.server.feed(&up));
            by_client.extend(self.client.feed(&down));
        }
    }
}
