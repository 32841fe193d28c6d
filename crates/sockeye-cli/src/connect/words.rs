//! Endings and errors, in words of one line.

use std::fmt::Write as _;

use http::header;
use sockeye::{Closed, ConnectError, Disconnection, Error};

use crate::{escape, failure::chain};

/// How much of a page that comes with a refusal is shown.
const PAGE_CHARACTERS: usize = 120;

/// Why there is no connection. What the server wrote in it is safe to print.
pub(super) fn disconnection(reason: &Disconnection) -> String {
    let words = match reason {
        Disconnection::NotOpened(error) => return refusal(error),
        Disconnection::Closed(frame) => format!("closed by the peer: {frame}"),
        Disconnection::Failed(Error::Closed(closed)) => ending(closed),
        other => chain(other),
    };
    escape::line(&words)
}

/// How a connection ended.
pub(super) fn ending(closed: &Closed) -> String {
    let blame = match closed {
        Closed::Violation(_) => "the server broke the protocol: ",
        Closed::Limit(_) => "the server sent too much: ",
        _ => "",
    };
    escape::line(&format!("{blame}{closed}"))
}

/// Why no connection came about, with the first line of the page if the server sent one for people.
fn refusal(error: &ConnectError) -> String {
    let mut words = chain(error);
    let page = error.response().and_then(|response| {
        let kind = response.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
        let is_for_people = kind.starts_with("text/plain") || kind.starts_with("application/json");
        let page = String::from_utf8_lossy(response.body()).into_owned();
        page.lines().next().filter(|line| is_for_people && !line.is_empty()).map(str::to_owned)
    });
    if let Some(page) = page {
        let shown: String = page.chars().take(PAGE_CHARACTERS).collect();
        write!(words, ": {shown}").expect("a string takes all");
    }
    escape::line(&words)
}
