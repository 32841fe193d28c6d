//! `sockeye serve`: the library's server with pages and WebSockets for trying things out.

mod options;
mod site;
mod sockets;

use sockeye::{Config, DeflateConfig, Limits, Server, ServerOptions};

pub(crate) use options::Options;

use self::site::Site;
use crate::{failure::Failure, on_off::OnOff, output};

/// Serves until it is told to stop.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::unusable(format_args!("cannot start threads: {error}")))?;
    runtime.block_on(serve(options))
}

async fn serve(options: &Options) -> Result<(), Failure> {
    let listen = &options.listen;
    let server = Server::bind(listen)
        .await
        .map_err(|error| Failure::unusable(format_args!("cannot listen on {listen}: {error}")))?
        .route("/echo", ServerOptions::default().config(config(options)), sockets::echo)
        .service(Site)
        .on_trouble(|error| output::error(format_args!("cannot accept connections: {error}")));
    for address in server.addresses() {
        output::line(format_args!("listening on http://{address}"));
    }
    let stop = async {
        // Where there is no such signal, nobody stops it so.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    server.run(stop).await.map_err(Failure::failed)
}

fn config(options: &Options) -> Config {
    let limits = Limits::default()
        .message_bytes(options.max_message)
        .frame_bytes(options.max_message)
        .fragments(options.max_fragments);
    let deflate = match options.deflate {
        OnOff::On => DeflateConfig::default(),
        OnOff::Off => DeflateConfig::disabled(),
    };
    Config::default().limits(limits).deflate(deflate)
}
