//! One connection, from its first byte to the one who serves it.

use std::{
    fmt,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Collected};
use sockeye_proto::handshake::{HeadLimits, write_response};
use tokio::{sync::oneshot, time};

use super::{
    Peer, Proxies, accept, files, first,
    first::{First, Head},
    listener::Preamble,
    pages,
    peer::Scheme,
    proxy_protocol,
    routes::{Handler, Routes},
};
use crate::{
    Answer, Io, Upgrade,
    hall::{Hall, Place, Seat},
    upgrade::{HandedOver, Rewound, Source},
    wire,
};

/// How long TLS and the first head may take together.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a peer may take nothing of a page.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a server that leaves waits for whoever has not asked yet: the kernel may have let him in in that moment.
const LAST_REQUESTS: Duration = Duration::from_secs(1);

/// What is set for all connections.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) handshake_timeout: Duration,
    pub(super) stall_timeout: Duration,
    pub(super) head: HeadLimits,
    pub(super) max_connections: Option<usize>,
    pub(super) max_connections_per_address: Option<usize>,
    pub(super) proxies: Option<Proxies>,
    pub(super) trouble: Trouble,
    pub(super) refusals: Refusals,
}

/// Whom to tell that no connection can be accepted.
pub(super) struct Trouble(pub(super) Box<dyn Fn(&io::Error) + Send + Sync>);

impl fmt::Debug for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trouble")
    }
}

/// Whom to tell that a request was refused.
pub(super) struct Refusals(pub(super) Box<TellRefusal>);

type TellRefusal = dyn Fn(StatusCode, &Peer) + Send + Sync;

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refusals")
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            handshake_timeout: HANDSHAKE_TIMEOUT,
            stall_timeout: STALL_TIMEOUT,
            head: HeadLimits::default(),
            max_connections: None,
            max_connections_per_address: None,
            proxies: None,
            trouble: Trouble(Box::new(|_| {})),
            refusals: Refusals(Box::new(|_, _| {})),
        }
    }
}

impl Settings {
    pub(super) fn serving(self, routes: Routes, hall: Arc<Hall>) -> Serving {
        let max_connections = self.max_connections.unwrap_or_else(files::max_connections);
        Serving { settings: self, max_connections, routes, hall }
    }
}

/// What all connections of a server share.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(super) settings: Settings,
    pub(super) max_connections: usize,
    pub(super) routes: Routes,
    pub(crate) hall: Arc<Hall>,
}

impl Serving {
    /// Tells of what is nobody's fault that is connected.
    pub(crate) fn tell(&self, trouble: &io::Error) {
        (self.settings.trouble.0)(trouble);
    }

    /// Tells those who serve a request whom it comes from.
    pub(super) fn introduce<B>(&self, peer: Peer, request: &mut http::Request<B>) {
        let peer = match &self.settings.proxies {
            Some(proxies) => proxies.apply(peer, request),
            None => peer,
        };
        request.extensions_mut().insert(peer);
    }

    /// Tells those who want to know that a request became no WebSocket.
    pub(super) fn tell_refusal(&self, status: StatusCode, peer: &Peer) {
        (self.settings.refusals.0)(status, peer);
    }
}

/// Serves a connection. A WebSocket that comes of it is served by a task of its own: this one ends then, and takes the
/// room for all that a handshake needs with it.
pub(super) async fn serve(
    serving: Arc<Serving>,
    preamble: Arc<Preamble>,
    io: Io,
    address: Option<SocketAddr>,
    place: Place,
) {
    let mut seat = Seat::new(place.clone());
    let timeout = serving.settings.handshake_timeout;
    let opened = time::timeout(timeout, open(&serving, &preamble, io, address, &place));
    let Some(Ok(Some((mut io, peer, first)))) = unless_gone(&mut seat, opened).await else {
        return;
    };
    match first {
        First::Refused(refusal) => {
            serving.tell_refusal(refusal.status(), &peer);
            let _ = accept::end_with(&mut io, &refusal.into_bytes()).await;
        }
        First::Preface(read) => {
            let io = Rewound::new(read, io, serving.settings.stall_timeout);
            Box::pin(pages::serve_http2(serving, io, peer, seat, place)).await;
        }
        First::Head(mut head) => match serving.routes.handler(&head.request).cloned() {
            Some(handler) => {
                drop(seat);
                serving.introduce(peer, &mut head.request);
                raw(&serving, handler, io, head, place).await;
            }
            None => {
                let io = Rewound::new(head.read, io, serving.settings.stall_timeout);
                Box::pin(pages::serve_http1(serving, io, peer, seat, place)).await;
            }
        },
    }
}

/// Reads what comes first; none when the transport failed, or comes from where there are too many already.
async fn open(
    serving: &Serving,
    preamble: &Preamble,
    mut io: Io,
    address: Option<SocketAddr>,
    place: &Place,
) -> Option<(Io, Peer, First)> {
    let mut peer = Peer { address, scheme: Scheme::Http };
    if let Some(proxies) = &preamble.proxies {
        let known = |ip| proxies.iter().any(|network| network.contains(ip));
        if !peer.ip().is_none_or(known) {
            return None;
        }
        peer.address = proxy_protocol::read(&mut io).await.ok()?.or(address);
    }
    if let Some((ip, limit)) = peer.ip().zip(serving.settings.max_connections_per_address)
        && !serving.settings.proxies.as_ref().is_some_and(|proxies| proxies.trust(Some(ip)))
        && !place.count_for(ip, limit)
    {
        return None;
    }
    if let Some(tls) = &preamble.tls {
        io = tls.secure(io).await.ok()?;
        peer.scheme = Scheme::Https;
    }
    let first = first::read(&mut io, serving.settings.head).await.ok()?;
    Some((io, peer, first))
}

/// What comes of a future; a server that leaves does not wait long for it.
async fn unless_gone<T>(seat: &mut Seat, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let outcome = poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => seat.poll_leaving(context).map(|()| None),
    });
    match outcome.await {
        Some(outcome) => Some(outcome),
        None => time::timeout(LAST_REQUESTS, future).await.ok(),
    }
}

/// The raw door: an upgrade that is answered without hyper.
async fn raw(serving: &Serving, handler: Handler, mut io: Io, head: Box<Head>, place: Place) {
    let Head { request, mut read, len } = *head;
    let peer = request.extensions().get::<Peer>().copied();
    let refused = |status| peer.iter().for_each(|peer| serving.tell_refusal(status, peer));
    let unread = read.split_off(len.min(read.len()));
    drop(read);
    let (hand_over, handed_over) = oneshot::channel();
    let upgrade = match Upgrade::raw(&request, Source::Raw(handed_over), place) {
        Ok(upgrade) => upgrade,
        Err(refusal) => {
            refused(refusal.status());
            let _ = accept::end_with(&mut io, &refusal.into_bytes()).await;
            return;
        }
    };
    let answer = handler(upgrade, request).await;
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        refused(answer.status());
        let _ = accept::end_with(&mut io, &last_answer(answer).await).await;
    } else if wire::write(&mut io, &write_response(&answer)).await.is_ok() {
        // Nobody waits for it if the handler has thrown its promise away.
        let _ = hand_over.send(HandedOver { io, unread });
    }
}

/// A response after which the connection closes, in bytes.
async fn last_answer(answer: Answer) -> Vec<u8> {
    let (mut parts, body) = answer.into_parts();
    let body = body.collect().await.map_or_else(|never| match never {}, Collected::to_bytes);
    parts.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let answer = http::Response::from_parts(parts, body);
    let mut bytes = write_response(&answer);
    bytes.extend_from_slice(answer.body());
    bytes
}
