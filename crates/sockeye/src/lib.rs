//! WebSocket client and server on tokio.
//!
//! One type, [`WebSocket`], for both roles and every transport: TCP, TLS, Unix sockets, upgrades of HTTP/1.1, streams
//! of HTTP/2, a pipe in a test. It compresses by default, may be cancelled anywhere, bounds everything, and is small
//! when idle. The protocol itself is the crate `sockeye-proto`, which does no I/O.
//!
//! # A client
//!
#![cfg_attr(feature = "client", doc = "```no_run")]
#![cfg_attr(not(feature = "client"), doc = "```ignore")]
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut ws = sockeye::connect("wss://example.com/feed").await?;
//!     ws.send("hello").await?;
//!     while let Some(message) = ws.recv().await? {
//!         println!("{message:?}");
//!     }
//!     Ok(()) // both sides have said goodbye; `ws.closed()` tells how
//! }
//! ```
//!
//! [`Connect`] sets headers, subprotocols, certificates, proxies and the rest. [`Reconnecting`] comes back by itself.
//!
//! # A server
//!
#![cfg_attr(feature = "hyper", doc = "```no_run")]
#![cfg_attr(not(feature = "hyper"), doc = "```ignore")]
//! use sockeye::{Server, ServerOptions, WebSocket};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let server = Server::bind("127.0.0.1:8080").await?;
//!     let server = server.route("/echo", ServerOptions::default(), echo);
//!     server.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
//!     Ok(())
//! }
//!
//! async fn echo(mut ws: WebSocket) {
//!     while let Ok(Some(message)) = ws.recv().await {
//!         if ws.send(message).await.is_err() {
//!             return;
//!         }
//!     }
//! }
//! ```
//!
//! [`Server`] has pages and WebSockets on one port: any tower service, a router of axum's for one, takes what is no
//! WebSocket. In a program with a server of its own, [`Upgrade`] is the door for axum and for hyper, and [`accept`] the
//! one for a bare stream. They judge alike.
//!
//! # One message to many
//!
//! Sockets that have joined a [`Broadcast`] get what is sent by it: encoded once, written by one task of each runtime,
//! and in one write to each for all that is sent in one go. A socket that does not keep up is closed with 1008, and the
//! others notice nothing of it.
//!
//! ```
//! # use sockeye::{Broadcast, Error, WebSocket};
//! async fn chat(ws: WebSocket, room: Broadcast) -> Result<(), Error> {
//!     let (mut receiver, sender) = ws.split();
//!     let _member = room.join(&sender);
//!     while let Some(message) = receiver.recv().await? {
//!         room.send(message).await;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `client` (default) | [`connect`] and [`Reconnecting`] |
//! | `server` (default) | [`accept`], for a stream of the caller's |
//! | `tls` (default) | `wss` for clients, [`Tls`] for a [`Server`]; by rustls |
//! | `hyper` | [`Server`], and [`Upgrade`] behind any server on hyper; HTTP/2 is among what they serve |
//! | `axum` | [`Upgrade`] as an extractor |
//! | `engine` | [`Server::engines`], on Linux: threads that move the bytes themselves, by epoll or by io_uring |
//! | `http2` | Clients that open WebSockets on HTTP/2 (RFC 8441) |
//! | `hixie76` | The draft of 2010 that some old devices speak, where a server allows it |
//!
//! A feature adds, and never changes what another one does.
//!
//! # Who moves the bytes
//!
//! There is no task behind a [`WebSocket`]. Whoever waits in one of its methods drives both directions meanwhile: pings
//! are answered, the heartbeat is kept, what is queued is written. **Where nobody waits, nothing moves**: a socket that
//! mostly sends is best [split](WebSocket::split), with somebody in [`Receiver::recv`].
//!
//! A slow handler does not cost a live peer its connection: what was not read yet is not taken for silence.
//!
//! # Cancel safety
//!
//! Each method can be dropped before it is done, as `select!` and `timeout` do. The halves of a split socket do as the
//! whole.
//!
//! | method | when it is dropped |
//! | --- | --- |
//! | [`recv`], [`recv_event`], [`recv_parts`] | The message is there for the next call |
//! | [`recv_with`] | The same: the function is called once for each message, and then this returns |
//! | [`recv_each`] | The same, for all messages of a read |
//! | [`send`], [`feed`], [`send_prepared`] | All of the message is queued or nothing of it, never a piece |
//! | [`reserve`], [`flush`] | Nothing is taken, nothing is lost |
//! | [`Broadcast::send`] | Nobody gets the message, unless it has returned |
//! | [`ping`], [`close`] | What they say is queued by the first poll; `close` called again goes on waiting |
//! | [`PartsReader::chunk`] | The bytes are there for the next call |
//! | [`PartsWriter::write`] | All of the part is queued or nothing of it |
//! | [`Reconnecting::recv`] | The attempt under way goes on with the next call |
//! | [`connect`], [`accept`], [`Opening::accept`] | What was opened or handed over is closed |
//!
//! A [`PartsReader`] that is dropped skips the rest of its message; a [`PartsWriter`] that is dropped before its
//! [`finish`](PartsWriter::finish) fails the connection with 1011.
//!
//! [`recv`]: WebSocket::recv
//! [`recv_event`]: WebSocket::recv_event
//! [`recv_parts`]: WebSocket::recv_parts
//! [`recv_with`]: WebSocket::recv_with
//! [`recv_each`]: WebSocket::recv_each
//! [`send`]: WebSocket::send
//! [`feed`]: WebSocket::feed
//! [`send_prepared`]: WebSocket::send_prepared
//! [`reserve`]: WebSocket::reserve
//! [`flush`]: WebSocket::flush
//! [`ping`]: WebSocket::ping
//! [`close`]: WebSocket::close
//!
//! What is queued leaves with the next call that waits. Who must know whether a message was, before he gives up on it,
//! takes a [`Permit`] by [`reserve`]: to send on that needs no waiting.
//!
//! # Backpressure
//!
//! **Inwards**, whoever does not receive does not read, and in the end the peer cannot write. **Outwards**, the queue
//! is bounded by [`max_output_bytes`](Limits::max_output_bytes). With a full queue [`send`] and [`feed`] wait, and
//! [`try_send`](WebSocket::try_send) gives the message back; [`queued`](WebSocket::queued) tells how much waits. An
//! empty queue takes one message of any size, so nothing is impossible to send.
//!
//! A `send` that waits reads on, but holds one message at most: two sides that send to each other do not lock up, and
//! neither fills the other's memory.
//!
//! # Memory
//!
//! An idle connection has no buffer. Reads go through one buffer of the thread, writes through blocks that are pooled,
//! and what a reader has not taken yet is kept at exactly its size, or in the thread's buffer as long as few do (16 in
//! all, 4 MiB). A message that was received has exactly its size too: a small one that is kept holds no larger buffer
//! alive. Buffers grow with the bytes that came, never by the
//! length that a header claims.
//!
//! An idle connection of an echo server that stands on [`accept`] takes no more than 1,100 bytes, its task and tokio's
//! part included, and with both windows of compression full no more than 10 KiB: `tests/idle_memory.rs` measures ten
//! thousand of each on one thread, from outside. Those of a [`Server`] take a little more, so that it can tell them
//! when it leaves. TLS adds what rustls keeps.
//!
//! [`recv_parts`] and [`send_parts`](WebSocket::send_parts) move a message of any size in constant memory, compressed
//! or not.
//!
//! # Compression
//!
//! `permessage-deflate` (RFC 7692) is on by default, with windows of 12 bits and context taken over in both directions.
//! An idle connection keeps the plaintext of its windows, up to 4 KiB each way, and no codec: those are the thread's
//! and are lent while a message goes through. What a message inflates to is bounded while it inflates.
//!
//! [`DeflateConfig`] sets the windows, the level and the size from which compressing is worth it.
//! [`Outgoing::uncompressed`] leaves one message as it is. A message that joins a secret with text that somebody else
//! chose should be: its compressed length would tell of the secret.
//!
//! # Limits
//!
//! Everything that a peer can make us hold or do is bounded. [`Limits`] and [`Timing`] have the defaults, which are for
//! the open internet, where the peer is a stranger; there is no value for "unlimited".
//!
#![doc = include_str!("../docs/beside-others.md")]
// docs.rs says beside each item which feature it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod websocket;
mod event;
mod out;
mod error;
mod io;
mod transport;

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "hyper")]
mod upgrade;
#[cfg(feature = "axum")]
mod axum;

mod driver;
mod rest;
mod scratch;
mod alarm;
mod clock;
mod wakers;
#[cfg(any(feature = "client", feature = "server"))]
mod wire;
#[cfg(feature = "hyper")]
mod task;
#[cfg(feature = "hyper")]
mod hall;
#[cfg(not(feature = "hyper"))]
#[path = "no_hall.rs"]
mod hall;
#[cfg(all(feature = "engine", target_os = "linux"))]
mod engine;
#[cfg(not(all(feature = "engine", target_os = "linux")))]
#[path = "no_engine.rs"]
mod engine;
#[cfg(feature = "client")]
mod random;

pub use sockeye_proto::{
    CloseCode, CloseFrame, Closed, Config, DeflateConfig, DeflateParams, Kind, Limit,
    LimitExceeded, Limits, Message, MessageRef, Outgoing, Prepared, Role, SendError, Side, Text,
    Timer, Timing, Unsent, Violation, WindowBits,
    handshake::{
        HandshakeError, HeadError, InvalidOrigin, Negotiated, Offer, Origin, Origins, Refusal,
        RequestError,
    },
};

/// The buffers that messages share.
pub use bytes;
/// The requests, responses and headers of handshakes.
pub use http;

#[cfg(feature = "axum")]
pub use axum::Rejection;
#[cfg(feature = "client")]
pub use client::{
    Backoff, Connect, ConnectError, ConnectWithResponse, Disconnection, Greeting, Http2Error,
    Proxy, ProxyError, Reconnecting, RedirectError, SocksReply, TlsError, Unqueued, UnqueuedReason,
    Update, UrlError, Verdict, connect,
};
#[cfg(all(feature = "engine", target_os = "linux"))]
pub use engine::Polling;
/// The TLS that [`Connect::tls_config`] speaks of.
#[cfg(feature = "tls")]
pub use rustls;
#[cfg(all(feature = "hyper", feature = "tls"))]
pub use server::Tls;
#[cfg(feature = "server")]
pub use server::{AcceptError, Opening, ServerOptions, accept};
#[cfg(feature = "hyper")]
pub use server::{InvalidNetwork, Listener, Network, Peer, Proxies, Server, Unfinished};
#[cfg(feature = "hyper")]
pub use upgrade::{Answer, Upgrade, Upgrading};

pub use error::Error;
pub use event::Event;
pub use io::Io;
pub use out::Out;
pub use transport::Transport;
pub use websocket::{
    Broadcast, Delivered, Member, NotOneSocket, PartsReader, PartsWriter, Permit, Receiver, Sender,
    WebSocket,
};

/// The examples of the pages compile and run.
#[cfg(all(doctest, feature = "axum", feature = "client", feature = "http2", feature = "tls"))]
mod pages {
    macro_rules! page {
        ($name:ident, $path:literal) => {
            #[doc = include_str!($path)]
            #[allow(dead_code, reason = "only its documentation is of use")]
            struct $name;
        };
    }
    page!(Readme, "../../../README.md");
    page!(Deploying, "../../../docs/deploying.md");
    page!(Migrating, "../../../docs/migrating.md");
}
