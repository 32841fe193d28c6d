//! `Reconnecting`: a WebSocket that is opened anew whenever it is lost.

mod backoff;
mod disconnection;
mod queue;

use std::{
    fmt,
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use futures_sink::Sink;
use sockeye_proto::{CloseFrame, Closed, Message};
use tokio::time::{self, Instant, Sleep};

use self::queue::Queue;
pub use self::{
    backoff::Backoff,
    disconnection::{Disconnection, Verdict},
    queue::{Unqueued, UnqueuedReason},
};
use super::Connect;
use crate::{Error, WebSocket, random};

/// What a [`Reconnecting`] does on each fresh connection.
pub type Greeting<'w> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'w>>;

type Greet = Arc<dyn for<'w> Fn(&'w mut WebSocket) -> Greeting<'w> + Send + Sync>;
type Judge = Arc<dyn Fn(&Disconnection) -> Verdict + Send + Sync>;
type Opening = Pin<Box<dyn Future<Output = Result<WebSocket, Disconnection>> + Send>>;

/// What happened to a [`Reconnecting`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Update {
    /// A connection is open and was greeted; what was queued leaves now.
    Connected,
    /// A message came.
    Message(Message),
    /// The connection was lost, or did not come about; the next attempt is due.
    Disconnected {
        /// Why.
        reason: Disconnection,
        /// In how long.
        retry_in: Duration,
    },
}

/// A WebSocket that is opened anew whenever it is lost, until there is a reason to stop. From
/// [`Connect::reconnecting`].
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use sockeye::Update;
///
/// let mut feed = sockeye::connect("wss://example.com/feed")
///     .reconnecting()
///     .on_connect(|ws| Box::pin(ws.send("subscribe")));
/// while let Some(update) = feed.recv().await? {
///     match update {
///         Update::Message(message) => println!("{message:?}"),
///         Update::Disconnected { reason, retry_in } => eprintln!("{reason}, again in {retry_in:?}"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Who moves the bytes
///
/// As with a [`WebSocket`], there is no task behind it: connections are opened, kept and lost while somebody waits in
/// [`recv`](Self::recv).
///
/// # What is lost with a connection
///
/// Messages that were handed to a connection and had not arrived; nobody can tell which. Those in the queue are kept
/// for the next one. Whoever needs more numbers his messages.
pub struct Reconnecting {
    connect: Connect,
    greet: Option<Greet>,
    judge: Option<Judge>,
    backoff: Backoff,
    queue: Queue,
    state: State,
    closed: Option<Closed>,
    /// Attempts that came to nothing, or to little, since the last stable connection.
    failures: u32,
}

/// ```text
///              time             opened, greeted
///   Waiting ----------> Opening ----------------> Open
///      ^                   | failed                 | lost
///      '-------------------+------------------------'----> Ended: a reason to stop, or close()
///                                                   |        ^
///                                     start_close() '--> Leaving
/// ```
enum State {
    Waiting(Pin<Box<Sleep>>),
    Opening(Opening),
    Open { ws: Box<WebSocket>, since: Instant },
    Leaving(Box<WebSocket>),
    Ended,
}

impl Connect {
    /// Opens it anew whenever it is lost.
    #[must_use]
    pub fn reconnecting(self) -> Reconnecting {
        let state = State::Opening(open(self.clone(), None));
        let (backoff, queue) = (Backoff::default(), Queue::default());
        let (greet, judge, closed) = (None, None, None);
        Reconnecting { connect: self, greet, judge, backoff, queue, state, closed, failures: 0 }
    }
}

/// One attempt: a connection, and the greeting on it.
fn open(connect: Connect, greet: Option<Greet>) -> Opening {
    Box::pin(async move {
        let limit = connect.timeout;
        let mut ws = connect.await.map_err(Disconnection::NotOpened)?;
        let Some(greet) = greet else { return Ok(ws) };
        match time::timeout(limit, greet(&mut ws)).await {
            Ok(Ok(())) => Ok(ws),
            Ok(Err(error)) => Err(Disconnection::NotGreeted(error)),
            Err(_) => Err(Disconnection::GreetingTimeout(limit)),
        }
    })
}

impl Reconnecting {
    /// Does this on each fresh connection before anything else is sent: logs in, subscribes. It may take as long as a
    /// connection may. When it fails, the connection is given up.
    #[must_use]
    pub fn on_connect<F>(mut self, greet: F) -> Self
    where
        F: for<'w> Fn(&'w mut WebSocket) -> Greeting<'w> + Send + Sync + 'static,
    {
        self.greet = Some(Arc::new(greet));
        self.state = State::Opening(open(self.connect.clone(), self.greet.clone()));
        self
    }

    /// How long to wait between attempts.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// How much may wait for a connection: 1 MiB in 1,024 messages. An empty queue admits one message of any size.
    #[must_use]
    pub fn queue(mut self, bytes: usize, messages: usize) -> Self {
        self.queue = Queue::new(bytes, messages);
        self
    }

    /// Decides by itself whether to try again. See [`Disconnection::verdict`] for what is decided otherwise.
    #[must_use]
    pub fn judge(
        mut self,
        judge: impl Fn(&Disconnection) -> Verdict + Send + Sync + 'static,
    ) -> Self {
        self.judge = Some(Arc::new(judge));
        self
    }

    /// What happens next; `None` once there will be nothing more: the server said goodbye with 1000, or
    /// [`close`](Self::close) was called.
    ///
    /// Cancel safe: an attempt under way goes on with the next call, and nothing is lost.
    ///
    /// # Errors
    ///
    /// When a connection was lost, or refused, for a reason that says stop.
    pub async fn recv(&mut self) -> Result<Option<Update>, Disconnection> {
        poll_fn(|context| self.poll_update(context)).await
    }

    /// Queues a message, and waits until it has left if there is a connection. Without one it waits in the queue.
    ///
    /// Cancel safe: the message is queued at once.
    ///
    /// # Errors
    ///
    /// When the queue is full, or there will be no further connection; the message is given back.
    pub async fn send(&mut self, message: impl Into<Message>) -> Result<(), Unqueued> {
        self.try_send(message)?;
        poll_fn(|context| self.poll_flush(context)).await;
        Ok(())
    }

    /// Queues a message. It leaves while somebody waits in [`recv`](Self::recv).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn try_send(&mut self, message: impl Into<Message>) -> Result<(), Unqueued> {
        let message = message.into();
        match self.state {
            State::Leaving(_) | State::Ended => {
                Err(Unqueued { message, reason: UnqueuedReason::Ended })
            }
            _ => self.queue.push(message),
        }
    }

    /// Says goodbye, if there is anybody to say it to, and opens nothing anew. What is queued is sent before if the
    /// connection has room for it. Cancel safe: calling again goes on.
    ///
    /// # Errors
    ///
    /// As [`WebSocket::close`].
    pub async fn close(&mut self, frame: impl Into<CloseFrame>) -> Result<(), Error> {
        let frame = frame.into();
        self.start_close(frame.clone());
        let State::Leaving(ws) = &mut self.state else { return Ok(()) };
        let end = ws.close(frame).await;
        self.closed = ws.closed().cloned();
        self.state = State::Ended;
        end
    }

    /// As [`close`](Self::close), without waiting: [`recv`](Self::recv) returns what the server still sends, and then
    /// `None`. What is queued and finds no room in the connection is not sent.
    pub fn start_close(&mut self, frame: impl Into<CloseFrame>) {
        self.state = match mem::replace(&mut self.state, State::Ended) {
            State::Open { mut ws, .. } => {
                self.queue.move_to(&mut ws);
                ws.start_close(frame);
                State::Leaving(ws)
            }
            State::Leaving(ws) => State::Leaving(ws),
            State::Waiting(_) | State::Opening(_) | State::Ended => State::Ended,
        };
    }

    /// How the last connection that was open ended, unless it still is.
    #[must_use]
    pub fn closed(&self) -> Option<&Closed> {
        self.closed.as_ref()
    }

    /// The connection, while there is one.
    #[must_use]
    pub fn websocket(&self) -> Option<&WebSocket> {
        match &self.state {
            State::Open { ws, .. } | State::Leaving(ws) => Some(ws),
            _ => None,
        }
    }

    /// Messages that wait for a connection, or for room in it.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    fn poll_update(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Update>, Disconnection>> {
        loop {
            match &mut self.state {
                State::Waiting(until) => {
                    ready!(until.as_mut().poll(context));
                    self.state = State::Opening(open(self.connect.clone(), self.greet.clone()));
                }
                State::Opening(opening) => {
                    return Poll::Ready(match ready!(opening.as_mut().poll(context)) {
                        Ok(ws) => {
                            self.state = State::Open { ws: Box::new(ws), since: Instant::now() };
                            Ok(Some(Update::Connected))
                        }
                        Err(reason) => self.lose(reason),
                    });
                }
                State::Open { ws, since } => {
                    let received = ready!(poll_open(ws, &mut self.queue, context));
                    if since.elapsed() >= self.backoff.stable_after {
                        self.failures = 0;
                    }
                    if let Some(Ok(message)) = received {
                        return Poll::Ready(Ok(Some(Update::Message(message))));
                    }
                    self.closed = ws.closed().cloned();
                    let reason = match (received, &self.closed) {
                        (None, Some(Closed::Clean { frame, .. })) => {
                            Disconnection::Closed(frame.clone())
                        }
                        (Some(Err(error)), _) => Disconnection::Failed(error),
                        _ => Disconnection::Failed(Error::Closed(Closed::Lost)),
                    };
                    return Poll::Ready(self.lose(reason));
                }
                State::Leaving(ws) => {
                    let received = ready!(Pin::new(&mut **ws).poll_next(context));
                    if let Some(Ok(message)) = received {
                        return Poll::Ready(Ok(Some(Update::Message(message))));
                    }
                    self.closed = ws.closed().cloned();
                    self.state = State::Ended;
                    let end = received.transpose().map_err(Disconnection::Failed);
                    return Poll::Ready(end.map(|_| None));
                }
                State::Ended => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// Tries again, or does not.
    fn lose(&mut self, reason: Disconnection) -> Result<Option<Update>, Disconnection> {
        let verdict = self.judge.as_ref().map_or_else(|| reason.verdict(), |judge| judge(&reason));
        match verdict {
            Verdict::Retry => {
                let random = u64::from_ne_bytes(random::bytes());
                let wait = self.backoff.wait(self.failures, random);
                let retry_in = wait.max(reason.retry_after().unwrap_or_default());
                self.failures = self.failures.saturating_add(1);
                self.state = State::Waiting(Box::pin(time::sleep(retry_in)));
                Ok(Some(Update::Disconnected { reason, retry_in }))
            }
            Verdict::Stop => {
                self.state = State::Ended;
                if reason.is_normal() { Ok(None) } else { Err(reason) }
            }
        }
    }

    /// A connection that fails meanwhile is left for `recv` to tell.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let State::Open { ws, .. } = &mut self.state else { return Poll::Ready(()) };
        loop {
            self.queue.move_to(ws);
            let flushed = ready!(Sink::<Message>::poll_flush(Pin::new(&mut **ws), context));
            if flushed.is_err() || self.queue.is_empty() || !ws.is_open() {
                return Poll::Ready(());
            }
        }
    }
}

/// Receives, and meanwhile moves what is queued as there comes room for it.
fn poll_open(
    ws: &mut WebSocket,
    queue: &mut Queue,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Message, Error>>> {
    loop {
        queue.move_to(ws);
        let before = ws.queued();
        if let Poll::Ready(received) = Pin::new(&mut *ws).poll_next(context) {
            return Poll::Ready(received);
        }
        if queue.is_empty() || ws.queued() >= before {
            return Poll::Pending;
        }
    }
}

impl fmt::Debug for Reconnecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Waiting(_) => "waiting",
            State::Opening(_) => "opening",
            State::Open { .. } => "open",
            State::Leaving(_) => "leaving",
            State::Ended => "ended",
        };
        f.debug_struct("Reconnecting")
            .field("connect", &self.connect)
            .field("state", &state)
            .field("queued", &self.queue.len())
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}
