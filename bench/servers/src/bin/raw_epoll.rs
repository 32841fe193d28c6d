//! An echo of bytes on edge-triggered epoll, with no protocol and no runtime: what nobody can be faster than.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::ExitCode,
};

use rustix::{
    buffer::spare_capacity,
    event::epoll::{self, CreateFlags, Event, EventData, EventFlags},
    fd::OwnedFd,
};
use stand::Order;

const BUF_BYTES: usize = 512 << 10;
const EVENTS: usize = 1024;

/// The number of the listener among the sockets.
const LISTENER: u64 = u64::MAX;

/// A connection, and what a write has left of a read.
struct Connection {
    stream: TcpStream,
    rest: Vec<u8>,
    sent: usize,
}

/// Whether a connection goes on.
#[derive(PartialEq, Eq)]
enum State {
    Open,
    Ended,
}

fn main() -> ExitCode {
    stand::finish(run())
}

fn run() -> Result<(), String> {
    let order = Order::parse()?;
    match order.job.as_str() {
        "echo" => echo(order.port).map_err(|error| format!("expected to serve, got {error}")),
        _ => Err(order.unknown()),
    }
}

fn echo(port: u16) -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut free = Vec::new();
    let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
    let mut buf = vec![0; BUF_BYTES];
    loop {
        events.clear();
        epoll::wait(&epoll, spare_capacity(&mut events), None)?;
        for event in &events {
            let number = event.data.u64();
            if number == LISTENER {
                accept(&listener, &epoll, &mut connections, &mut free)?;
                continue;
            }
            let number = number as usize;
            let Some(place) = connections.get_mut(number) else { continue };
            let Some(connection) = place else { continue };
            if connection.drive(&mut buf) == State::Ended {
                *place = None;
                free.push(number);
            }
        }
    }
}

fn accept(
    listener: &TcpListener,
    epoll: &OwnedFd,
    connections: &mut Vec<Option<Connection>>,
    free: &mut Vec<usize>,
) -> std::io::Result<()> {
    while let Ok((stream, _)) = listener.accept() {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let number = free.pop().unwrap_or(connections.len());
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        epoll::add(epoll, &stream, EventData::new_u64(number as u64), flags)?;
        let connection = Some(Connection { stream, rest: Vec::new(), sent: 0 });
        match connections.get_mut(number) {
            Some(place) => *place = connection,
            None => connections.push(connection),
        }
    }
    Ok(())
}

impl Connection {
    /// Goes on until a read brings less than it could, or a write takes less than it was given.
    fn drive(&mut self, buf: &mut [u8]) -> State {
        loop {
            if let Some(unsent) = self.rest.get(self.sent..).filter(|unsent| !unsent.is_empty()) {
                match self.stream.write(unsent) {
                    Ok(len) => self.sent += len,
                    Err(error) => return waits(&error),
                }
                continue;
            }
            self.rest.clear();
            self.sent = 0;
            let len = match self.stream.read(buf) {
                Ok(0) => return State::Ended,
                Ok(len) => len,
                Err(error) => return waits(&error),
            };
            let bytes = buf.get(..len).unwrap_or_default();
            let written = match self.stream.write(bytes) {
                Ok(written) => written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
                Err(_) => return State::Ended,
            };
            if written < len {
                self.rest.extend_from_slice(bytes.get(written..).unwrap_or_default());
            } else if len < buf.len() {
                return State::Open;
            }
        }
    }
}

fn waits(error: &std::io::Error) -> State {
    if error.kind() == ErrorKind::WouldBlock { State::Open } else { State::Ended }
}
