//! `Station`: what the connections of one thread share.

use std::{
    io, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Context,
    time::{Duration, Instant},
};

use tokio::{sync::Notify, time::timeout};

use super::{
    alarm::Alarm, cycle::Cycle, door::Door, fanout::Fan, plan::Plan, record::Record,
    socket::Socket, trouble::Trouble,
};

/// A read takes as much as this: a burst of small messages, or a good part of a large one.
const ROOM_BYTES: usize = 256 * 1024;

/// How long a server may take to answer our goodbye when all is measured.
const GOODBYE: Duration = Duration::from_secs(1);

/// What all threads share.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) plan: Plan,
    pub(super) door: Door,
    pub(super) cycle: Cycle,
    pub(super) fan: Fan,
    /// What times in messages count from.
    pub(super) epoch: Instant,
}

/// What the connections of one thread share.
#[derive(Debug)]
pub(super) struct Station {
    pub(super) job: Arc<Job>,
    pub(super) alarm: Alarm,
    desk: Mutex<Desk>,
    /// Wakes the one who waits for [`Desk::asked`] to come to nothing.
    pub(super) all_answered: Notify,
}

/// One room to read into, and one record to write in. Only its own thread comes here, one connection at a time.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) room: Box<[u8]>,
    pub(super) record: Record,
    pub(super) stage: Stage,
    /// Idle connections that were asked and have not answered.
    pub(super) asked: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Working,
    /// Nothing new is begun.
    Ending,
}

impl Station {
    /// Must be called on the thread's runtime.
    pub(super) fn new(job: Arc<Job>) -> io::Result<Self> {
        let room = vec![0; ROOM_BYTES].into_boxed_slice();
        let desk = Desk { room, record: Record::default(), stage: Stage::Working, asked: 0 };
        Ok(Self { job, alarm: Alarm::new()?, desk: Mutex::new(desk), all_answered: Notify::new() })
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was counted since the last time. Losses stay with whoever asked first.
    pub(super) fn take_record(&self) -> Record {
        mem::take(&mut self.desk().record)
    }

    /// The end of a connection: a goodbye, or what happened instead.
    pub(super) async fn leave(&self, mut socket: Socket, outcome: Result<(), Trouble>) {
        if let Err(trouble) = outcome {
            self.desk().record.lost(&trouble);
            return;
        }
        // All is measured; a server that does not answer loses nothing but our thanks.
        let _ = timeout(GOODBYE, self.close(&mut socket)).await;
    }

    pub(super) async fn close(&self, socket: &mut Socket) -> Result<(), Trouble> {
        let closing = |context: &mut Context<'_>| {
            socket.poll_close(context, &self.job.cycle, &mut self.desk().room)
        };
        std::future::poll_fn(closing).await
    }
}
