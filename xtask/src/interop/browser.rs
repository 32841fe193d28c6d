//! Headless Chromium at `sockeye serve`: pages and Web Workers, over HTTP/1.1 and HTTP/2, and the server's own page.

use std::path::Path;

use super::{certificate::Certificate, finishes, folder, peer::node_script, serve};
use crate::{machine, serve::Server, suite::Outcome, workspace_root};

const CHROMIUM: &str = "/usr/bin/chromium";

/// What the page in `conformance/interop/page` opens over HTTP/2: two WebSockets by itself, two in a worker.
const OVER_HTTP2: usize = 4;

/// A page and a worker behind a front server of our own, and a page of another host.
pub(super) fn http1() -> Result<(), Outcome> {
    provide()?;
    let folder = folder("browser");
    let server = serve(&folder, &[]).map_err(Outcome::Failed)?;
    drive("browser.cjs", &[&server.address.to_string()], &folder)
}

/// The same page and worker, from the server itself and over TLS, where Chromium takes HTTP/2 for WebSockets too.
pub(super) fn http2() -> Result<(), Outcome> {
    provide()?;
    Certificate::provide().map_err(Outcome::Skipped)?;
    let folder = folder("browser-http2");
    let start = || {
        let certificate = Certificate::make(&folder)?;
        let page = workspace_root().join("conformance/interop/page");
        let page = page.to_str().ok_or("expected a path in UTF-8, got another")?;
        let server = serve(&folder, &[&certificate.options()?[..], &["--dir", page]].concat())?;
        Ok((certificate, server))
    };
    let (certificate, server) = start().map_err(Outcome::Failed)?;
    let chain = certificate.chain.display().to_string();
    drive("browser_http2.cjs", &[&server.address.to_string(), &chain], &folder)?;
    went_over_http2(&server).map_err(Outcome::Failed)
}

/// What the server says of it: a browser that falls back to HTTP/1.1 does not tell.
fn went_over_http2(server: &Server) -> Result<(), String> {
    let log = server.output();
    let opened = log.lines().filter(|line| line.contains(" opened "));
    let versions: Vec<&str> = opened
        .map(|line| line.split(' ').find_map(|word| word.strip_prefix("http=")).unwrap_or_default())
        .collect();
    if versions == ["HTTP/2.0"; OVER_HTTP2] {
        return Ok(());
    }
    Err(format!("expected {OVER_HTTP2} WebSockets over HTTP/2, got {versions:?}"))
}

/// The page for trying it out, as somebody would use it.
pub(super) fn page() -> Result<(), Outcome> {
    provide()?;
    let folder = folder("page");
    let server = serve(&folder, &[]).map_err(Outcome::Failed)?;
    drive("browser_page.cjs", &[&server.address.to_string()], &folder)
}

fn provide() -> Result<(), Outcome> {
    machine::provide(CHROMIUM, "chromium").map_err(Outcome::Skipped)
}

fn drive(script: &str, arguments: &[&str], folder: &Path) -> Result<(), Outcome> {
    let script = node_script(script, "playwright-core", "1.65.1");
    let mut script = script.map_err(Outcome::Skipped)?;
    script.arg(CHROMIUM).args(arguments);
    finishes(&mut script, &folder.join("browser.log")).map_err(Outcome::Failed)
}
