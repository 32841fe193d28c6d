//! `cargo xtask interop`: ours with what others wrote, in both directions: libraries, a browser, front servers.
//!
//! What is said to whom stands in `conformance/interop` and in the program `exchange` of `conformance/client`; this
//! starts both ends.

mod peer;
mod connect;
mod browser;
mod front;

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
    steps.extend(connect::steps());
    steps.push(Step::attempt("interop: a page and a worker in Chromium", browser::run));
    for front in [Front::Nginx, Front::Haproxy] {
        steps.push(Step::attempt(format!("interop: behind {front}"), move || behind(front)));
    }
    steps
}

/// A client of others at `sockeye serve`.
fn client(peer: Peer) -> Result<(), Outcome> {
    let mut client = peer.client().map_err(Outcome::Skipped)?;
    let folder = folder(&format!("{peer:?}-client"));
    let server = serve(&folder).map_err(Outcome::Failed)?;
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

/// Our client and our server, and something in between that cuts off whoever is silent.
fn behind(front: Front) -> Result<(), Outcome> {
    front.provide().map_err(Outcome::Skipped)?;
    let folder = folder(&format!("{front:?}"));
    let exchanges = || {
        let server = serve(&folder)?;
        let (_front, address) = front.start(server.address, &folder)?;
        let url = format!("ws://{address}/echo");
        exchange(&["echo", "idle", "still"], &url, &folder)
    };
    exchanges().map_err(Outcome::Failed)
}

/// `sockeye serve`, with room for messages a little larger than its default.
fn serve(folder: &Path) -> Result<Server, String> {
    Server::start(&["--max-message", "2M"], &folder.join("server.log"))
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
