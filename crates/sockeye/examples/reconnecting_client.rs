//! Follows a feed for as long as it is there, and comes back whenever it is lost.
//!
//! ```text
//! cargo run --package sockeye --example reconnecting_client -- wss://example.com/feed subscribe
//! ```
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::{error::Error, time::Duration};

use sockeye::{Backoff, Update};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("expected a URL, and what to subscribe with")?;
    let subscribe = arguments.next().unwrap_or_else(|| "subscribe".to_owned());
    let mut feed = sockeye::connect(url)
        .reconnecting()
        .backoff(Backoff::default().max(Duration::from_secs(10)))
        .on_connect(move |ws| {
            let subscribe = subscribe.clone();
            Box::pin(async move { ws.send(subscribe).await })
        });
    while let Some(update) = feed.recv().await? {
        match update {
            Update::Connected => println!("connected"),
            Update::Message(message) => println!("{} bytes", message.as_bytes().len()),
            Update::Disconnected { reason, retry_in } => {
                println!("{reason}; again in {retry_in:?}");
            }
            _ => {}
        }
    }
    Ok(())
}
