//! How two peers come to agree on permessage-deflate (RFC 7692 5 and 7.1).
//!
//! The server answers the first offer that it can honour and passes over the others; the client takes an answer that
//! fits one of its offers and fails the connection on any other. Called by the handshake; holds no state.

mod terms;

use http::HeaderValue;

use self::terms::ClientWindow;
pub use self::terms::DeflateAnswerError;
pub(crate) use self::terms::Terms;
use super::{DeflateConfig, DeflateParams, WindowBits};
use crate::handshake::{Extension, Param};

pub(crate) const NAME: &str = "permessage-deflate";

/// The smallest window that we ask of a peer. zlib, which it is likely to use, refuses 8 bits or takes 9 in their
/// place.
const LEAST_ASKED: WindowBits = WindowBits::new(9).expect("9 is among 8 to 15");

/// The server's side: the first offer that is valid, which is the one to answer.
pub(crate) fn valid(offers: &[Extension<'_>]) -> Option<Terms> {
    let offers = offers.iter().filter(|offer| offer.name == NAME);
    offers.map(|offer| Terms::read(&offer.params)).find_map(Result::ok)
}

/// The server's side: agrees to an offer.
///
/// What is sent back says everything that binds either side. `None` declines, which is always allowed.
pub(crate) fn answer(offer: Terms, config: &DeflateConfig) -> Option<(DeflateParams, HeaderValue)> {
    config.enabled.then(|| {
        let answer = honour(offer, config);
        (answer.params(), header(&[answer]))
    })
}

/// The server's answer to an offer; any window that is asked of it can be kept to (RFC 7692 7.1.2.1).
fn honour(offer: Terms, config: &DeflateConfig) -> Terms {
    let server =
        offer.server_max_window_bits.unwrap_or(WindowBits::MAX).min(config.send_window_bits);
    let receive = receive_window(config);
    let client = match offer.client_max_window_bits {
        ClientWindow::Unsaid => None,
        ClientWindow::AnyLimit => below_max(receive),
        ClientWindow::Limit(offered) => Some(offered.min(receive)),
    };
    // Without its context a message's window is gone with the message, so its size costs nothing in between.
    let unlimited =
        offer.client_max_window_bits == ClientWindow::Unsaid && receive < WindowBits::MAX;
    Terms {
        server_no_context_takeover: offer.server_no_context_takeover
            || !config.send_context_takeover,
        client_no_context_takeover: offer.client_no_context_takeover
            || !config.receive_context_takeover
            || unlimited,
        server_max_window_bits: match offer.server_max_window_bits {
            Some(_) => Some(server),
            None => below_max(server),
        },
        client_max_window_bits: client.map_or(ClientWindow::Unsaid, ClientWindow::Limit),
    }
}

/// The client's side: what it asks for, best first, if it wants the extension at all.
pub(crate) fn offer(config: &DeflateConfig) -> Option<HeaderValue> {
    config.enabled.then(|| header(&alternatives(config)))
}

/// The client's side: what the server's answer to [`offer`] binds both to.
///
/// A server may leave out our limit on its window by answering the second alternative; then its window is larger than
/// `receive_window_bits`, and what we keep of it grows with it.
pub(crate) fn check(
    answer: &[Param<'_>],
    config: &DeflateConfig,
) -> Result<DeflateParams, DeflateAnswerError> {
    let answer = Terms::read(answer)?;
    let offered = alternatives(config);
    if !config.enabled || !offered.iter().any(|offer| answer.fits(offer)) {
        return Err(DeflateAnswerError::NotOffered { got: answer.to_string() });
    }
    let mut params = answer.params();
    // RFC 7692 7.1.1.2 and 7.1.2.2: a client may always do with less than what was agreed on.
    params.client_no_context_takeover |= !config.send_context_takeover;
    params.client_max_window_bits = params.client_max_window_bits.min(config.send_window_bits);
    Ok(params)
}

/// The window that we want of the peer, who is likely to use zlib too.
fn receive_window(config: &DeflateConfig) -> WindowBits {
    config.receive_window_bits.max(LEAST_ASKED)
}

/// What the client can live with. The second is for servers that decline a limit on their window (RFC 7692 5.2).
fn alternatives(config: &DeflateConfig) -> Vec<Terms> {
    let plain = Terms {
        server_no_context_takeover: !config.receive_context_takeover,
        client_no_context_takeover: !config.send_context_takeover,
        server_max_window_bits: None,
        client_max_window_bits: ClientWindow::AnyLimit,
    };
    let tuned = Terms {
        server_max_window_bits: below_max(receive_window(config)),
        client_max_window_bits: below_max(config.send_window_bits)
            .map_or(ClientWindow::AnyLimit, ClientWindow::Limit),
        ..plain
    };
    if tuned == plain { vec![plain] } else { vec![tuned, plain] }
}

fn below_max(bits: WindowBits) -> Option<WindowBits> {
    (bits < WindowBits::MAX).then_some(bits)
}

/// As long as the answer to a browser, and a little.
const LIKELY_BYTES: usize = 96;

fn header(elements: &[Terms]) -> HeaderValue {
    let mut text = String::with_capacity(LIKELY_BYTES);
    for element in elements {
        text.push_str(if text.is_empty() { "" } else { ", " });
        element.write(&mut text).expect("a string takes anything");
    }
    HeaderValue::try_from(text).expect("our names and numbers are visible ASCII")
}

#[cfg(test)]
mod tests;
