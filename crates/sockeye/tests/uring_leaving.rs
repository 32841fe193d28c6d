//! As `engine_leaving`, by io_uring.
#![cfg(all(feature = "engine", feature = "client", target_os = "linux"))]

#[path = "engine_leaving.rs"]
mod engine_leaving;
