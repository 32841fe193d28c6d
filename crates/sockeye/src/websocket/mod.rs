//! `WebSocket`: one open connection, of either role, over any transport.

mod access;
mod broadcast;
mod parts;
mod permit;
mod receive;
mod send;
mod shared;
mod split;
mod stream;

use std::{sync::Arc, time::Duration};

use http::Version;
use sockeye_proto::{Closed, Config, Connection, DeflateParams, Role, handshake::Negotiated};

pub use self::{
    broadcast::{Broadcast, Delivered, Member},
    parts::{PartsReader, PartsWriter},
    permit::Permit,
    split::{NotOneSocket, Receiver, Sender},
};
use crate::{Io, alarm, driver::Driver, transport::Transport};

/// An open WebSocket.
///
/// From [`connect`](crate::connect), from a door of a server, or over any stream of bytes, as in a test:
///
/// ```
/// use sockeye::{CloseCode, Message, WebSocket};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sockeye::Error> {
/// let (near, far) = tokio::io::duplex(1024);
/// let mut client = WebSocket::client(near, Default::default(), Default::default(), &[]);
/// let mut server = WebSocket::server(far, Default::default(), Default::default(), &[]);
///
/// client.send("hello").await?;
/// assert_eq!(server.recv().await?, Some(Message::from("hello")));
/// let (closed, received) = tokio::join!(client.close(CloseCode::NORMAL), server.recv());
/// assert_eq!((closed?, received?), ((), None));
/// # Ok(())
/// # }
/// ```
///
/// # Who moves the bytes
///
/// There is no task behind a `WebSocket`. Whoever waits in one of its methods drives both directions meanwhile: pings
/// are answered, the heartbeat is kept, what is queued is written. Where nobody waits, nothing moves: a socket that
/// only ever sends should be [split](Self::split), with somebody receiving.
///
/// # Cancel safety
///
/// Every method can be dropped before it is done, as `select!` and `timeout` do. A receiver loses nothing: the message
/// is there for the next call. A sender has queued the whole message or nothing of it; there are no torn frames.
#[derive(Debug)]
pub struct WebSocket<S = Io> {
    /// One pointer: an `async fn` that is given a socket holds it twice, and so does each that passes it on.
    inner: Box<Inner<S>>,
}

#[derive(Debug)]
struct Inner<S> {
    driver: Driver<S>,
    /// What was agreed on, if that is anything out of the ordinary.
    agreement: Option<Box<Agreement>>,
}

/// What the handshake settled.
#[derive(Clone, Debug)]
struct Agreement {
    negotiated: Negotiated,
    version: Version,
}

impl Agreement {
    /// An idle socket does not pay for what all have.
    fn boxed(negotiated: Negotiated, version: Version) -> Option<Box<Self>> {
        let plain = negotiated == Negotiated::default() && version == Version::HTTP_11;
        (!plain).then(|| Box::new(Self { negotiated, version }))
    }
}

impl<S: Transport> WebSocket<S> {
    /// The server's end of a transport on which the handshake is over.
    ///
    /// `unread` is what was read behind the head of the request.
    pub fn server(
        transport: S,
        config: Arc<Config>,
        negotiated: Negotiated,
        unread: &[u8],
    ) -> Self {
        let connection = Connection::server(config, negotiated.deflate, alarm::now());
        Self::new(transport, connection, negotiated, Version::HTTP_11, unread)
    }

    /// The client's end of a transport on which the handshake is over.
    ///
    /// `unread` is what was read behind the head of the response.
    ///
    /// # Panics
    ///
    /// If the operating system has no randomness to give.
    #[cfg(feature = "client")]
    pub fn client(
        transport: S,
        config: Arc<Config>,
        negotiated: Negotiated,
        unread: &[u8],
    ) -> Self {
        Self::new_client(transport, config, negotiated, Version::HTTP_11, unread)
    }

    #[cfg(feature = "client")]
    pub(crate) fn new_client(
        transport: S,
        config: Arc<Config>,
        negotiated: Negotiated,
        version: Version,
        unread: &[u8],
    ) -> Self {
        let seed = crate::random::bytes();
        let connection = Connection::client(config, negotiated.deflate, seed, alarm::now());
        Self::new(transport, connection, negotiated, version, unread)
    }

    pub(crate) fn new(
        transport: S,
        connection: Connection,
        negotiated: Negotiated,
        version: Version,
        unread: &[u8],
    ) -> Self {
        let driver = Driver::new(transport, connection, unread);
        Self::assemble(driver, Agreement::boxed(negotiated, version))
    }

    fn assemble(driver: Driver<S>, agreement: Option<Box<Agreement>>) -> Self {
        Self { inner: Box::new(Inner { driver, agreement }) }
    }

    /// Has the server find it when it leaves.
    #[cfg(feature = "hyper")]
    pub(crate) fn sit(&mut self, seat: crate::hall::Seat) {
        self.inner.driver.sit(seat);
    }

    /// Which end this is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.inner.driver.connection().role()
    }

    /// The subprotocol, if one is spoken.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.inner.agreement.as_ref().and_then(|agreement| agreement.negotiated.protocol())
    }

    /// How messages are compressed, if they may be.
    #[must_use]
    pub fn deflate(&self) -> Option<&DeflateParams> {
        self.inner.agreement.as_ref().and_then(|agreement| agreement.negotiated.deflate.as_ref())
    }

    /// The version of HTTP that carried the handshake.
    #[must_use]
    pub fn http_version(&self) -> Version {
        self.inner.agreement.as_ref().map_or(Version::HTTP_11, |agreement| agreement.version)
    }

    /// How the connection ended, with which code, for what reason and by whom; `None` as long as it lasts.
    #[must_use]
    pub fn closed(&self) -> Option<&Closed> {
        self.inner.driver.connection().closed()
    }

    /// Whether messages can be sent: neither side said goodbye yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.inner.driver.connection().is_open()
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.inner.driver.connection().queued()
    }

    /// The time between the heartbeat's newest ping that was answered and its pong. Only silence brings a ping, so on a
    /// busy connection it may be old, or there may be none.
    #[must_use]
    pub fn rtt(&self) -> Option<Duration> {
        self.inner.driver.connection().rtt()
    }

    /// The transport below.
    #[must_use]
    pub fn transport(&self) -> &S {
        self.inner.driver.transport()
    }
}
