//! `Prepared`: a message encoded once for sending to many.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Kind, Outgoing, frame::Header, outgoing::Compression};

/// A message that is encoded once, and compressed at most once per window size, however many connections it is sent on.
///
/// Cloning shares everything. Servers send the shared frame itself; clients mask a copy of the payload each time.
///
/// ```
/// use sockeye_proto::Prepared;
///
/// let message = Prepared::new("to everyone");
/// assert_eq!(message.as_bytes(), b"to everyone");
/// ```
#[derive(Clone, Debug)]
pub struct Prepared(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    kind: Kind,
    compression: Compression,
    frame: Bytes,
    header_len: usize,
}

impl Prepared {
    /// Encodes a message.
    #[must_use]
    pub fn new<'m>(message: impl Into<Outgoing<'m>>) -> Self {
        let message: Outgoing<'_> = message.into();
        let payload = message.as_bytes();
        let len = u64::try_from(payload.len()).unwrap_or(u64::MAX);
        let opcode = message.kind.into();
        let header = Header { fin: true, compressed: false, opcode, mask: None, len };
        let (frame, header_len) = header.prepend(payload);
        let (kind, compression) = (message.kind, message.compression);
        Self(Arc::new(Shared { kind, compression, frame, header_len }))
    }

    /// Text or binary.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The payload.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.frame.get(self.0.header_len..).unwrap_or_default()
    }

    /// The whole frame as a server sends it.
    pub(crate) fn frame(&self) -> &Bytes {
        &self.0.frame
    }
}
