//! Our side: a connection in the server's role that echoes what it reads, and the copying that any codec would pay.

use std::{io::IoSlice, marker::PhantomData, sync::Arc, time::Instant};

use sockeye_proto::{Config, Connection, Event, Incoming, Input};

use crate::{cell::ArrivalEnd, wire::Wire};

/// A codec between the two ends of a wire.
pub(crate) trait Echo {
    /// Echoes the next `messages` messages of the wire; all of it is written on return.
    fn echo(&mut self, messages: usize);

    /// Echoes a lap: as many messages at a time as arrive together.
    fn lap(&mut self, arrivals: &[ArrivalEnd]) {
        for arrival in arrivals.iter().filter(|arrival| arrival.messages > 0) {
            self.echo(arrival.messages);
        }
    }
}

/// The buffer that an adapter lends to every read of its thread: a message of 64 KiB and its header fit.
const READ_BYTES: usize = 128 * 1024;

/// From here on a message by reference is written at once; what is smaller waits for the rest of the read.
const THROUGH_BYTES: usize = 8 * 1024;

/// As many slices as one vectored write takes here.
const SLICES: usize = 16;

/// Nothing but the copies of the wire: what is left when a codec costs nothing.
struct Bare {
    wire: Wire,
    buffer: Vec<u8>,
}

pub(crate) fn bare(wire: Wire) -> Box<dyn Echo> {
    Box::new(Bare { wire, buffer: vec![0; READ_BYTES] })
}

impl Echo for Bare {
    fn echo(&mut self, _messages: usize) {
        let read = self.wire.receive(&mut self.buffer);
        self.wire.transmit(&[IoSlice::new(&self.buffer[..read])]);
    }

    /// An arrival that completes no message is copied too.
    fn lap(&mut self, arrivals: &[ArrivalEnd]) {
        for arrival in arrivals {
            self.echo(arrival.messages);
        }
    }
}

/// How a message comes in and goes out again.
trait Manner {
    fn next<'a>(connection: &mut Connection, input: &mut Input<'a>) -> Option<Event<'a>>;

    fn pass(connection: &mut Connection, message: Incoming<'_>, wire: &Wire);
}

/// As it was lent.
struct Lent;

impl Manner for Lent {
    #[inline]
    fn next<'a>(connection: &mut Connection, input: &mut Input<'a>) -> Option<Event<'a>> {
        connection.handle_input(input)
    }

    #[inline]
    fn pass(connection: &mut Connection, message: Incoming<'_>, wire: &Wire) {
        let sent = if message.as_bytes().len() < THROUGH_BYTES {
            connection.send(message)
        } else {
            connection.send_through(message, |slices| wire.transmit(slices))
        };
        sent.expect("an output of 1 MiB holds the echo of one read");
    }
}

/// As a message of its own.
struct Owned;

impl Manner for Owned {
    #[inline]
    fn next<'a>(connection: &mut Connection, input: &mut Input<'a>) -> Option<Event<'a>> {
        connection.handle_input_owned(input)
    }

    #[inline]
    fn pass(connection: &mut Connection, message: Incoming<'_>, _wire: &Wire) {
        connection.send(message).expect("an output of 1 MiB holds the echo of one read");
    }
}

struct Server<M> {
    wire: Wire,
    connection: Connection,
    buffer: Vec<u8>,
    /// An adapter reads its clock once per turn of its loop; here a turn never ends.
    now: Instant,
    manner: PhantomData<M>,
}

pub(crate) fn by_reference(wire: Wire) -> Box<dyn Echo> {
    Box::new(Server::<Lent>::new(wire))
}

pub(crate) fn whole(wire: Wire) -> Box<dyn Echo> {
    Box::new(Server::<Owned>::new(wire))
}

impl<M> Server<M> {
    fn new(wire: Wire) -> Self {
        let now = Instant::now();
        let connection = Connection::server(Arc::new(Config::default()), None, now);
        Self { wire, connection, buffer: vec![0; READ_BYTES], now, manner: PhantomData }
    }
}

impl<M: Manner> Echo for Server<M> {
    fn echo(&mut self, messages: usize) {
        let mut left = messages;
        while left > 0 {
            let read = self.wire.receive(&mut self.buffer);
            let mut input = Input::new(&mut self.buffer[..read], self.now);
            while let Some(event) = M::next(&mut self.connection, &mut input) {
                if let Event::Message(message) = event {
                    M::pass(&mut self.connection, message, &self.wire);
                    left -= 1;
                }
            }
        }
        write_out(&mut self.connection, &self.wire);
    }
}

/// Writes everything that waits.
#[inline]
pub(crate) fn write_out(connection: &mut Connection, wire: &Wire) {
    while connection.queued() > 0 {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let filled = connection.poll_output(&mut slices);
        let written = wire.transmit(&slices[..filled]);
        connection.handle_written(written);
    }
}
