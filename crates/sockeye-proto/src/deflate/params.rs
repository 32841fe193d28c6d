//! What two peers can agree on (RFC 7692 7.1), and what we wish for.

/// The size of an LZ77 window as a power of two, 8 to 15 (RFC 7692 7.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WindowBits(u8);

impl WindowBits {
    /// 8 bits: 256 bytes.
    pub const MIN: Self = Self(8);
    /// 15 bits: 32 KiB; what holds when nothing is said.
    pub const MAX: Self = Self(15);

    /// The window, if `bits` is 8 to 15.
    #[must_use]
    pub const fn new(bits: u8) -> Option<Self> {
        match bits {
            8..=15 => Some(Self(bits)),
            _ => None,
        }
    }

    /// The power of two.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The window's size in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        1 << self.0
    }
}

/// What both peers agreed on for a connection (RFC 7692 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeflateParams {
    /// The server forgets its window after each message it sends.
    pub server_no_context_takeover: bool,
    /// The client forgets its window after each message it sends.
    pub client_no_context_takeover: bool,
    /// The window that the server compresses with.
    pub server_max_window_bits: WindowBits,
    /// The window that the client compresses with.
    pub client_max_window_bits: WindowBits,
}

impl Default for DeflateParams {
    fn default() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: WindowBits::MAX,
            client_max_window_bits: WindowBits::MAX,
        }
    }
}

/// What we wish for in a negotiation, and how hard to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeflateConfig {
    /// Whether the extension is offered and accepted at all: yes.
    pub enabled: bool,
    /// The window for what we send: 12 bits, which parks in 4 KiB.
    pub send_window_bits: WindowBits,
    /// The window for what the peer sends: 12 bits. A client that cannot limit its window is asked not to take its
    /// context over.
    pub receive_window_bits: WindowBits,
    /// Whether we keep our window from message to message: yes.
    pub send_context_takeover: bool,
    /// Whether the peer may keep its window from message to message: yes.
    pub receive_context_takeover: bool,
    /// 1 (fast) to 9 (small): 5, from where on a message of 1 KiB gets hardly smaller. 1 takes a third of the time, and
    /// leaves a third more.
    pub level: u8,
    /// Messages below this many bytes are sent as they are: 128.
    pub threshold_bytes: usize,
}

impl Default for DeflateConfig {
    fn default() -> Self {
        let twelve = WindowBits(12);
        Self {
            enabled: true,
            send_window_bits: twelve,
            receive_window_bits: twelve,
            send_context_takeover: true,
            receive_context_takeover: true,
            level: 5,
            threshold_bytes: 128,
        }
    }
}

impl DeflateConfig {
    /// No compression: never offered, always declined.
    #[must_use]
    pub fn disabled() -> Self {
        Self { enabled: false, ..Self::default() }
    }

    /// Sets [`send_window_bits`](Self::send_window_bits).
    #[must_use]
    pub fn send_window_bits(mut self, bits: WindowBits) -> Self {
        self.send_window_bits = bits;
        self
    }

    /// Sets [`receive_window_bits`](Self::receive_window_bits).
    #[must_use]
    pub fn receive_window_bits(mut self, bits: WindowBits) -> Self {
        self.receive_window_bits = bits;
        self
    }

    /// Sets [`send_context_takeover`](Self::send_context_takeover).
    #[must_use]
    pub fn send_context_takeover(mut self, takeover: bool) -> Self {
        self.send_context_takeover = takeover;
        self
    }

    /// Sets [`receive_context_takeover`](Self::receive_context_takeover).
    #[must_use]
    pub fn receive_context_takeover(mut self, takeover: bool) -> Self {
        self.receive_context_takeover = takeover;
        self
    }

    /// Sets [`level`](Self::level), held to 1 to 9.
    #[must_use]
    pub fn level(mut self, level: u8) -> Self {
        self.level = level.clamp(1, 9);
        self
    }

    /// Sets [`threshold_bytes`](Self::threshold_bytes).
    #[must_use]
    pub fn threshold_bytes(mut self, bytes: usize) -> Self {
        self.threshold_bytes = bytes;
        self
    }
}
