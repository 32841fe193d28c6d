//! `cargo xtask interop`: ours with what others wrote, in both directions: libraries, a browser, front servers.
//!
//! What is said to whom stands in `conformance/interop` and in the program `exchange` of `conformance/client`; this
//! starts both ends.

mod peer;
mod curl;
mod connect;
mod browser;
mod front;
mod certificate;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use self::{front::Front, peer::Peer};
use crate::{
    process::Process,
    serve::{Server, build},
    suite::{Outcome, Step},
    workspace_root,
};

/// How long an exchange may take; it takes seconds.
const LIMIT: Duration = Duration::from_mins(2);

/// The steps, those that need least first.
#[must_use]
pub fn steps() -> Vec<Step> {
    let mut steps = Vec::new();
    for peer in [Peer::Websockets, Peer::Ws] {
        steps.push(Step::attempt(format!("interop: {peer} as the client"), move || client(peer)));
        steps.push(Step::attempt(format!("interop: {peer} as the server"), move || server(peer)));
    }
    steps
        .push(Step::attempt("interop: curl, HTTP/1.1 and HTTP/2, with TLS and without", curl::run));
    steps.push(Step::attempt("interop: a page and a worker in Chromium", browser::http1));
    let http2 = "interop: a page and a worker in Chromium, HTTP/2 with TLS";
    steps.push(Step::attempt(http2, browser::http2));
    steps.push(Step::attempt("interop: the page of `sockeye serve` in Chromium", browser::page));
    steps.extend(connect::steps());
    for front in [Front::Nginx, Front::Haproxy] {
        steps.push(Step::attempt(format!("interop: behind {front}"), move || behind(front)));
    }
    steps
}

/// A client of others at `sockeye serve`.
fn client(peer: Peer) -> Result<(), Outcome> {
    let mut client = peer.client().map_err(Outcome::Skipped)?;
    let folder = folder(&format!("{peer:?}-client"));
    let server = serve(&folder, &[]).map_err(Outcome::Failed)?;
    client.arg(format!("ws://{}/echo", server.address));
    finishes(&mut client, &folder.join("client.log")).map_err(Outcome::Failed)
}

/// Our client at a server of others.
fn server(peer: Peer) -> Result<(), Outcome> {
    let mut server = peer.server().map_err(Outcome::Skipped)?;
    let folder = folder(&format!("{peer:?}-server"));
    let server = Server::of(&mut server, &folder.join("server.log")).map_err(Outcome::Failed)?;
    let url = format!("ws://{}/", server.address);
    exchange(&["peer"], &url, &folder).map_err(Outcome::Failed)
}

/// Our client and our server, and something in between that cuts off whoever is silent: the heartbeat of either keeps
/// the connection.
fn behind(front: Front) -> Result<(), Outcome> {
    front.provide().map_err(Outcome::Skipped)?;
    let through = |heartbeat: &[&str], name: &str, modes: &[&str]| {
        let folder = folder(&format!("{front:?}-{name}"));
        let server = serve(&folder, heartbeat)?;
        let (_front, address) = front.start(server.address, &folder)?;
        exchange(modes, &format!("ws://{address}/echo"), &folder)
    };
    through(&[], "client", &["echo", "idle", "still"])
        .and_then(|()| through(&["--ping-interval", "0.5"], "server", &["kept"]))
        .map_err(Outcome::Failed)
}

/// `sockeye serve`, with room for messages a little larger than its default and a subprotocol.
fn serve(folder: &Path, more: &[&str]) -> Result<Server, String> {
    let options = [&["--max-message", "2M", "--protocol", "echo.v1"], more].concat();
    Server::start(&options, &folder.join("server.log"))
}

/// Our client in each of these modes.
fn exchange(modes: &[&str], url: &str, folder: &Path) -> Result<(), String> {
    let program = build("sockeye-conformance", "exchange")?;
    modes.iter().try_for_each(|mode| {
        let log = folder.join(format!("{mode}.log"));
        finishes(Command::new(&program).args([mode, url]), &log)
    })
}

fn finishes(command: &mut Command, log: &Path) -> Result<(), String> {
    Process::start(command, log)?.succeeds(LIMIT)
}

fn folder(name: &str) -> PathBuf {
    workspace_root().join("target/interop").join(name.to_lowercase())
}
