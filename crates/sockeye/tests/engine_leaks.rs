//! As `leaks`, by engines.
#![cfg(all(feature = "engine", feature = "client", target_os = "linux"))]

#[path = "leaks.rs"]
mod leaks;
