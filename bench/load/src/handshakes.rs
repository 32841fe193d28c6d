//! `load handshakes`: connections that open a WebSocket, say goodbye, and are closed; so many at a time.

use std::{
    net::{Ipv4Addr, SocketAddrV4},
    time::{Duration, Instant},
};

use rustix::{
    fd::OwnedFd,
    io::Errno,
    net::{
        AddressFamily, Shutdown, SocketFlags, SocketType, bind, connect, ipproto, shutdown,
        socket_with, sockopt,
    },
};

use crate::{
    arguments::Arguments,
    dial::{ACCEPT, Target},
    frame::{self, CLOSE},
    gauge::Gauge,
    latencies::Latencies,
    poller::{Poller, Readiness},
    report::Report,
};

/// The clock is looked at as often as this, if nothing happens.
const GLANCE: Duration = Duration::from_millis(20);

/// A response and a Close have fewer bytes.
const READ_BYTES: usize = 4 << 10;

/// Addresses of this machine that connections come from in turn: one of them has too few ports for a second's worth of
/// connections, each of which is kept for a while after its end.
const SOURCES: u8 = 32;

/// The goodbye of a client: 1000 (RFC 6455 7.4.1), and what answers it.
const GOODBYE: [u8; 2] = [0x03, 0xe8];

/// A connection on its way.
///
/// ```text
/// Connecting ──writable──▶ Opening ──101──▶ Closing ──Close, end──▶ the next one
/// ```
struct Visit {
    socket: OwnedFd,
    stage: Stage,
    began: Instant,
    got: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Connecting,
    Opening,
    Closing,
}

struct Door {
    target: Target,
    request: Vec<u8>,
    goodbye: Vec<u8>,
    poller: Poller,
    visits: Vec<Visit>,
    opened: u64,
    count: u64,
    latencies: Latencies,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Report, String> {
    let target = Target::parse(arguments)?;
    let gauge = Gauge::new(arguments.number("server")?);
    let mut door = Door {
        request: target.request().into_bytes(),
        goodbye: frame::masked(CLOSE, &GOODBYE, [1, 2, 3, 4]),
        target,
        poller: Poller::new()?,
        visits: Vec::new(),
        opened: 0,
        count: 0,
        latencies: Latencies::default(),
    };
    for number in 0..arguments.number("connections")? {
        let visit = door.visit(number)?;
        door.visits.push(visit);
    }
    door.run(arguments.seconds("warm")?)?;
    (door.count, door.latencies) = (0, Latencies::default());
    let begin = gauge.read()?;
    door.run(arguments.seconds("seconds")?)?;
    if door.count == 0 {
        return Err("expected connections within the time, got none".into());
    }
    Ok(Report::of(door.count, gauge.spent_since(begin)?, door.latencies))
}

impl Door {
    /// A connection that is being opened.
    fn visit(&mut self, number: usize) -> Result<Visit, String> {
        let wrong = |error| format!("expected a connection, got {error}");
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket =
            socket_with(AddressFamily::INET, SocketType::STREAM, flags, Some(ipproto::TCP))
                .map_err(wrong)?;
        sockopt::set_tcp_nodelay(&socket, true).map_err(wrong)?;
        sockopt::set_socket_reuseaddr(&socket, true).map_err(wrong)?;
        let source = Ipv4Addr::new(127, 0, 1, 1 + (self.opened % u64::from(SOURCES)) as u8);
        bind(&socket, &SocketAddrV4::new(source, 0)).map_err(wrong)?;
        match connect(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, self.target.port())) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(wrong(error)),
        }
        self.opened += 1;
        self.poller.add(&socket, number)?;
        Ok(Visit { socket, stage: Stage::Connecting, began: Instant::now(), got: Vec::new() })
    }

    fn run(&mut self, span: Duration) -> Result<(), String> {
        let start = Instant::now();
        let mut ready = Vec::new();
        while start.elapsed() < span {
            ready.clear();
            ready.extend(self.poller.wait(GLANCE)?);
            for readiness in &ready {
                self.advance(*readiness)?;
            }
        }
        Ok(())
    }

    fn advance(&mut self, readiness: Readiness) -> Result<(), String> {
        let Some(visit) = self.visits.get_mut(readiness.number) else { return Ok(()) };
        if visit.stage == Stage::Connecting && readiness.writable {
            write(&visit.socket, &self.request)?;
            visit.stage = Stage::Opening;
        }
        if !readiness.readable {
            return Ok(());
        }
        let mut state = visit.read()?;
        if visit.stage == Stage::Opening && visit.got.windows(4).any(|end| end == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&visit.got);
            self.target.judge(&head)?;
            if !head.contains(ACCEPT) {
                return Err("expected the answer to the key, got none".into());
            }
            write(&visit.socket, &self.goodbye)?;
            visit.stage = Stage::Closing;
            visit.got.clear();
            state = visit.read()?;
        }
        // The server ends the connection (RFC 6455 7.1.1); one that waits for us to do so gets its wish.
        if visit.stage == Stage::Closing && visit.said_goodbye() && state == Side::Open {
            let _ = shutdown(&visit.socket, Shutdown::Write);
        }
        if state == Side::Ended {
            if visit.stage != Stage::Closing || !visit.said_goodbye() {
                return Err(format!(
                    "expected a goodbye, got the end of a connection ({:?})",
                    visit.stage
                ));
            }
            self.latencies.add(visit.began.elapsed());
            self.count += 1;
            let next = self.visit(readiness.number)?;
            if let Some(visit) = self.visits.get_mut(readiness.number) {
                *visit = next;
            }
        }
        Ok(())
    }
}

/// Whether the server has more to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Open,
    Ended,
}

impl Visit {
    fn read(&mut self) -> Result<Side, String> {
        let mut buf = [0; READ_BYTES];
        loop {
            match rustix::io::read(&self.socket, &mut buf) {
                Ok(0) => return Ok(Side::Ended),
                Ok(len) => self.got.extend_from_slice(buf.get(..len).unwrap_or_default()),
                Err(Errno::WOULDBLOCK) => return Ok(Side::Open),
                // It has nothing more to say either.
                Err(Errno::CONNRESET) => return Ok(Side::Ended),
                Err(error) => return Err(format!("expected to read, got {error}")),
            }
        }
    }

    fn said_goodbye(&self) -> bool {
        self.got.first() == Some(&CLOSE)
    }
}

/// A few bytes, which an empty socket takes at once.
fn write(socket: &OwnedFd, bytes: &[u8]) -> Result<(), String> {
    match rustix::io::write(socket, bytes) {
        Ok(len) if len == bytes.len() => Ok(()),
        Ok(len) => Err(format!("expected {} bytes to be taken, got {len}", bytes.len())),
        Err(error) => Err(format!("expected to write, got {error}")),
    }
}
