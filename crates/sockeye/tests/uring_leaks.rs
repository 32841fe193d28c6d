//! As `engine_leaks`, by io_uring.
#![cfg(all(feature = "engine", feature = "client", target_os = "linux"))]

#[path = "engine_leaks.rs"]
mod engine_leaks;
