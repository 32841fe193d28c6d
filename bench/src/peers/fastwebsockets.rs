//! fastwebsockets: its documented echo without the collector of fragments, which only costs; it writes every frame at
//! once.

use std::{future::Future, pin::pin};

use fastwebsockets::{Frame, Role, WebSocket};

use super::now;
use crate::{echo::Echo, wire::Wire};

struct Codec(WebSocket<Wire>);

pub(super) fn as_it_comes(wire: Wire) -> Box<dyn Echo> {
    Box::new(Codec(WebSocket::after_handshake(wire, Role::Server)))
}

impl Codec {
    async fn go(&mut self, messages: usize) {
        for _ in 0..messages {
            let frame = self.0.read_frame().await.expect("a frame");
            // A frame keeps the client's mask, and would be sent with it.
            let frame = Frame::new(frame.fin, frame.opcode, None, frame.payload);
            self.0.write_frame(frame).await.expect("an open wire");
        }
    }
}

impl Echo for Codec {
    fn echo(&mut self, messages: usize) {
        let mut going = pin!(self.go(messages));
        now(|context| going.as_mut().poll(context));
    }
}
