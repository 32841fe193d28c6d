//! `Inbox`: what the server sends, taken apart as far as it has come.

use std::{fmt, io, sync::Arc};

use bytes::{Buf, BytesMut};
use sockeye::Io;
use tokio::io::{AsyncReadExt, ReadHalf};

use super::{frame::Incoming, response::Response, server::Traffic};

/// The most that is read on one connection.
const MOST_BYTES: usize = 32 << 20;

/// The longest head that is read.
const MOST_HEAD: usize = 64 << 10;

/// How the stream came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Fin,
    Reset,
    /// The server sent more than anybody asked for, and we left.
    Excess,
    /// No HTTP where HTTP was to come.
    Nonsense,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fin => "the end of the stream",
            Self::Reset => "a reset",
            Self::Excess => "more than 32 MiB",
            Self::Nonsense => "something that is no response of HTTP/1.1",
        })
    }
}

#[derive(Debug)]
pub(super) struct Inbox {
    reader: ReadHalf<Io>,
    unread: BytesMut,
    end: Option<End>,
    received: usize,
    traffic: Arc<Traffic>,
}

impl Inbox {
    pub(super) fn new(reader: ReadHalf<Io>, traffic: Arc<Traffic>) -> Self {
        Self { reader, unread: BytesMut::new(), end: None, received: 0, traffic }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Reads what has come. Cancel safe.
    pub(super) async fn fill(&mut self) -> Result<(), End> {
        if let Some(end) = self.end {
            return Err(end);
        }
        let end = match self.reader.read_buf(&mut self.unread).await {
            Ok(0) => End::Fin,
            Ok(len) => {
                self.traffic.count_received(len);
                self.received += len;
                if self.received <= MOST_BYTES {
                    return Ok(());
                }
                End::Excess
            }
            // TLS that ends without saying so ends all the same.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => End::Fin,
            Err(_) => End::Reset,
        };
        self.end = Some(end);
        Err(end)
    }

    /// Cancel safe, as the next two.
    pub(super) async fn frame(&mut self) -> Result<Incoming, End> {
        loop {
            if let Some(frame) = Incoming::take(&mut self.unread) {
                return Ok(frame);
            }
            self.fill().await?;
        }
    }

    pub(super) async fn response(&mut self) -> Result<Response, End> {
        loop {
            let end = self.unread.windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(end) = end {
                let head = self.unread.split_to(end);
                self.unread.advance(4);
                return Response::parse(&head).ok_or(End::Nonsense);
            }
            if self.unread.len() > MOST_HEAD {
                return Err(End::Nonsense);
            }
            self.fill().await?;
        }
    }

    /// Everything up to the end.
    pub(super) async fn rest(&mut self) -> End {
        loop {
            if let Err(end) = self.fill().await {
                return end;
            }
        }
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.unread
    }
}
