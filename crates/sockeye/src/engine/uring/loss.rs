//! What becomes of a ring whose kernel has lost an answer.
//!
//! Where there is no room for an answer the kernel needs memory for it, and where there is none it says no more than
//! that an answer is lost: not whose, nor how much of a buffer it was about. What is received afterwards lies elsewhere
//! than it is looked for, so the bytes of one connection could be taken for those of another. All of them have failed.

use rustix::{
    fd::AsFd,
    io::Errno,
    net::{self, Shutdown},
};

use super::{super::with, Uring};

impl Uring {
    /// Every connection fails, and the ring is another one. If there is none to be had, the engine ends.
    pub(super) fn begin_anew(&mut self) {
        let inbox =
            with(|engine| engine.inbox.clone()).expect("a ring is used on its engine's thread");
        self.ring.begin_anew(inbox.descriptor().as_fd()).unwrap_or_else(|error| {
            panic!("expected a ring instead of one that has lost an answer, got {error}")
        });
        (self.aged, self.fresh, self.outgoing, self.closing) = Default::default();
        for key in self.ring.keys() {
            let Some(file) = self.ring.at(key) else { continue };
            // Nobody knows how much was sent, so nothing may follow. It fails only if the peer has gone.
            let _ = net::shutdown(file.fd(), Shutdown::Both);
            let waiter = file.link.fail(Errno::NOMEM);
            self.told.push(waiter);
            self.finish(key);
        }
    }
}
