//! `Visit`: one WebSocket, from its opening to its end, as the log and the counters see it.

use std::{
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    time::Instant,
};

use sockeye::{CloseCode, Closed, Delivered, Timer, WebSocket};

use super::{log::Value, metrics::Traffic, route::Route, shared::Shared};

/// What is told of an end that came without a close (RFC 6455 7.1.5).
const NO_CLOSE: u16 = 1006;

/// What is told of a close without a code.
const NO_CODE: u16 = 1005;

/// One WebSocket, from its opening to its end.
#[derive(Debug)]
pub(super) struct Visit {
    shared: Arc<Shared>,
    route: Route,
    peer: Option<SocketAddr>,
    opened: Instant,
    /// What the counters know.
    told: Traffic,
    untold: Traffic,
}

impl Visit {
    /// One that has not begun.
    pub(super) fn new(shared: Arc<Shared>, route: Route, peer: Option<SocketAddr>) -> Self {
        let (told, untold) = (Traffic::default(), Traffic::default());
        Self { shared, route, peer, opened: Instant::now(), told, untold }
    }

    pub(super) fn begin(&mut self, ws: &WebSocket) {
        self.opened = Instant::now();
        self.shared.metrics.of(self.route).count_open();
        let version = format!("{:?}", ws.http_version());
        let deflate = if ws.deflate().is_some() { "on" } else { "off" };
        let (path, peer) = (self.route.path(), address(self.peer));
        let mut fields = vec![
            ("path", Value::Text(&path)),
            ("peer", Value::Text(&peer)),
            ("http", Value::Text(&version)),
            ("deflate", Value::Text(&deflate)),
        ];
        let protocol = ws.protocol();
        if let Some(protocol) = &protocol {
            fields.push(("protocol", Value::Text(protocol)));
        }
        self.shared.log.event("opened", &fields);
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(super) fn received(&mut self, len: usize) {
        self.untold.messages_in += 1;
        self.untold.bytes_in += count(len);
    }

    pub(super) fn sent(&mut self, len: usize) {
        self.untold.messages_out += 1;
        self.untold.bytes_out += count(len);
    }

    /// What came went to so many of the route at once.
    pub(super) fn spread(&self, members: usize, len: usize) {
        let (messages_out, bytes_out) = (count(members), count(members) * count(len));
        let news = Traffic { messages_out, bytes_out, ..Traffic::default() };
        self.shared.metrics.of(self.route).count(news);
    }

    /// So much of what others said was sent to this one; it is counted where they said it.
    pub(super) fn heard(&mut self, delivered: Delivered) {
        (self.told.messages_out, self.told.bytes_out) = (delivered.messages, delivered.bytes);
    }

    /// Brings the counters up to date. Not done for each message, since all threads share them.
    pub(super) fn tell(&mut self) {
        let news = std::mem::take(&mut self.untold);
        if news.messages_in > 0 || news.messages_out > 0 {
            self.shared.metrics.of(self.route).count(news);
            self.told.add(news);
        }
    }

    /// Waits for something, with the counters up to date as soon as it has to wait.
    pub(super) async fn up_to_date<F: Future>(&mut self, mut event: Pin<&mut F>) -> F::Output {
        poll_fn(|context| {
            let outcome = event.as_mut().poll(context);
            if outcome.is_pending() {
                self.tell();
            }
            outcome
        })
        .await
    }

    /// The peer does not keep up with what it is sent, and will be closed.
    pub(super) fn falls_behind(&self) {
        let (path, peer) = (self.route.path(), address(self.peer));
        let fields = [("path", Value::Text(&path)), ("peer", Value::Text(&peer))];
        self.shared.log.event("behind", &fields);
    }

    pub(super) fn end(mut self, closed: Option<&Closed>) {
        self.tell();
        let closed = closed.unwrap_or(&Closed::Lost);
        let code = code(closed);
        self.shared.metrics.of(self.route).count_end(code);
        let (path, peer) = (self.route.path(), address(self.peer));
        let Traffic { messages_in, bytes_in, messages_out, bytes_out } = self.told;
        let fields = [
            ("path", Value::Text(&path)),
            ("peer", Value::Text(&peer)),
            ("code", Value::Number(code.into())),
            ("why", Value::Text(closed)),
            ("seconds", Value::Seconds(self.opened.elapsed())),
            ("messages_in", Value::Number(messages_in)),
            ("bytes_in", Value::Number(bytes_in)),
            ("messages_out", Value::Number(messages_out)),
            ("bytes_out", Value::Number(bytes_out)),
        ];
        self.shared.log.event("closed", &fields);
    }
}

/// The code that stands for an ending in statistics: that of the first goodbye, if there was one.
fn code(closed: &Closed) -> u16 {
    match closed {
        Closed::Clean { frame, .. } => frame.code().map_or(NO_CODE, CloseCode::get),
        Closed::Violation(violation) => violation.close_code().get(),
        Closed::Limit(exceeded) => exceeded.close_code().get(),
        Closed::TimedOut(Timer::Close) | Closed::Lost => NO_CLOSE,
        Closed::TimedOut(_) => CloseCode::POLICY_VIOLATION.get(),
        _ => CloseCode::INTERNAL_ERROR.get(),
    }
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// Whose it is, in a log.
pub(super) fn address(peer: Option<SocketAddr>) -> String {
    peer.map_or_else(|| "unix".to_owned(), |address| address.to_string())
}
