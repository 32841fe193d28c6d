//! tungstenite: the blocking socket over `Read + Write`; messages are written as they come and flushed once per
//! arrival.

use tungstenite::{
    WebSocket,
    protocol::{Role, WebSocketConfig},
};

use crate::{echo::Echo, wire::Wire};

struct Codec(WebSocket<Wire>);

/// A read buffer of 128 KiB, which its documents advise for a high read load.
pub(super) fn as_it_comes(wire: Wire) -> Box<dyn Echo> {
    open(wire, WebSocketConfig::default())
}

/// What its documents advise for many connections; every read clears the buffer first, so small messages gain.
pub(super) fn small_buffer(wire: Wire) -> Box<dyn Echo> {
    open(wire, WebSocketConfig::default().read_buffer_size(4 * 1024))
}

pub(super) fn medium_buffer(wire: Wire) -> Box<dyn Echo> {
    open(wire, WebSocketConfig::default().read_buffer_size(16 * 1024))
}

fn open(wire: Wire, config: WebSocketConfig) -> Box<dyn Echo> {
    Box::new(Codec(WebSocket::from_raw_socket(wire, Role::Server, Some(config))))
}

impl Echo for Codec {
    fn echo(&mut self, messages: usize) {
        for _ in 0..messages {
            let message = self.0.read().expect("a message");
            self.0.write(message).expect("room");
        }
        self.0.flush().expect("an open wire");
    }
}
