//! As `engine`, by io_uring.
#![cfg(all(feature = "engine", feature = "client", target_os = "linux"))]

#[path = "engine.rs"]
mod engine;
