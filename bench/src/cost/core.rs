//! The core alone: an echo of the server's, and a client's masked send.

use std::{fmt, sync::Arc, time::Instant};

use sockeye_proto::{Config, Connection};

use crate::{
    cell::{Arrival, Cell},
    echo::{self, Echo},
    wire::Wire,
};

/// Who does what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// A server that echoes what it is lent.
    ByReference,
    /// A server that echoes messages of its own.
    Whole,
    /// A client that sends and reads nothing.
    ClientSend,
}

impl Side {
    pub(super) const ALL: [Self; 3] = [Self::ByReference, Self::Whole, Self::ClientSend];
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByReference => "by-reference",
            Self::Whole => "whole",
            Self::ClientSend => "client-send",
        })
    }
}

/// A client that sends the same payload again and again.
struct Client {
    wire: Wire,
    connection: Connection,
    payload: Vec<u8>,
}

impl Client {
    fn new(wire: Wire, payload_len: usize) -> Self {
        let config = Arc::new(Config::default());
        let connection = Connection::client(config, None, [7; 32], Instant::now());
        Self { wire, connection, payload: vec![b'x'; payload_len] }
    }
}

impl Echo for Client {
    fn echo(&mut self, messages: usize) {
        for _ in 0..messages {
            self.connection.send(&self.payload).expect("the output is empty");
            echo::write_out(&mut self.connection, &self.wire);
        }
    }
}

pub(super) fn run(side: Side, payload_len: usize, laps: usize) -> usize {
    let lap = Cell { payload_len, arrival: Arrival::OneByOne }.lap();
    let wire = Wire::new(&lap);
    let mut codec = match side {
        Side::ByReference => echo::by_reference(wire),
        Side::Whole => echo::whole(wire),
        Side::ClientSend => Box::new(Client::new(wire, payload_len)),
    };
    for _ in 0..laps {
        codec.lap(&lap.arrivals);
    }
    laps * lap.messages()
}
