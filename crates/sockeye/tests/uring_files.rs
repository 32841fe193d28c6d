//! As `engine_files`, by io_uring.
#![cfg(all(feature = "engine", feature = "client", target_os = "linux"))]

#[path = "engine_files.rs"]
mod engine_files;
