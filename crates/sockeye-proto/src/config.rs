//! How a connection behaves: its limits, its heartbeat, its compression. Plain data with defaults for the open
//! internet.

use std::time::Duration;

use crate::deflate::DeflateConfig;

/// Bounds on what a peer can make a connection hold or do. There is no "unlimited".
///
/// ```
/// use sockeye_proto::Limits;
///
/// let limits = Limits::default().message_bytes(16 << 20).frame_bytes(16 << 20);
/// assert_eq!(limits.max_message_bytes, 16 << 20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Payload bytes of one frame of a message that is delivered whole: 1 MiB. A compressed one may have as much more
    /// as its compression can have added, a seventh.
    pub max_frame_bytes: usize,
    /// Payload bytes of one message: 1 MiB. A compressed one is judged once more as it is inflated; before that it may
    /// have a seventh more.
    pub max_message_bytes: usize,
    /// Payload bytes of one message that is delivered in parts, before and after inflating: 1 GiB.
    pub max_streamed_bytes: u64,
    /// Frames of one message, empty ones too: 16,384.
    pub max_fragments: u32,
    /// Control frames within one second: 1,000.
    pub max_control_frames_per_second: u32,
    /// Bytes queued for the peer before [`send`](crate::Connection::send) says full: 1 MiB. An empty queue admits one
    /// message of any size.
    pub max_output_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_frame_bytes: 1 << 20,
            max_message_bytes: 1 << 20,
            max_streamed_bytes: 1 << 30,
            max_fragments: 16_384,
            max_control_frames_per_second: 1_000,
            max_output_bytes: 1 << 20,
        }
    }
}

impl Limits {
    /// Sets [`max_frame_bytes`](Self::max_frame_bytes).
    #[must_use]
    pub fn frame_bytes(mut self, bytes: usize) -> Self {
        self.max_frame_bytes = bytes;
        self
    }

    /// Sets [`max_message_bytes`](Self::max_message_bytes).
    #[must_use]
    pub fn message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    /// Sets [`max_streamed_bytes`](Self::max_streamed_bytes).
    #[must_use]
    pub fn streamed_bytes(mut self, bytes: u64) -> Self {
        self.max_streamed_bytes = bytes;
        self
    }

    /// Sets [`max_fragments`](Self::max_fragments).
    #[must_use]
    pub fn fragments(mut self, fragments: u32) -> Self {
        self.max_fragments = fragments;
        self
    }

    /// Sets [`max_control_frames_per_second`](Self::max_control_frames_per_second).
    #[must_use]
    pub fn control_frames_per_second(mut self, frames: u32) -> Self {
        self.max_control_frames_per_second = frames;
        self
    }

    /// Sets [`max_output_bytes`](Self::max_output_bytes).
    #[must_use]
    pub fn output_bytes(mut self, bytes: usize) -> Self {
        self.max_output_bytes = bytes;
        self
    }
}

/// The heartbeat and the deadlines of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// Silence after which a ping goes out: 30 s. Any byte from the peer ends the silence. `Duration::MAX` sends none.
    pub ping_interval: Duration,
    /// How long after a ping any byte must come: 20 s.
    pub pong_timeout: Duration,
    /// How long the closing handshake and the end of the transport may take: 5 s.
    pub close_timeout: Duration,
    /// How long the peer may take nothing of what waits for it: 60 s.
    pub stall_timeout: Duration,
    /// How long a message may be under way before its rate counts: 10 s.
    pub message_grace: Duration,
    /// Bytes a second that a message under way must bring, after its grace: 1 KiB.
    pub min_message_rate: u32,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(30),
            pong_timeout: Duration::from_secs(20),
            close_timeout: Duration::from_secs(5),
            stall_timeout: Duration::from_secs(60),
            message_grace: Duration::from_secs(10),
            min_message_rate: 1024,
        }
    }
}

impl Timing {
    /// Sets [`ping_interval`](Self::ping_interval).
    #[must_use]
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.ping_interval = interval;
        self
    }

    /// Sets [`pong_timeout`](Self::pong_timeout).
    #[must_use]
    pub fn pong_timeout(mut self, timeout: Duration) -> Self {
        self.pong_timeout = timeout;
        self
    }

    /// Sets [`close_timeout`](Self::close_timeout).
    #[must_use]
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// Sets [`stall_timeout`](Self::stall_timeout).
    #[must_use]
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = timeout;
        self
    }

    /// Sets [`message_grace`](Self::message_grace).
    #[must_use]
    pub fn message_grace(mut self, grace: Duration) -> Self {
        self.message_grace = grace;
        self
    }

    /// Sets [`min_message_rate`](Self::min_message_rate).
    #[must_use]
    pub fn min_message_rate(mut self, bytes_per_second: u32) -> Self {
        self.min_message_rate = bytes_per_second;
        self
    }
}

/// Everything about a connection that is the same for many of them; shared by reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// What a peer can make a connection hold.
    pub limits: Limits,
    /// The heartbeat and the deadlines.
    pub timing: Timing,
    /// What is offered or accepted of permessage-deflate, and how hard to compress.
    pub deflate: DeflateConfig,
}

impl Config {
    /// Sets [`limits`](Self::limits).
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets [`timing`](Self::timing).
    #[must_use]
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Sets [`deflate`](Self::deflate).
    #[must_use]
    pub fn deflate(mut self, deflate: DeflateConfig) -> Self {
        self.deflate = deflate;
        self
    }
}
