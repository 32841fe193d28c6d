//! `Wire`: one connection to the server, on which anything can be said.

use std::{sync::Arc, time::Duration};

use sockeye::Io;
use tokio::{
    io::{self, AsyncWriteExt, WriteHalf},
    sync::OwnedSemaphorePermit,
    time::timeout,
};

use super::{
    ending::Ending,
    frame::{self, Incoming},
    inbox::{End, Inbox},
    response::Reply,
    server::Traffic,
};

/// How much is written before it is asked whether it went.
const PIECE: usize = 16 << 10;

/// How long a connection that answers is watched: a failure may follow on the heels of an answer.
const SETTLING: Duration = Duration::from_millis(100);

/// What became of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    All,
    /// The server stopped reading.
    Stalled,
    /// The server ended the connection.
    Cut,
}

/// A connection; it has one of the places that there are.
#[derive(Debug)]
pub(super) struct Wire {
    inbox: Inbox,
    writer: WriteHalf<Io>,
    patience: Duration,
    traffic: Arc<Traffic>,
    _place: OwnedSemaphorePermit,
}

impl Wire {
    pub(super) fn new(
        io: Io,
        patience: Duration,
        traffic: Arc<Traffic>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let (reader, writer) = io::split(io);
        let inbox = Inbox::new(reader, traffic.clone());
        Self { inbox, writer, patience, traffic, _place: place }
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Writes, and reads meanwhile, so that nobody waits for the other.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Sent {
        for piece in bytes.chunks(PIECE) {
            let writing = timeout(self.patience, write(&mut self.writer, piece));
            let mut writing = std::pin::pin!(writing);
            let written = loop {
                tokio::select! {
                    written = &mut writing => break written,
                    _ = self.inbox.fill(), if !self.inbox.has_ended() => {}
                }
            };
            match written {
                Ok(Ok(())) => self.traffic.count_sent(piece.len()),
                Ok(Err(_)) => return Sent::Cut,
                Err(_) => return Sent::Stalled,
            }
        }
        Sent::All
    }

    /// Writes, and reads nothing.
    pub(super) async fn send_deaf(&mut self, bytes: &[u8]) -> Sent {
        match timeout(self.patience, write(&mut self.writer, bytes)).await {
            Ok(Ok(())) => {
                self.traffic.count_sent(bytes.len());
                Sent::All
            }
            Ok(Err(_)) => Sent::Cut,
            Err(_) => Sent::Stalled,
        }
    }

    /// Says that nothing more comes.
    pub(super) async fn finish(&mut self) {
        // A server that is gone is found out by reading.
        let _ = timeout(self.patience, self.writer.shutdown()).await;
    }

    /// The next frame; none when it does not come in time.
    pub(super) async fn frame(&mut self) -> Option<Result<Incoming, End>> {
        timeout(self.patience, self.inbox.frame()).await.ok()
    }

    /// What comes of a request.
    pub(super) async fn reply(&mut self) -> Reply {
        match timeout(self.patience, self.inbox.response()).await {
            Ok(Ok(response)) => Reply::Response(response),
            Ok(Err(end)) => Reply::End(end),
            Err(_) => Reply::Nothing(self.patience),
        }
    }

    /// Whether the server says or ends anything within this time.
    pub(super) async fn stirs_within(&mut self, time: Duration) -> bool {
        timeout(time, self.inbox.fill()).await.is_ok()
    }

    /// The end of the stream, with all that comes before it in `unread`.
    pub(super) async fn end_within(&mut self, time: Duration) -> Option<End> {
        timeout(time, self.inbox.rest()).await.ok()
    }

    pub(super) fn unread(&self) -> &[u8] {
        self.inbox.unread()
    }

    /// What becomes of the connection; [`frame::marker`] asks whether it lives.
    pub(super) async fn ending(&mut self) -> Ending {
        let ending = timeout(self.patience, until_decided(&mut self.inbox)).await;
        let ending = ending.unwrap_or(Ending::Silent(self.patience));
        if ending != Ending::Alive {
            return ending;
        }
        timeout(SETTLING, until_decided(&mut self.inbox)).await.unwrap_or(Ending::Alive)
    }
}

async fn write(writer: &mut WriteHalf<Io>, bytes: &[u8]) -> io::Result<()> {
    writer.write_all(bytes).await?;
    writer.flush().await
}

async fn until_decided(inbox: &mut Inbox) -> Ending {
    loop {
        match inbox.frame().await {
            Ok(frame) if frame.opcode() == frame::CLOSE => return Ending::of_close(&frame),
            Ok(frame) if frame.is_answer_to_marker() => return Ending::Alive,
            Ok(_) => {}
            Err(end) => return Ending::Ended(end),
        }
    }
}
