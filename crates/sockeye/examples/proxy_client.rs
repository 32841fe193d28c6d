//! Connects through a proxy, and tells what stands in the way if something does.
//!
//! ```text
//! cargo run --package sockeye --example proxy_client -- wss://example.com/ socks5://user:password@127.0.0.1:1080
//! ```
//!
//! Without the second argument, the proxy is the one of the environment: `https_proxy`, `http_proxy` or `all_proxy`.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::error::Error;

use sockeye::{CloseCode, Proxy};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("expected a URL, and maybe that of a proxy")?;
    let mut connecting = sockeye::connect(url);
    if let Some(proxy) = arguments.next() {
        connecting = connecting.proxy(proxy.parse::<Proxy>()?);
    }
    match connecting.await {
        Ok(mut ws) => {
            println!("connected, with {:?}", ws.http_version());
            ws.close(CloseCode::NORMAL).await?;
        }
        Err(error) => {
            let mut reason: Option<&dyn Error> = Some(&error);
            while let Some(level) = reason {
                println!("{level}");
                reason = level.source();
            }
            // What a server or a proxy has to say about its refusal.
            if let Some(response) = error.response() {
                println!("{}", String::from_utf8_lossy(response.body()));
            }
        }
    }
    Ok(())
}
