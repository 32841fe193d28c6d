//! tokio-websockets: its `Stream` and `Sink`, with the unbounded frames and limits of its own echo server.
//!
//! Its stream writes what is queued before it looks for the next message, so feeding alone gathers nothing: either
//! each message is sent as it comes, or all messages of an arrival are taken first and then fed.

use std::pin::Pin;

use futures_core::Stream;
use futures_sink::Sink;
use tokio_websockets::{Config, Limits, Message, ServerBuilder, WebSocketStream};

use super::now;
use crate::{echo::Echo, wire::Wire};

struct AsTheyCome(WebSocketStream<Wire>);

struct Gathered {
    socket: WebSocketStream<Wire>,
    messages: Vec<Message>,
}

pub(super) fn as_it_comes(wire: Wire) -> Box<dyn Echo> {
    Box::new(AsTheyCome(open(wire, Config::default())))
}

/// A threshold that no arrival reaches, so that each leaves in vectored writes.
pub(super) fn gathered(wire: Wire) -> Box<dyn Echo> {
    let socket = open(wire, Config::default().flush_threshold(256 * 1024));
    Box::new(Gathered { socket, messages: Vec::new() })
}

fn open(wire: Wire, config: Config) -> WebSocketStream<Wire> {
    let config = config.frame_size(usize::MAX);
    ServerBuilder::new().config(config).limits(Limits::unlimited()).serve(wire)
}

fn receive(socket: &mut WebSocketStream<Wire>) -> Message {
    let next = now(|context| Pin::new(&mut *socket).poll_next(context));
    next.expect("an open wire").expect("a message")
}

fn feed(socket: &mut WebSocketStream<Wire>, message: Message) {
    now(|context| Pin::new(&mut *socket).poll_ready(context)).expect("an open wire");
    Pin::new(socket).start_send(message).expect("room");
}

fn flush(socket: &mut WebSocketStream<Wire>) {
    now(|context| Pin::new(socket).poll_flush(context)).expect("an open wire");
}

impl Echo for AsTheyCome {
    fn echo(&mut self, messages: usize) {
        for _ in 0..messages {
            let message = receive(&mut self.0);
            feed(&mut self.0, message);
            flush(&mut self.0);
        }
    }
}

impl Echo for Gathered {
    fn echo(&mut self, messages: usize) {
        for _ in 0..messages {
            self.messages.push(receive(&mut self.socket));
        }
        for message in self.messages.drain(..) {
            feed(&mut self.socket, message);
        }
        flush(&mut self.socket);
    }
}
