//! What servers do, done by engines: the tests are the same.
#![cfg(all(feature = "axum", feature = "client", feature = "engine", target_os = "linux"))]
#![allow(clippy::duplicate_mod, reason = "each of them is a test of its own as well")]

#[path = "limits.rs"]
mod limits;
#[path = "proxies.rs"]
mod proxies;
#[path = "server.rs"]
mod server;
#[path = "server_hixie76.rs"]
mod server_hixie76;
#[path = "server_tls.rs"]
mod server_tls;
#[path = "shutdown.rs"]
mod shutdown;
#[path = "strict.rs"]
mod strict;
