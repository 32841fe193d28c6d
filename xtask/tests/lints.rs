//! Law 1 is held by the core's own `clippy.toml`: what it forbids, planted beside a copy of it, does not pass.

mod support;

use support::Planted;
use xtask::program;

const MANIFEST: &str = "[package]\nname = \"planted\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
const CORE_LINTS: &str = include_str!("../../crates/sockeye-proto/clippy.toml");

/// Runs Clippy on a crate with the core's lints; gives what it printed, as an error when it refused.
fn clippy(source: &str) -> Result<(), String> {
    let planted = Planted::new(&[
        ("Cargo.toml", MANIFEST),
        ("clippy.toml", CORE_LINTS),
        ("src/lib.rs", source),
    ]);
    let mut cargo = program::cargo(&["clippy", "--offline", "--", "--deny", "warnings"]);
    // The target folder of whoever runs this test stays as it is.
    cargo.env("CARGO_TARGET_DIR", planted.root().join("target")).current_dir(planted.root());
    program::stdout_of(&mut cargo).map(drop).map_err(|error| error.to_string())
}

#[test]
fn clocks_sockets_and_threads_in_the_core_are_seen() {
    let refusal = clippy(
        "pub fn now() -> std::time::Instant {\n    std::time::Instant::now()\n}\n\
         pub fn dial() -> std::io::Result<std::net::TcpStream> {\n    std::net::TcpStream::connect(\"[::1]:1\")\n}\n\
         pub fn run() {\n    std::thread::spawn(|| ());\n}\n\
         pub fn seed() -> std::collections::HashMap<u8, u8, std::collections::hash_map::RandomState> {\n    \
         std::collections::HashMap::new()\n}\n",
    );
    let refusal = refusal.expect_err("all four are forbidden");
    for message in [
        "use of a disallowed method `std::time::Instant::now`",
        "time is an argument",
        "use of a disallowed type `std::net::TcpStream`",
        "the core has no sockets",
        "use of a disallowed method `std::thread::spawn`",
        "the core runs no thread",
        "use of a disallowed type `std::collections::hash_map::RandomState`",
        "randomness is an argument",
    ] {
        assert!(refusal.contains(message), "expected `{message}`, got\n{refusal}");
    }
}

#[test]
fn plain_code_passes_the_lints_of_the_core() {
    assert_eq!(
        clippy("pub fn later(now: std::time::Instant) -> std::time::Instant {\n    now\n}\n"),
        Ok(())
    );
}
