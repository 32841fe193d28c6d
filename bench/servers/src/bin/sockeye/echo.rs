//! The echo, in the two ways that a message can be had.

use sockeye::{Message, MessageRef, Out, SendError, Unsent, WebSocket};

/// Messages of their own; the answers to a burst leave together.
pub(crate) async fn owned(mut ws: WebSocket) {
    while let Ok(Some(message)) = ws.recv().await {
        if ws.feed(message).await.is_err() {
            return;
        }
    }
}

/// Messages that are lent, and encoded from where they lie.
pub(crate) async fn lent(mut ws: WebSocket) {
    // What had no room in the queue, in a box, as an echo that is idle has none.
    let mut late = None;
    while let Ok(Some(())) = ws.recv_with(|message, out| send_back(message, out, &mut late)).await {
        if let Some(message) = late.take()
            && Box::pin(ws.feed(*message)).await.is_err()
        {
            return;
        }
    }
}

fn send_back(message: MessageRef<'_>, out: &mut Out<'_>, late: &mut Option<Box<Message>>) {
    if let Err(Unsent { reason: SendError::Full { .. }, .. }) = out.try_send(message) {
        *late = Some(Box::new(message.into_owned()));
    }
}
