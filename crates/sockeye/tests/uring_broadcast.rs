//! As `broadcast_engine`, by io_uring.
#![cfg(all(feature = "engine", feature = "client", target_os = "linux"))]

#[path = "broadcast_engine.rs"]
mod broadcast_engine;
