//! `Host`: what makes an engine a task of tokio's.

use std::{
    cell::RefCell,
    future::Future,
    io,
    mem::MaybeUninit,
    os::fd::OwnedFd,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use rustix::{
    event::{Timespec, epoll},
    io::Errno,
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    task::coop,
    time::{self, Sleep},
};

use super::{
    ENGINE, Engine,
    inbox::{Inbox, Mail, Rest},
    tasks::Tick,
    uring::Uring,
};

/// As many events as are taken at once; the rest stays with the kernel.
const EVENTS: usize = 256;

const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// Runs the engine of its thread, turn by turn. A turn ends when nothing is left to do or when tokio's budget for a
/// task is used up, which every read and every channel takes of: then tokio has its turn.
pub(super) struct Host {
    descriptor: AsyncFd<Arc<OwnedFd>>,
    /// What was in the inbox last time.
    mail: Mail,
    /// Ends at the next deadline of a task.
    sleep: Pin<Box<Sleep>>,
    /// When that is.
    sleeps_until: Tick,
}

/// What is known of the kernel's events in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Events {
    /// There may be some.
    Waiting,
    /// All were taken, and tokio tells of the next one.
    Taken,
}

impl Host {
    /// To be called in the runtime that it runs in.
    #[expect(
        deprecated,
        reason = "what took its place is unsafe, and an epoll that is owned stays open"
    )]
    pub(super) fn new(inbox: &Inbox) -> io::Result<Self> {
        let descriptor = AsyncFd::with_interest(inbox.descriptor().clone(), Interest::READABLE)?;
        let sleep = Box::pin(time::sleep(Duration::ZERO));
        Ok(Self { descriptor, mail: Mail::default(), sleep, sleeps_until: Tick::NEVER })
    }

    fn turn(&mut self, engine: &Engine, context: &mut Context<'_>) -> Poll<()> {
        let events = match &engine.uring {
            Some(uring) => self.take_answers(engine, uring, context),
            None => self.take_events(engine, context),
        };
        engine.inbox.take(&mut self.mail);
        engine.open(&mut self.mail);
        while coop::has_budget_remaining() && engine.is_any_ready() {
            engine.run_next();
        }
        if let Some(uring) = &engine.uring {
            uring.borrow_mut().end_turn();
        }
        self.set_alarm(engine, context);
        let mut rest = if events == Events::Taken && !engine.is_any_ready() {
            engine.inbox.rest(context.waker())
        } else {
            Rest::GoesOn
        };
        if rest != Rest::GoesOn
            && let Some(uring) = &engine.uring
            && !uring.borrow_mut().may_sleep()
        {
            rest = Rest::GoesOn;
        }
        match rest {
            Rest::Closes if engine.is_empty() => return Poll::Ready(()),
            Rest::Closes => engine.hasten(),
            Rest::Sleeps => {}
            Rest::GoesOn => context.waker().wake_by_ref(),
        }
        Poll::Pending
    }

    /// Sleeps no longer than to the next deadline.
    fn set_alarm(&mut self, engine: &Engine, context: &mut Context<'_>) {
        let next = engine.tasks.borrow().next_deadline();
        if next == self.sleeps_until {
            return;
        }
        self.sleeps_until = next;
        if next == Tick::NEVER {
            return;
        }
        self.sleep.as_mut().reset(time::Instant::from_std(next.time(engine.started)));
        // Set whatever is left of the budget.
        if pin!(coop::unconstrained(self.sleep.as_mut())).poll(context).is_ready() {
            context.waker().wake_by_ref();
        }
    }

    fn take_answers(
        &self,
        engine: &Engine,
        uring: &RefCell<Uring>,
        context: &mut Context<'_>,
    ) -> Events {
        // The bell is rung anew for what comes from now on.
        while let Poll::Ready(Ok(mut guard)) = self.descriptor.poll_read_ready(context) {
            guard.clear_ready();
        }
        uring.borrow_mut().begin_turn();
        engine.take_answers(uring);
        Events::Taken
    }

    fn take_events(&self, engine: &Engine, context: &mut Context<'_>) -> Events {
        while let Poll::Ready(Ok(mut guard)) = self.descriptor.poll_read_ready(context) {
            let mut events = [MaybeUninit::uninit(); EVENTS];
            let events = match epoll::wait(guard.get_inner(), &mut events, Some(&AT_ONCE)) {
                Ok((events, _)) => events,
                Err(Errno::INTR) => continue,
                Err(error) => unreachable!("an epoll and an array of events are right: {error}"),
            };
            for event in &*events {
                engine.handle(*event);
            }
            if events.len() == EVENTS {
                return Events::Waiting;
            }
            // Whatever comes from now on is an edge that tokio sees.
            guard.clear_ready();
        }
        Events::Taken
    }
}

impl Future for Host {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        ENGINE.with(|engine| {
            let engine = engine.get().expect("set before the host is polled");
            engine.begin_turn();
            let polled = self.turn(engine, context);
            engine.end_turn();
            polled
        })
    }
}
