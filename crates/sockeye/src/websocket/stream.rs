//! `Stream` and `Sink`, for those who speak in these.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use futures_sink::Sink;
use sockeye_proto::{CloseFrame, Message, Outgoing, SendError};

use super::WebSocket;
use crate::{Error, driver::Messages, transport::Transport};

/// A message that `Sink` has accepted and the output had no room for.
pub(super) type Pending = Option<Box<Outgoing<'static>>>;

/// The messages, and after them at most one error.
impl<S: Transport> Stream for WebSocket<S> {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.inner.driver.has_told_its_end() {
            return Poll::Ready(None);
        }
        self.inner.driver.poll_event(context, &mut Messages).map(Result::transpose)
    }
}

impl<S: Transport> WebSocket<S> {
    fn poll_pending(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Some(pending) = self.inner.pending.take() else { return Poll::Ready(Ok(())) };
        let mut message = Some(*pending);
        let fed = self.inner.driver.poll_feed(context, &mut message);
        self.inner.pending = message.map(Box::new);
        fed
    }
}

impl<S: Transport, M: Into<Outgoing<'static>>> Sink<M> for WebSocket<S> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.poll_pending(context)
    }

    fn start_send(mut self: Pin<&mut Self>, message: M) -> Result<(), Error> {
        match self.inner.driver.try_send(message.into()) {
            Ok(()) => Ok(()),
            Err(unsent) if matches!(unsent.reason, SendError::Full { .. }) => {
                self.inner.pending = Some(Box::new(unsent.message));
                Ok(())
            }
            Err(unsent) => Err(self.inner.driver.refused(unsent.reason)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.poll_pending(context))?;
        self.inner.driver.poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.poll_pending(context))?;
        self.start_close(CloseFrame::from(sockeye_proto::CloseCode::NORMAL));
        self.inner.driver.poll_end(context)
    }
}
