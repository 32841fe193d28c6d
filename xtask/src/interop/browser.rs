//! A page and a Web Worker in headless Chromium at `sockeye serve`.

use super::{finishes, folder, peer::node_script, serve};
use crate::{machine, suite::Outcome};

const CHROMIUM: &str = "/usr/bin/chromium";

pub(super) fn run() -> Result<(), Outcome> {
    let mut script =
        node_script("browser.cjs", "playwright-core", "1.65.1").map_err(Outcome::Skipped)?;
    machine::provide(CHROMIUM, "chromium").map_err(Outcome::Skipped)?;
    let folder = folder("browser");
    let server = serve(&folder).map_err(Outcome::Failed)?;
    script.arg(CHROMIUM).arg(server.address.to_string());
    finishes(&mut script, &folder.join("browser.log")).map_err(Outcome::Failed)
}
