//! What the options ask of the library.

use http::header;
use sockeye::{CloseFrame, Config, Connect, DeflateConfig, Limits, Reconnecting, Timing, Verdict};

use super::{
    options::{Options, Way},
    tap::{Log, Tap},
    tls,
};
use crate::{failure::Failure, on_off::OnOff};

/// The conversation that the options describe; nothing is opened yet. Its frames go into `log`, if there is one.
pub(super) fn feed(options: &Options, log: Option<Log>) -> Result<Reconnecting, Failure> {
    let Options { url, request, way, .. } = options;
    let connect = sockeye::connect(url)
        .config(config(options))
        .timeout(way.connect_timeout)
        .protocols(request.protocol.iter().map(String::as_str));
    let mut connect = route(connect, way);
    for (name, value) in &request.header {
        connect = connect.header(name.clone(), value.clone());
    }
    let named = [(header::ORIGIN, &request.origin), (header::AUTHORIZATION, &request.auth)];
    for (name, value) in named {
        if let Some(value) = value {
            connect = connect.header(name, value.clone());
        }
    }
    if let Some(config) = tls::config(&options.tls)? {
        connect = connect.tls_config(config);
    }
    if let Some(log) = log {
        connect = connect
            .wrap_transport(move |io, read| sockeye::Io::boxed(Tap::new(io, read, log.clone())));
    }
    let feed = connect.reconnecting();
    Ok(if options.ending.reconnect { feed } else { feed.judge(|_| Verdict::Stop) })
}

fn config(options: &Options) -> Config {
    let most = options.messages.max_message;
    let limits = Limits::default().message_bytes(most).frame_bytes(most);
    let deflate = match options.messages.deflate {
        OnOff::On => DeflateConfig::default(),
        OnOff::Off => DeflateConfig::disabled(),
    };
    let timing = Timing::default().ping_interval(options.way.ping);
    Config::default().limits(limits).deflate(deflate).timing(timing)
}

fn route(mut connect: Connect, way: &Way) -> Connect {
    if let Some(proxy) = &way.proxy {
        connect = connect.proxy(proxy.clone());
    }
    if way.no_proxy {
        connect = connect.no_proxy();
    }
    if way.http2 {
        connect = connect.http2_prior_knowledge();
    }
    through_unix_socket(connect, way)
}

#[cfg(unix)]
fn through_unix_socket(connect: Connect, way: &Way) -> Connect {
    match &way.unix {
        Some(path) => connect.unix(path),
        None => connect,
    }
}

#[cfg(not(unix))]
fn through_unix_socket(connect: Connect, _: &Way) -> Connect {
    connect
}

/// What we say in the end.
pub(super) fn goodbye(options: &Options) -> CloseFrame {
    CloseFrame::new(options.ending.close_code, &options.ending.close_reason)
}
