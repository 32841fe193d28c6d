//! `Connection`: an open WebSocket connection without its socket.
//!
//! Joins the rooms: headers are judged and payloads delivered in `receive`, messages leave through `send`, control
//! frames are answered in `control`. Knows no socket, no clock and no randomness of its own; an adapter moves the
//! bytes.

mod control;
mod dialect;
#[cfg(feature = "hixie76")]
mod hixie;
#[cfg(not(feature = "hixie76"))]
#[path = "no_hixie.rs"]
mod hixie;
mod receive;
mod send;
mod burst;

use std::{
    io::IoSlice,
    sync::Arc,
    time::{Duration, Instant},
};

use self::{dialect::Dialect, receive::Receiving, send::Sending};
use crate::{
    Closed, Config, DeflateParams, Delivery, Timer,
    closing::{Begun, Closing},
    deflate::Deflate,
    error::Fault,
    flood::Flood,
    heartbeat::{Beat, Heartbeat},
    masks::Masks,
    output::Output,
};

/// One end of an open WebSocket connection, after its handshake.
///
/// Its methods come in four kinds:
///
/// - the world speaks by `handle_*`: bytes came, bytes left, the transport ended, time passed;
/// - what must leave is `poll_*`: bytes to write, the next deadline, the end of our side of the transport;
/// - the application uses bare verbs: [`send`](Self::send), [`ping`](Self::ping), [`close`](Self::close);
/// - the rest tells how things stand: [`closed`](Self::closed), [`is_done`](Self::is_done), [`queued`](Self::queued).
///
/// # The loop of an adapter
///
/// 1. Write what [`poll_output`](Self::poll_output) gives and tell [`handle_written`](Self::handle_written). When
///    nothing is left and [`poll_shutdown`](Self::poll_shutdown) says so, shut the transport's write side down.
/// 2. When [`is_done`](Self::is_done), drop the transport.
/// 3. Wait for bytes, for room to write, or for [`poll_timeout`](Self::poll_timeout).
/// 4. Give what was read to [`handle_input`](Self::handle_input) until it has no more events; the end of the stream to
///    [`handle_eof`](Self::handle_eof); the time to [`handle_timeout`](Self::handle_timeout).
///
/// Nothing that a peer does is an `Err` here: it leads to an ending, which [`closed`](Self::closed) tells.
///
/// # Example
///
/// ```
/// use std::{io::IoSlice, sync::Arc, time::Instant};
/// use sockeye_proto::{Config, Connection, Event, Input};
///
/// let now = Instant::now();
/// let mut server = Connection::server(Arc::new(Config::default()), None, now);
///
/// // The masked text "Hello" of RFC 6455 5.7, as it was read from a socket.
/// let mut read = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
/// let mut input = Input::new(&mut read, now);
/// while let Some(event) = server.handle_input(&mut input) {
///     if let Event::Message(message) = event {
///         server.send(message)?;
///     }
/// }
///
/// let mut slices = [IoSlice::new(&[]); 4];
/// let filled = server.poll_output(&mut slices);
/// assert_eq!(&*slices[0], b"\x81\x05Hello");
/// # assert_eq!(filled, 1);
/// server.handle_written(7);
/// assert_eq!(server.queued(), 0);
/// # Ok::<(), sockeye_proto::SendError>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    role: Role,
    config: Arc<Config>,
    /// Only a client masks (RFC 6455 5.1), so these are there in that role alone.
    masks: Option<Box<Masks>>,
    dialect: Dialect,
    receiving: Receiving,
    sending: Sending,
    output: Output,
    closing: Closing,
    heartbeat: Heartbeat,
    flood: Flood,
    reading: Reading,
    delivery: Delivery,
    /// Something that was queued will never leave.
    forgot: bool,
}

/// Which end of a connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The end that masks its frames.
    Client,
    /// The end that ends the transport.
    Server,
}

/// Whether the adapter reads from the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    On,
    /// Then silence is not the peer's.
    Paused,
    /// The transport has ended; only the output is left.
    Ended,
}

impl Connection {
    /// The server's end, after a handshake that agreed on `deflate`.
    #[must_use]
    pub fn server(config: Arc<Config>, deflate: Option<DeflateParams>, now: Instant) -> Self {
        Self::new(Role::Server, config, deflate, None, now)
    }

    /// The client's end. `seed` comes from the operating system's generator: the masking keys follow from it, and RFC
    /// 6455
    /// 10.3 wants them unpredictable.
    #[must_use]
    pub fn client(
        config: Arc<Config>,
        deflate: Option<DeflateParams>,
        seed: [u8; 32],
        now: Instant,
    ) -> Self {
        Self::new(Role::Client, config, deflate, Some(Box::new(Masks::new(seed))), now)
    }

    fn new(
        role: Role,
        config: Arc<Config>,
        deflate: Option<DeflateParams>,
        masks: Option<Box<Masks>>,
        now: Instant,
    ) -> Self {
        let level = config.deflate.level;
        let deflate = deflate.map(|params| match role {
            Role::Server => Deflate::server(&params, level),
            Role::Client => Deflate::client(&params, level),
        });
        Self {
            role,
            config,
            masks,
            dialect: deflate.map(Dialect::from).unwrap_or_default(),
            receiving: Receiving::default(),
            sending: Sending::Whole,
            output: Output::default(),
            closing: Closing::Open,
            heartbeat: Heartbeat::new(now),
            flood: Flood::new(now),
            reading: Reading::On,
            delivery: Delivery::default(),
            forgot: false,
        }
    }

    /// Which end this is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// How the connection ended, as soon as that is certain. Bytes may still wait to be written then.
    #[must_use]
    pub fn closed(&self) -> Option<&Closed> {
        self.closing.closed()
    }

    /// Whether nothing is left to read, to write or to wait for.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.closing.begun(), Some(Begun::Done(_)))
    }

    /// Whether messages can be sent: neither side said goodbye yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closing.is_open()
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.output.len()
    }

    /// The time between our newest answered ping and its pong.
    #[must_use]
    pub fn rtt(&self) -> Option<Duration> {
        self.heartbeat.rtt()
    }

    /// The bytes to write next, in order, as slices for one vectored write; tells how many slices were filled.
    pub fn poll_output<'q>(&'q self, slices: &mut [IoSlice<'q>]) -> usize {
        self.output.slices(slices)
    }

    /// The first `written` bytes of the output have left.
    ///
    /// Must be told before any other method is called with `&mut`: what is queued in between could go ahead of what
    /// has left.
    pub fn handle_written(&mut self, written: usize) {
        self.output.advance(written);
        if self.reading == Reading::Ended && self.output.is_empty() {
            self.finish(Closed::Lost);
        }
    }

    /// The transport takes nothing now. A goodbye no longer waits behind data that cannot leave, and the peer has
    /// [`stall_timeout`](crate::Timing::stall_timeout) to take something.
    pub fn handle_stalled(&mut self, now: Instant) {
        self.output.stall(now);
    }

    /// The transport takes nothing any more: what waits is forgotten.
    pub fn handle_write_failed(&mut self) {
        self.forgot |= !self.output.is_empty();
        self.output.release();
        self.handle_written(0);
    }

    /// Whether something that was queued will never leave.
    #[must_use]
    pub fn has_forgotten(&self) -> bool {
        self.forgot
    }

    /// Whether our side of the transport should be shut down now: all is said and written.
    ///
    /// RFC 6455 7.1.1: the server ends the transport first, the client only when it gave up on the peer.
    #[must_use]
    pub fn poll_shutdown(&self) -> bool {
        self.output.is_empty()
            && match self.closing.begun() {
                None | Some(Begun::Sent(_)) => false,
                Some(Begun::Exchanged(_)) => self.role() == Role::Server,
                Some(Begun::Failed(_) | Begun::Done(_)) => true,
            }
    }

    /// The transport ended: nothing more will come.
    pub fn handle_eof(&mut self) {
        // A peer that stopped writing may still read what we answer.
        if self.closing.reads() || self.output.is_empty() {
            self.finish(Closed::Lost);
        } else {
            self.reading = Reading::Ended;
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) must be called, if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if !self.closing.is_open() {
            return self.closing.deadline();
        }
        let silence = match self.reading {
            Reading::Paused | Reading::Ended => None,
            Reading::On => {
                let beat = self.next_beat();
                let message = self.receiving.deadline(&self.config.timing);
                beat.into_iter().chain(message).min()
            }
        };
        silence.into_iter().chain(self.stall_deadline()).min()
    }

    fn stall_deadline(&self) -> Option<Instant> {
        self.output.stalled_since()?.checked_add(self.config.timing.stall_timeout)
    }

    /// The draft of 2010 has no ping, so nothing can be asked of a silent peer.
    fn next_beat(&self) -> Option<Instant> {
        match self.dialect.draft() {
            None => self.heartbeat.deadline(&self.config.timing),
            Some(_) => None,
        }
    }

    /// Time passed. Does nothing before the deadline of [`poll_timeout`](Self::poll_timeout).
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_none_or(|deadline| now < deadline) {
            return;
        }
        if !self.closing.is_open() {
            return self.finish(Closed::TimedOut(Timer::Close));
        }
        if self.receiving.deadline(&self.config.timing).is_some_and(|deadline| now >= deadline) {
            return self.end(Closed::TimedOut(Timer::Message), now);
        }
        if self.stall_deadline().is_some_and(|deadline| now >= deadline) {
            return self.end(Closed::TimedOut(Timer::Stall), now);
        }
        match self.heartbeat.handle_timeout(&self.config.timing, now) {
            Beat::Nothing => {}
            Beat::Ping(payload) => self.queue_ping(&payload),
            Beat::Gone if self.output.control_is_on_its_way() => self.heartbeat.ping_waits(now),
            Beat::Gone => self.end(Closed::TimedOut(Timer::Pong), now),
        }
    }

    /// The adapter reads no further for now, because its caller is slow: until [`resume`](Self::resume) neither the
    /// heartbeat nor a slow message is held against the peer.
    pub fn pause(&mut self) {
        if self.reading == Reading::On {
            self.reading = Reading::Paused;
        }
    }

    /// Whether the adapter reads no further for now.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.reading == Reading::Paused
    }

    /// The adapter reads again.
    pub fn resume(&mut self, now: Instant) {
        if self.reading == Reading::Paused {
            self.reading = Reading::On;
            self.heartbeat.resume();
            self.receiving.resume(now);
        }
    }

    /// We read no further because of the peer.
    fn fail(&mut self, fault: Fault, now: Instant) {
        let closed = match fault {
            Fault::Violation(violation) => Closed::Violation(violation),
            Fault::Limit(exceeded) => Closed::Limit(exceeded),
        };
        self.end(closed, now);
    }

    fn end(&mut self, closed: Closed, now: Instant) {
        if let Some(goodbye) = self.closing.fail(closed, self.close_deadline(now)) {
            self.answer_close(&goodbye);
        }
        self.release();
    }

    fn finish(&mut self, unless_decided: Closed) {
        self.closing.finish(unless_decided);
        self.release();
        self.forgot |= !self.output.is_empty();
        self.output.release();
    }

    /// No message comes or goes any more, so what messages need is given back.
    fn release(&mut self) {
        self.receiving.release();
        self.dialect.release();
    }

    fn close_deadline(&self, now: Instant) -> Option<Instant> {
        now.checked_add(self.config.timing.close_timeout)
    }
}
