//! Sends each line that is typed, and prints what comes back. Ends with the input.
//!
//! ```text
//! cargo run --package sockeye --example echo_client -- wss://example.com/echo
//! ```

use std::error::Error;

use sockeye::{CloseCode, Message};
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "ws://127.0.0.1:8080/".to_owned());
    let mut ws = sockeye::connect(url).redirects(3).await?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    loop {
        // Both can be dropped before they are done, and lose nothing.
        tokio::select! {
            line = lines.next_line() => match line? {
                Some(line) => ws.send(line).await?,
                None => return Ok(ws.close(CloseCode::NORMAL).await?),
            },
            message = ws.recv() => match message? {
                Some(message) => print(&message),
                None => return Ok(()),
            },
        }
    }
}

#[expect(clippy::print_stdout, reason = "that is what it is for")]
fn print(message: &Message) {
    match message {
        Message::Text(text) => println!("{text}"),
        Message::Binary(bytes) => println!("{} bytes", bytes.len()),
    }
}
