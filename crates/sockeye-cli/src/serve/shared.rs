//! `Shared`: what everything that is served has in common.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use sockeye::Peer;

use super::{
    broadcast::Room,
    log::{Log, Value, Volume},
    metrics::Metrics,
    options::Options,
    visit::address,
};

/// What everything that is served has in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) log: Log,
    pub(super) metrics: Metrics,
    pub(super) room: Room,
    /// How long a peer that is sent something may take nothing of it.
    pub(super) stall_timeout: Duration,
    leaving: AtomicBool,
}

impl Shared {
    pub(super) fn new(options: &Options) -> io::Result<Self> {
        let volume = if options.logs.quiet { Volume::Trouble } else { Volume::Everything };
        Ok(Self {
            log: Log::new(options.logs.log, volume)?,
            metrics: Metrics::new(),
            room: Room::new(options.bounds.max_output),
            stall_timeout: options.times.stall_timeout,
            leaving: AtomicBool::new(false),
        })
    }

    pub(super) fn leave(&self) {
        self.leaving.store(true, Ordering::SeqCst);
        self.log.event("leaving", &[]);
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::SeqCst)
    }

    /// A request became no WebSocket.
    pub(super) fn refused(&self, status: u16, peer: &Peer) {
        self.metrics.refusals.count(status);
        let peer = address(peer.address());
        let fields = [("peer", Value::Text(&peer)), ("status", Value::Number(status.into()))];
        self.log.event("refused", &fields);
    }
}
