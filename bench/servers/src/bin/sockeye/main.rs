//! Ours: `sockeye DOOR WAY JOB PORT`, on tokio, the engine or its ring, with messages that are owned or lent.

mod broadcast;
mod echo;

use std::process::ExitCode;

use sockeye::{Config, DeflateConfig, Limits, Listener, Polling, Server, ServerOptions, Tls};
use stand::Order;

/// What the largest cell needs.
const MESSAGE_BYTES: usize = 2 << 20;

fn main() -> ExitCode {
    stand::finish(run())
}

fn run() -> Result<(), String> {
    let order = Order::parse()?;
    stand::block_on(async {
        let server = server(&order).await?;
        let server = match order.variant.as_str() {
            "portable recv" | "portable lent" | "portable each" => server,
            "engine recv" | "engine lent" | "engine each" => engine(server, Polling::Epoll)?,
            "uring lent" | "uring each" => engine(server, Polling::IoUring)?,
            _ => return Err(order.unknown()),
        };
        let server = match (order.job.as_str(), way(&order.variant)) {
            ("broadcast", _) => broadcast::route(server, options(&order)),
            ("echo" | "deflate" | "tls", "recv") => server.route("/", options(&order), echo::owned),
            ("echo" | "deflate" | "tls", "lent") => server.route("/", options(&order), echo::lent),
            ("echo" | "deflate" | "tls", "each") => server.route("/", options(&order), echo::each),
            _ => return Err(order.unknown()),
        };
        server.run(std::future::pending()).await.map_err(|error| error.to_string())
    })
}

fn engine(server: Server, polling: Polling) -> Result<Server, String> {
    server.engines_by(polling, 1).map_err(|error| format!("expected an engine, got {error}"))
}

/// How messages are had.
fn way(variant: &str) -> &str {
    variant.rsplit_once(' ').map_or(variant, |(_, way)| way)
}

async fn server(order: &Order) -> Result<Server, String> {
    let wrong = |error| format!("expected port {}, got {error}", order.port);
    let listener = Listener::tcp(("127.0.0.1", order.port)).await.map_err(wrong)?;
    match order.job.as_str() {
        "tls" => Ok(Server::new(listener.tls(Tls::from_config(stand::config()?)))),
        _ => Ok(Server::new(listener)),
    }
}

/// As they come, but for the size of messages.
fn options(order: &Order) -> ServerOptions {
    let limits = Limits::default().message_bytes(MESSAGE_BYTES).frame_bytes(MESSAGE_BYTES);
    let config = Config::default().limits(limits);
    ServerOptions::default().config(match order.job.as_str() {
        "deflate" => config,
        _ => config.deflate(DeflateConfig::disabled()),
    })
}
