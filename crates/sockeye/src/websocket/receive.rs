//! The way in.

use std::{
    future::{Future, poll_fn},
    ops::ControlFlow,
};

use sockeye_proto::{Message, MessageRef};

use super::{PartsReader, WebSocket, access::Access};
use crate::{
    Error, Event, Out,
    driver::{ByReference, Each, Events, Messages},
    transport::Transport,
};

/// What a task waits in for most of its life. An `async fn` holds its arguments twice, so these are none.
impl<S: Transport> WebSocket<S> {
    /// The next message; `None` once both sides have said goodbye, with any code.
    ///
    /// Cancel safe: a message is either returned or still there for the next call.
    ///
    /// # Errors
    ///
    /// When the connection ended in any other way. Messages that came before that were returned before.
    pub fn recv(&mut self) -> impl Future<Output = Result<Option<Message>, Error>> {
        poll_fn(|context| self.inner.driver.poll_event(context, &mut Messages))
    }

    /// The next message, ping, pong or goodbye. Pings and goodbyes are answered already.
    ///
    /// Cancel safe. Control frames that come while another method waits are not kept for this one.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_event(&mut self) -> impl Future<Output = Result<Option<Event>, Error>> {
        poll_fn(|context| self.inner.driver.poll_event(context, &mut Events))
    }

    /// The next message, lent to `give` from where it was read: nothing is copied or allocated for a small one.
    ///
    /// What `give` sends by its second argument is queued, and leaves when this is called the next time, at the latest
    /// when it has to wait. It is not called while the peer takes so little that the queue is filling.
    ///
    /// Cancel safe: once `give` was called, this returns.
    ///
    /// ```
    /// # async fn echo(mut ws: sockeye::WebSocket) -> Result<(), sockeye::Error> {
    /// while let Some(sent) = ws.recv_with(|message, out| out.try_send(message).is_ok()).await? {
    ///     assert!(sent);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_with<R>(
        &mut self,
        give: impl FnOnce(MessageRef<'_>, &mut Out<'_>) -> R,
    ) -> impl Future<Output = Result<Option<R>, Error>> {
        let mut take = ByReference(Some(give));
        poll_fn(move |context| self.inner.driver.poll_lent(context, &mut take))
    }

    /// The next messages, as many as one read brought, each lent to `give` as by [`recv_with`](Self::recv_with) until
    /// that says [`Break`](ControlFlow::Break); tells how many were lent. For whoever is sent many small messages at
    /// once: each takes a sixth less.
    ///
    /// Cancel safe: once `give` was called, this returns when it was called for the last of them. What came behind a
    /// `Break` is there for the next call.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// # async fn echo(mut ws: sockeye::WebSocket) -> Result<(), sockeye::Error> {
    /// let mut late = None;
    /// while let Some(_) = ws
    ///     .recv_each(|message, out| match out.try_send(message) {
    ///         Ok(()) => ControlFlow::Continue(()),
    ///         Err(_) => {
    ///             late = Some(message.into_owned());
    ///             ControlFlow::Break(())
    ///         }
    ///     })
    ///     .await?
    /// {
    ///     if let Some(message) = late.take() {
    ///         // There was no room for it; this waits until there is.
    ///         ws.send(message).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_each(
        &mut self,
        give: impl FnMut(MessageRef<'_>, &mut Out<'_>) -> ControlFlow<()>,
    ) -> impl Future<Output = Result<Option<usize>, Error>> {
        let mut take = Each { give, lent: 0 };
        poll_fn(move |context| self.inner.driver.poll_lent(context, &mut take))
    }

    /// The next message, to be read in parts as they arrive: it may be larger than memory, or than
    /// [`max_message_bytes`](sockeye_proto::Limits::max_message_bytes).
    ///
    /// Cancel safe. The rest of a message whose reader is dropped is thrown away.
    ///
    /// ```
    /// # async fn store(mut ws: sockeye::WebSocket) -> Result<(), Box<dyn std::error::Error>> {
    /// while let Some(mut parts) = ws.recv_parts().await? {
    ///     let mut file = tokio::fs::File::create("upload").await?;
    ///     tokio::io::copy(&mut parts, &mut file).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn recv_parts(&mut self) -> Result<Option<PartsReader<'_, S>>, Error> {
        PartsReader::open(Access::Borrowed(&mut self.inner.driver)).await
    }
}
