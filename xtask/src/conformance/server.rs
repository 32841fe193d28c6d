//! The suite as the client of `sockeye serve`.

use super::{
    plan::{Extent, Route},
    proxy::Proxy,
    round,
    tester::Tester,
};
use crate::{process::Process, serve::Server, suite::Outcome};

/// The largest message of the suite is 16 MiB, and the one in most pieces has 65,537.
const LIMITS: [&str; 4] = ["--max-message", "16M", "--max-fragments", "70000"];

pub(super) fn run(extent: Extent, route: Route) -> Outcome {
    let tester = match Tester::provide() {
        Ok(tester) => tester,
        Err(missing) => return Outcome::Skipped(missing),
    };
    let peer = match route {
        Route::Direct => "server",
        Route::Http2 => "server-http2",
    };
    if let (Route::Http2, Err(missing)) = (route, Proxy::provide()) {
        return Outcome::Skipped(missing);
    }
    match judge(&tester, peer, extent, route) {
        Ok(outcome) => outcome,
        Err(why) => Outcome::Failed(why),
    }
}

fn judge(tester: &Tester, peer: &str, extent: Extent, route: Route) -> Result<Outcome, String> {
    let server = Server::start(&LIMITS, &round::folder(peer).join("server.log"))?;
    let proxy = match route {
        Route::Direct => None,
        Route::Http2 => Some(Proxy::start(server.address, &round::folder(peer))?),
    };
    let address = proxy.as_ref().map_or(server.address, |proxy| proxy.address);
    Ok(round::judge(peer, extent, |batch, report| {
        let mut command = tester.client(&format!("{address}/echo"), batch, report)?;
        Process::start(&mut command, &report.with_extension("log"))
    }))
}
