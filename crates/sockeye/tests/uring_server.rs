//! As `engine_server`, by io_uring.
#![cfg(all(feature = "axum", feature = "client", feature = "engine", target_os = "linux"))]

#[path = "engine_server.rs"]
mod engine_server;
