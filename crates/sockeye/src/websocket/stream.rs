//! `Stream` and `Sink`, for those who speak in these.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use futures_sink::Sink;
use sockeye_proto::{CloseFrame, Message, Outgoing};

use super::WebSocket;
use crate::{Error, driver::Messages, transport::Transport};

/// The messages, and after them at most one error.
impl<S: Transport> Stream for WebSocket<S> {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let told = self.inner.driver.has_told_its_end();
        match ready!(self.inner.driver.poll_event(context, &mut Messages)) {
            Err(_) if told => Poll::Ready(None),
            event => Poll::Ready(event.transpose()),
        }
    }
}

impl<S: Transport, M: Into<Outgoing<'static>>> Sink<M> for WebSocket<S> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.driver.poll_room(context)
    }

    fn start_send(mut self: Pin<&mut Self>, message: M) -> Result<(), Error> {
        let accepted = self.inner.driver.accept(message.into());
        accepted.map_err(|reason| self.inner.driver.refused(reason))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.driver.poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.inner.driver.poll_room(context))?;
        self.start_close(CloseFrame::from(sockeye_proto::CloseCode::NORMAL));
        self.inner.driver.poll_end(context)
    }
}
