//! `Session`: a conversation: what the user says goes to the server, what the server says is shown.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll},
};

use sockeye::{CloseFrame, Disconnection, Message, Reconnecting, Update};
use tokio::{
    select,
    sync::mpsc,
    time::{self, Duration, Instant},
};

use super::{
    input::Said,
    screen::{Gone, Screen, Show},
    trace::{Trace, Traced},
    view::View,
};

/// Both ends, and how far the conversation has come.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) feed: Reconnecting,
    pub(super) said: mpsc::Receiver<Said>,
    pub(super) screen: Screen,
    pub(super) view: View,
    pub(super) trace: Option<Trace>,
    pub(super) manners: Manners,
    pub(super) phase: Phase,
    pub(super) link: Link,
    /// Said, when the queue had no room for it.
    pub(super) held: Option<Message>,
    /// Messages from the server.
    pub(super) received: u64,
    /// Why the input ended early.
    pub(super) wrong: Option<String>,
}

/// When to leave, and with which words.
#[derive(Clone, Debug)]
pub(super) struct Manners {
    pub(super) goodbye: CloseFrame,
    /// After how many messages.
    pub(super) exit_after: Option<u64>,
    /// After how much silence at the end of the input; none is to stay.
    pub(super) silence: Option<Duration>,
}

/// ```text
///            the input ends             all has left
///   Talking ----------------> Draining -------------> Listening
///      |                         |                        | silence
///      |   the user leaves       | all has left           v
///      '-----------------> Hurrying -----------------> Leaving ----> the end, by the server's answer
/// ```
///
/// After as many messages as were wanted it goes to `Leaving` from anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Talking,
    Draining,
    Hurrying,
    Listening { until: Option<Instant> },
    Leaving,
}

/// Whether there is a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Up,
    /// It was lost, and that was told.
    Down,
}

/// What happened.
enum Turn {
    Heard(Result<Option<Update>, Disconnection>),
    Said(Said),
    /// Frames passed that end no message.
    Traced,
    /// Nothing waits to leave.
    Drained,
    Silence,
}

/// What a look at the user's side came to.
enum Look {
    Nothing,
    /// Something went on its way to the server.
    Moved,
    Said(Said),
}

/// How a conversation ended.
#[derive(Debug)]
pub(super) enum End {
    /// There will be nothing more from the server.
    Over(Result<(), Disconnection>),
    /// Nobody reads what is shown.
    Unread,
    /// The user does not wait for the server's goodbye.
    Aborted,
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Unread
    }
}

impl Session {
    /// Shows that it is open, and talks.
    pub(super) async fn begin(&mut self) -> End {
        match self.show_opened().await {
            Ok(()) => self.converse().await,
            Err(gone) => gone.into(),
        }
    }

    /// Talks until the conversation is over. Cancel safe but for one line that is being shown.
    pub(super) async fn converse(&mut self) -> End {
        loop {
            let silence = silence(self.phase);
            let turn = select! {
                turn = poll_fn(|context| self.poll_turn(context)) => turn,
                () = silence => Turn::Silence,
            };
            if let Err(end) = self.handle(turn).await {
                return end;
            }
        }
    }

    /// Leaves as soon as what was said is on its way.
    pub(super) fn hurry(&mut self) {
        if self.phase != Phase::Leaving {
            self.phase = Phase::Hurrying;
        }
    }

    /// Whether as many messages came as were wanted.
    pub(super) fn has_enough(&self) -> bool {
        self.manners.exit_after.is_some_and(|wanted| self.received >= wanted)
    }

    async fn show_opened(&mut self) -> Result<(), Gone> {
        let opened = self.feed.websocket().and_then(|ws| self.view.opened(ws));
        self.show(opened).await
    }

    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<Turn> {
        // Before the server is heard, too: one that is never silent must not keep the user from speaking.
        let mut look = self.look_at_user(context);
        loop {
            if let Look::Said(said) = look {
                return Poll::Ready(Turn::Said(said));
            }
            if let Poll::Ready(heard) = pin!(self.feed.recv()).poll(context) {
                return Poll::Ready(Turn::Heard(heard));
            }
            if self.trace.as_ref().is_some_and(Trace::is_behind) {
                return Poll::Ready(Turn::Traced);
            }
            // The server may just have taken what the queue was full of.
            look = self.look_at_user(context);
            if matches!(look, Look::Nothing) {
                let drains = matches!(self.phase, Phase::Draining | Phase::Hurrying);
                let is_drained = drains && self.has_sent_all();
                return if is_drained { Poll::Ready(Turn::Drained) } else { Poll::Pending };
            }
        }
    }

    /// Takes what the user says, as far as there is room for it.
    fn look_at_user(&mut self, context: &mut Context<'_>) -> Look {
        let mut look = Look::Nothing;
        loop {
            if let Some(message) = self.held.take() {
                let len = message.as_bytes().len();
                if let Err(unqueued) = self.feed.try_send(message) {
                    self.held = Some(unqueued.message);
                    return look;
                }
                self.trace.iter_mut().for_each(|trace| trace.sends(len));
                look = Look::Moved;
            }
            match self.said.poll_recv(context) {
                Poll::Ready(Some(Said::Message(message))) if self.phase == Phase::Talking => {
                    self.held = Some(message);
                }
                // Too late.
                Poll::Ready(Some(Said::Message(_))) => {}
                Poll::Ready(Some(said)) => return Look::Said(said),
                Poll::Ready(None) | Poll::Pending => return look,
            }
        }
    }

    fn has_sent_all(&self) -> bool {
        let is_written = self.feed.websocket().is_none_or(|ws| ws.queued() == 0);
        self.held.is_none() && self.feed.queued() == 0 && is_written
    }

    async fn handle(&mut self, turn: Turn) -> Result<(), End> {
        match turn {
            Turn::Heard(Ok(Some(update))) => self.hear(update).await?,
            Turn::Heard(over) => {
                self.show_frames(Trace::rest).await?;
                let closed = self.feed.closed().filter(|_| self.link == Link::Up);
                self.show(closed.and_then(|closed| self.view.closed(closed))).await?;
                return Err(End::Over(over.map(|_| ())));
            }
            Turn::Traced => self.show_frames(Trace::rest).await?,
            Turn::Drained if self.phase == Phase::Draining => {
                self.phase = Phase::Listening { until: None };
                self.listen_on();
            }
            Turn::Drained | Turn::Silence => self.leave(),
            Turn::Said(Said::End) => self.phase = Phase::Draining,
            Turn::Said(Said::Leave) if self.phase == Phase::Talking => self.hurry(),
            Turn::Said(Said::Leave) => return Err(End::Aborted),
            Turn::Said(Said::Unclear(what)) => {
                let note = self.view.note(format!("not sent: {what}"));
                self.show(Some(note)).await?;
            }
            Turn::Said(Said::Wrong(what)) => {
                self.wrong = Some(what);
                self.hurry();
            }
            Turn::Said(Said::Message(_)) => {}
        }
        Ok(())
    }

    async fn hear(&mut self, update: Update) -> Result<(), Gone> {
        match update {
            Update::Message(message) => {
                let len = message.as_bytes().len();
                self.show_frames(|trace| trace.up_to_message(len)).await?;
                if self.has_enough() {
                    return Ok(());
                }
                self.received += 1;
                self.show(Some(self.view.message(&message))).await?;
                self.listen_on();
                if self.has_enough() {
                    self.leave();
                }
                Ok(())
            }
            Update::Connected => {
                self.link = Link::Up;
                self.show_opened().await
            }
            Update::Disconnected { reason, retry_in } => {
                self.link = Link::Down;
                self.show_frames(Trace::rest).await?;
                let queued = self.feed.queued();
                self.trace.iter_mut().for_each(|trace| trace.loses_all_but(queued));
                self.show(Some(self.view.lost(&reason, retry_in))).await
            }
            _ => Ok(()),
        }
    }

    /// The silence begins anew.
    fn listen_on(&mut self) {
        if let Phase::Listening { until } = &mut self.phase {
            *until = self.manners.silence.map(|silence| Instant::now() + silence);
        }
    }

    fn leave(&mut self) {
        self.phase = Phase::Leaving;
        self.feed.start_close(self.manners.goodbye.clone());
    }

    async fn show_frames(
        &mut self,
        of: impl FnOnce(&mut Trace) -> Vec<Traced>,
    ) -> Result<(), Gone> {
        for frame in self.trace.as_mut().map(of).unwrap_or_default() {
            self.screen.show(self.view.frame(frame)).await?;
        }
        Ok(())
    }

    async fn show(&self, show: Option<Show>) -> Result<(), Gone> {
        match show {
            Some(show) => self.screen.show(show).await,
            None => Ok(()),
        }
    }
}

async fn silence(phase: Phase) {
    match phase {
        Phase::Listening { until: Some(until) } => time::sleep_until(until).await,
        _ => std::future::pending().await,
    }
}
