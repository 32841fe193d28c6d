//! An echo of bytes on tokio, with no protocol: what a server on it cannot be faster than.

use std::{cell::RefCell, process::ExitCode};

use stand::Order;
use tokio::net::TcpStream;

const BUF_BYTES: usize = 256 << 10;

thread_local! {
    /// One for all connections, lent while nothing waits.
    static BUF: RefCell<Vec<u8>> = RefCell::new(vec![0; BUF_BYTES]);
}

fn main() -> ExitCode {
    stand::finish(run())
}

fn run() -> Result<(), String> {
    let order = Order::parse()?;
    match order.job.as_str() {
        "echo" => stand::serve(order.port, echo),
        _ => Err(order.unknown()),
    }
}

async fn echo(stream: TcpStream) {
    // What a write has left of a read; empty but for large messages.
    let mut rest = Vec::new();
    while stream.readable().await.is_ok() {
        let moved = BUF.with_borrow_mut(|buf| {
            let len = stream.try_read(buf)?;
            let bytes = buf.get(..len).unwrap_or_default();
            let written = if len == 0 { 0 } else { write(&stream, bytes)? };
            rest.extend_from_slice(bytes.get(written..).unwrap_or_default());
            Ok(len)
        });
        match moved {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if is_waiting(&error) => continue,
            Err(_) => return,
        }
        let mut sent = 0;
        while let Some(unsent) = rest.get(sent..).filter(|unsent| !unsent.is_empty()) {
            let written = match stream.writable().await {
                Ok(()) => write(&stream, unsent),
                Err(_) => return,
            };
            let Ok(written) = written else { return };
            sent += written;
        }
        rest.clear();
    }
}

/// As much as is taken at once.
fn write(stream: &TcpStream, bytes: &[u8]) -> std::io::Result<usize> {
    match stream.try_write(bytes) {
        Err(error) if is_waiting(&error) => Ok(0),
        written => written,
    }
}

fn is_waiting(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::WouldBlock
}
