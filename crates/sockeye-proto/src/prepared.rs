//! `Prepared`: a message encoded once for sending to many.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::{
    Kind, Outgoing, WindowBits, assembly::Encoding, deflate::compress_once, frame::Header,
    outgoing::Compression,
};

/// A message that is encoded once, and compressed at most once per window size, however many connections it is sent on.
///
/// Cloning shares everything. Servers send the shared frame itself; clients mask a copy of the payload each time. The
/// compressed form refers to nothing before it, so it fits connections that take their context over as well.
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
    plain: PreparedFrame,
    /// By window bits, 8 to 15; `None` inside where compressing makes the message no smaller.
    compressed: [OnceLock<Option<PreparedFrame>>; 8],
}

/// A whole frame as a server sends it.
#[derive(Debug)]
pub(crate) struct PreparedFrame {
    bytes: Bytes,
    header_len: usize,
    encoding: Encoding,
}

impl Prepared {
    /// Encodes a message.
    #[must_use]
    pub fn new<'m>(message: impl Into<Outgoing<'m>>) -> Self {
        let message: Outgoing<'_> = message.into();
        let (kind, compression) = (message.kind, message.compression);
        let plain = PreparedFrame::new(kind, Encoding::Plain, message.as_bytes());
        let compressed = [const { OnceLock::new() }; 8];
        Self(Arc::new(Shared { kind, compression, plain, compressed }))
    }

    /// Text or binary.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The payload.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.plain.payload()
    }

    /// Where compression was agreed on for payloads of so many bytes and more.
    pub(crate) fn may_be_compressed(&self, from_bytes: usize) -> bool {
        self.0.compression.is_worth_it(self.as_bytes(), from_bytes)
    }

    pub(crate) fn plain(&self) -> &PreparedFrame {
        &self.0.plain
    }

    /// The frame compressed for a window; the first to ask compresses, at its level.
    pub(crate) fn compressed(&self, bits: WindowBits, level: u8) -> Option<&PreparedFrame> {
        let index = usize::from(bits.get() - WindowBits::MIN.get());
        let frame = self.0.compressed.get(index)?;
        let compress = || {
            let payload = compress_once(self.as_bytes(), bits, level)?;
            Some(PreparedFrame::new(self.0.kind, Encoding::Compressed, &payload))
        };
        frame.get_or_init(compress).as_ref()
    }
}

impl<'m, M: Into<Outgoing<'m>>> From<M> for Prepared {
    fn from(message: M) -> Self {
        Self::new(message)
    }
}

impl PreparedFrame {
    fn new(kind: Kind, encoding: Encoding, payload: &[u8]) -> Self {
        let compressed = encoding == Encoding::Compressed;
        let len = u64::try_from(payload.len()).unwrap_or(u64::MAX);
        let header = Header { fin: true, compressed, opcode: kind.into(), mask: None, len };
        let (bytes, header_len) = header.prepend(payload);
        Self { bytes, header_len, encoding }
    }

    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub(crate) fn payload(&self) -> &[u8] {
        self.bytes.get(self.header_len..).unwrap_or_default()
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }
}
