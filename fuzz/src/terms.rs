//! What a script wishes for of permessage-deflate, and what it has agreed on.

use sockeye_proto::{DeflateConfig, DeflateParams, WindowBits};

use crate::script::Script;

pub(crate) fn config(script: &mut Script<'_>) -> DeflateConfig {
    let flags = script.byte();
    let config =
        if flags & 0b11 == 0b11 { DeflateConfig::disabled() } else { DeflateConfig::default() };
    config
        .send_window_bits(bits(script))
        .receive_window_bits(bits(script))
        .send_context_takeover(flags & 0b100 == 0)
        .receive_context_takeover(flags & 0b1000 == 0)
        .level(1 + flags % 9)
        .threshold_bytes(0)
}

pub(crate) fn params(script: &mut Script<'_>) -> DeflateParams {
    let flags = script.byte();
    DeflateParams {
        server_no_context_takeover: flags & 1 != 0,
        client_no_context_takeover: flags & 2 != 0,
        server_max_window_bits: bits(script),
        client_max_window_bits: bits(script),
    }
}

fn bits(script: &mut Script<'_>) -> WindowBits {
    WindowBits::new(8 + script.byte() % 8).expect("8 to 15")
}

/// Both ends may keep to less than was agreed on in what they send, never to more.
pub(crate) fn agree(server: Option<DeflateParams>, client: Option<DeflateParams>) {
    let (Some(server), Some(client)) = (server, client) else {
        return assert_eq!(server, client, "both compress or neither does");
    };
    assert_eq!(server.server_max_window_bits, client.server_max_window_bits);
    assert_eq!(server.server_no_context_takeover, client.server_no_context_takeover);
    assert!(client.client_max_window_bits <= server.client_max_window_bits);
    assert!(client.client_no_context_takeover >= server.client_no_context_takeover);
}

/// What a client with these wishes may have agreed to.
pub(crate) fn keeps(config: &DeflateConfig, params: DeflateParams) {
    assert!(config.enabled, "what was not offered is not agreed to");
    assert!(params.client_max_window_bits <= config.send_window_bits);
    assert!(params.client_no_context_takeover || config.send_context_takeover);
    assert!(params.server_no_context_takeover || config.receive_context_takeover);
}

/// The least window that is ever asked of a peer.
pub(crate) const NINE: WindowBits = WindowBits::new(9).expect("8 to 15");
