//! yawc: its frames polled and fed, flushed once per arrival. It checks no UTF-8 by default, and the frames are
//! binary anyway.

use std::pin::Pin;

use futures_sink::Sink;
use yawc::{Options, Role, WebSocket};

use super::now;
use crate::{echo::Echo, wire::Wire};

struct Codec(WebSocket<Wire>);

pub(super) fn as_it_comes(wire: Wire) -> Box<dyn Echo> {
    open(wire, Options::default())
}

/// The buffers that it is compared with others in by its own documents, and a write buffer that never has to grow.
pub(super) fn large_buffers(wire: Wire) -> Box<dyn Echo> {
    let options = Options::default()
        .with_read_buffer_capacity(128 * 1024)
        .with_write_buffer_capacity(128 * 1024)
        .with_backpressure_boundary(64 * 1024);
    open(wire, options)
}

fn open(wire: Wire, options: Options) -> Box<dyn Echo> {
    Box::new(Codec(WebSocket::from_stream(wire, Role::Server, options).expect("no extensions")))
}

impl Echo for Codec {
    fn echo(&mut self, messages: usize) {
        for _ in 0..messages {
            let frame = now(|context| self.0.poll_next_frame(context)).expect("a frame");
            now(|context| Pin::new(&mut self.0).poll_ready(context)).expect("an open wire");
            Pin::new(&mut self.0).start_send(frame).expect("room");
        }
        now(|context| Pin::new(&mut self.0).poll_flush(context)).expect("an open wire");
    }
}
