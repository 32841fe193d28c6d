//! The WebSocket protocol without I/O.
mod close;
mod config;
mod deflate;
mod error;
mod frame;
pub mod handshake;
mod mask;
mod message;
mod text;
mod utf8;

pub use close::{CloseCode, CloseFrame};
pub use config::{Config, Limits, Timing};
pub use deflate::{DeflateConfig, DeflateParams, WindowBits};
pub use error::{Limit, LimitExceeded, Violation};
pub use frame::Opcode;
pub use message::{Incoming, Kind, Message, MessageRef};
pub use text::{NotUtf8, Text};
