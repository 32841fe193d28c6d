//! The suite as the client of `sockeye serve`.

use super::{
    plan::{Extent, Role, Route},
    proxy::Proxy,
    round,
    tester::Tester,
};
use crate::{process::Process, serve::Server, suite::Outcome};

/// The largest message of the suite is 16 MiB, and the one in most pieces has 65,537.
const LIMITS: [&str; 4] = ["--max-message", "16M", "--max-fragments", "70000"];

pub(super) fn run(extent: Extent, route: Route) -> Result<(), Outcome> {
    let tester = Tester::provide().map_err(Outcome::Skipped)?;
    if route == Route::Http2 {
        Proxy::provide().map_err(Outcome::Skipped)?;
    }
    judge(&tester, extent, route).map_err(Outcome::Failed)
}

fn judge(tester: &Tester, extent: Extent, route: Route) -> Result<(), String> {
    let peer = match route {
        Route::Direct => "server",
        Route::Http2 => "server-http2",
    };
    let folder = round::folder(peer);
    let server = Server::start(&LIMITS, &folder.join("server.log"))?;
    let proxy = match route {
        Route::Direct => None,
        Route::Http2 => Some(Proxy::start(server.address, &folder)?),
    };
    let address = proxy.as_ref().map_or(server.address, |proxy| proxy.address);
    round::judge(peer, extent, tester.unable(Role::Server), |batch, report| {
        let mut command = tester.client(&format!("{address}/echo"), batch, report)?;
        Process::start(&mut command, &report.with_extension("log"))
    })
}
