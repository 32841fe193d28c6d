//! The WebSocket protocol without I/O.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod close;
mod closing;
mod config;
mod connection;
mod error;
mod event;
mod input;
mod message;
mod outgoing;
mod prepared;
mod text;

mod assembly;
mod deflate;
mod flood;
mod frame;
mod heartbeat;
#[cfg(feature = "hixie76")]
pub mod hixie76;
mod mask;
mod masks;
mod output;
mod utf8;

pub use close::{CloseCode, CloseFrame};
pub use closing::{Closed, Side, Timer};
pub use config::{Config, Limits, Timing};
pub use connection::{Connection, PayloadBuf, Role};
pub use deflate::{DeflateConfig, DeflateParams, WindowBits};
pub use error::{Limit, LimitExceeded, Violation};
pub use event::{Data, Delivery, Event, Part, Start};
pub use frame::Opcode;
pub use input::Input;
pub use message::{Incoming, Kind, Message, MessageRef};
pub use outgoing::{Outgoing, SendError, Unsent};
pub use prepared::Prepared;
pub use text::{NotUtf8, Text};
