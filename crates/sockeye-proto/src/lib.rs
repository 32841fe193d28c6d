//! The WebSocket protocol without I/O.
//!
//! Everything that RFC 6455 (WebSocket), RFC 7692 (permessage-deflate) and RFC 8441 (the handshake over HTTP/2) ask
//! of an endpoint, as values and state machines. There is no socket, no task, no clock and no randomness in here: an
//! adapter moves the bytes and tells the time. So the same code runs over TCP, TLS, HTTP/2, memory, a fuzzer or a
//! simulation.
//!
//! ```text
//!               bytes            ┌────────────── Connection ──────────────┐           bytes
//!   transport ──────────► Input ─┤ frames ► fragments ► inflate ► Event   │
//!                                │ send ► deflate ► frames ► output       ├─► poll_output ──────► transport
//!                                └───────────────▲────────────────────────┘
//!                          application: send, ping, close
//! ```
//!
//! # The tour
//!
//! - [`handshake`] turns an HTTP request into an agreement, for both sides; a refusal is an HTTP response.
//! - [`Connection`] is one end of an open connection. Its documentation has the loop that an adapter runs.
//! - [`Event`] is what comes in: a [`Message`] that is lent from the input where it can be, or its parts, and what
//!   control frames said. [`Outgoing`] is what goes out; [`Prepared`] is encoded once for many,
//!   and a [`Burst`] of those is laid out once.
//! - [`Closed`] is how it ends: cleanly, or by a [`Violation`], a [`LimitExceeded`], a [`Timer`] or a loss. What a
//!   peer does is never an `Err`; only what the caller did wrong is.
//! - [`Config`] holds the [`Limits`], the [`Timing`] and the wishes for compression. Everything has a limit.
//!
//! # What it does not do
//!
//! It opens no connection, resolves no name, speaks no TLS and parses no URL beyond what a request needs. HTTP bodies,
//! redirects and proxies are the adapter's. It does not retry.
//!
//! # Features
//!
//! `hixie76`: the draft of 2010 that some old devices still speak, in both roles. Off unless asked for.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::cast_possible_truncation))]

pub mod handshake;

mod connection;
mod event;
mod message;
mod text;
mod outgoing;
mod prepared;
mod burst;
mod close;
mod closing;
mod config;
mod error;

mod input;
mod frame;
mod assembly;
mod output;
mod deflate;
mod heartbeat;
mod flood;
mod mask;
mod masks;
mod utf8;

#[cfg(feature = "hixie76")]
pub mod hixie76;

pub use burst::Burst;
pub use close::{CloseCode, CloseFrame};
pub use closing::{Closed, Side, Timer};
pub use config::{Config, Limits, Timing};
pub use connection::{Connection, Role};
pub use deflate::{DeflateConfig, DeflateParams, WindowBits};
pub use error::{Limit, LimitExceeded, Violation};
pub use event::{Data, Delivery, Event, Part, Start};
pub use frame::Opcode;
pub use input::Input;
pub use message::{Incoming, Kind, Message, MessageRef};
pub use outgoing::{Outgoing, SendError, Unsent};
pub use prepared::Prepared;
pub use text::{NotUtf8, Text};
