use std::{
    future::poll_fn,
    io::Write,
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    task::{Wake, Waker},
    thread,
    time::Duration,
};

use rustix::{
    event::epoll::{self, CreateFlags, Event, EventData, EventFlags},
    io::Errno,
};
use tokio::{io::AsyncReadExt, runtime::Builder, sync::oneshot, task::coop, time::timeout};

use super::{
    readiness::{Left, Readiness, Way},
    *,
};
use crate::Io;

#[derive(Debug, Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    fn new() -> (Arc<Self>, Waker) {
        let count = Arc::new(Self::default());
        (count.clone(), count.into())
    }

    fn woken(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn a_key_finds_its_own_tenant_and_no_later_one() {
    let mut slab = Slab::new();
    let keys: Vec<Key> = (0..10).map(|number| slab.insert(number)).collect();
    assert_eq!(slab.remove(keys[3]), Some(3));
    assert_eq!(slab.remove(keys[7]), Some(7));
    let later = [slab.insert(70), slab.insert(30), slab.insert(11)];
    for key in [keys[3], keys[7]] {
        assert!(slab.at(key).is_none() && slab.remove(key).is_none(), "{key:?}");
    }
    for (key, value) in later.into_iter().zip([70, 30, 11]) {
        assert_eq!(Key::from_u64(key.to_u64()), key);
        assert_eq!(slab.remove(key), Some(value));
    }
    assert!(!slab.is_empty());
    for key in keys {
        slab.remove(key);
    }
    assert!(slab.is_empty());
}

/// Runs dry both ways and waits for one.
fn wait(readiness: &mut Readiness, way: Way, waker: &Waker) {
    let other = if way == Way::In { Way::Out } else { Way::In };
    let done = readiness.attempt(other, || Ok(((), Left::Nothing)));
    assert!(matches!(done, Some(Ok(()))));
    assert!(readiness.attempt::<()>(way, || Err(Errno::AGAIN)).is_none());
    drop(readiness.wait(way, None, waker));
}

fn wake(waiter: Waiter) {
    match waiter {
        Waiter::Nobody => {}
        Waiter::Task(task) => panic!("expected a waker, got {task:?}"),
        Waiter::Other(waker) => waker.wake(),
    }
}

/// What is ready, inwards and outwards, when both ways were dry and one was waited for.
fn check_edge(awaited: Way, flags: EventFlags, ready: [bool; 2], woken: usize) {
    let (count, waker) = Count::new();
    let mut readiness = Readiness::new();
    wait(&mut readiness, awaited, &waker);
    wake(readiness.handle_edge(flags));
    assert_eq!(count.woken(), woken, "{awaited:?} {flags:?}");
    let now =
        [Way::In, Way::Out].map(|way| readiness.attempt(way, || Ok(((), Left::More))).is_some());
    assert_eq!(now, ready, "{awaited:?} {flags:?}");
}

#[test]
fn an_edge_makes_ready_and_wakes_who_waits_for_it() {
    let (read, write) = (EventFlags::IN, EventFlags::OUT);
    check_edge(Way::In, read, [true, false], 1);
    check_edge(Way::Out, read, [true, false], 0);
    check_edge(Way::In, write, [false, true], 0);
    check_edge(Way::Out, write, [false, true], 1);
    check_edge(Way::In, read | write, [true, true], 1);
    check_edge(Way::In, EventFlags::RDHUP, [true, false], 1);
    check_edge(Way::Out, EventFlags::RDHUP, [true, false], 0);
    check_edge(Way::Out, EventFlags::HUP, [true, true], 1);
    check_edge(Way::In, EventFlags::ERR, [true, true], 1);
}

#[test]
fn a_way_that_has_ended_never_runs_dry() {
    let mut readiness = Readiness::new();
    assert!(matches!(readiness.handle_edge(EventFlags::IN | EventFlags::RDHUP), Waiter::Nobody));
    for _ in 0..3 {
        let read = readiness.attempt(Way::In, || Ok((0, Left::Nothing)));
        assert!(matches!(read, Some(Ok(0))), "the end can be read again");
    }
}

#[test]
fn an_attempt_that_was_interrupted_is_made_again() {
    let mut attempts = [Err(Errno::INTR), Ok((5, Left::More)), Err(Errno::CONNRESET)].into_iter();
    let mut readiness = Readiness::new();
    let mut attempt = || attempts.next().expect("no more than that");
    let read = readiness.attempt(Way::In, &mut attempt);
    assert!(matches!(read, Some(Ok(5))), "{read:?}");
    let read = readiness.attempt(Way::In, &mut attempt);
    assert!(matches!(read, Some(Err(Errno::CONNRESET))), "{read:?}");
}

/// Makes an engine of the thread of this test, which nobody hosts.
fn engine() -> Arc<Inbox> {
    let epoll = epoll::create(CreateFlags::CLOEXEC).expect("an epoll");
    let inbox = Arc::new(Inbox::new(epoll));
    ENGINE.with(|engine| {
        engine.set(Engine::new(inbox.clone(), None)).ok().expect("a thread for each test");
    });
    inbox
}

fn event(key: Key, flags: EventFlags) -> Event {
    Event { flags, data: EventData::new_u64(key.to_u64()) }
}

#[test]
fn an_event_of_a_socket_that_has_gone_never_reaches_the_next_one() {
    engine();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let connected =
        || socket::Registration::new(TcpStream::connect(address).expect("a connection"));
    let first = connected().expect("a place");
    let stale = event(first.key(), EventFlags::IN | EventFlags::HUP);
    drop(first);
    let second = connected().expect("a place");
    let (count, waker) = Count::new();
    with(|engine| {
        wait(engine.sockets.borrow_mut().at(second.key()).expect("it is there"), Way::In, &waker);
    });
    with(|engine| engine.handle(stale));
    assert_eq!(count.woken(), 0, "the same slot, another socket");
    with(|engine| engine.handle(event(second.key(), EventFlags::IN)));
    assert_eq!(count.woken(), 1);
}

#[test]
fn a_bell_of_a_task_that_has_ended_rings_for_nobody() {
    let inbox = engine();
    let polls = Arc::new(AtomicUsize::new(0));
    let kept = Arc::new(std::sync::Mutex::new(None));
    let keep = kept.clone();
    spawn(Task::new(poll_fn(move |context| {
        *keep.lock().expect("nobody panics") = Some(context.waker().clone());
        Poll::Ready(())
    })));
    with(|engine| {
        engine.run_next();
        assert!(engine.is_empty() && !engine.is_any_ready());
    });
    let seen = polls.clone();
    spawn(Task::new(poll_fn(move |_| {
        seen.fetch_add(1, Ordering::SeqCst);
        Poll::Pending
    })));
    let bell = kept.lock().expect("nobody panics").take().expect("it was polled");
    bell.wake_by_ref();
    thread::spawn(move || {
        bell.wake_by_ref();
        bell.wake();
    })
    .join()
    .expect("it rings");
    let mut mail = Mail::default();
    inbox.take(&mut mail);
    assert_eq!(mail.rung.len(), 1, "once from another thread");
    with(|engine| {
        engine.open(&mut mail);
        while engine.is_any_ready() {
            engine.run_next();
        }
        assert_eq!(polls.load(Ordering::SeqCst), 1);
        assert!(!engine.is_empty(), "one waits for ever");
    });
}

#[test]
fn a_task_has_a_bell_only_as_long_as_somebody_holds_on_to_it() {
    let inbox = engine();
    let polls: [_; 3] = std::array::from_fn(|_| Arc::new(AtomicUsize::new(0)));
    let kept = Arc::new(std::sync::Mutex::new(None));
    for (number, polls) in polls.iter().enumerate() {
        let (polls, keep) = (polls.clone(), kept.clone());
        spawn(Task::new(poll_fn(move |context| {
            if polls.fetch_add(1, Ordering::SeqCst) == 0 && number == 1 {
                *keep.lock().expect("nobody panics") = Some(context.waker().clone());
            }
            Poll::Pending
        })));
    }
    let before = Arc::strong_count(&inbox);
    let run = |polled: [usize; 3], bells: usize| {
        with(|engine| {
            while engine.is_any_ready() {
                engine.run_next();
            }
        });
        assert_eq!(polls.each_ref().map(|polls| polls.load(Ordering::SeqCst)), polled);
        assert_eq!(Arc::strong_count(&inbox) - before, bells);
    };
    run([1, 1, 1], 2);
    let kept = kept.lock().expect("nobody panics").take().expect("it was polled");
    kept.wake_by_ref();
    run([1, 2, 1], 2);
    kept.wake();
    run([1, 3, 1], 1);
    with(|engine| engine.tasks.borrow_mut().ring_all());
    run([2, 4, 2], 1);
}

#[test]
fn a_deadline_rings_its_task_once_and_not_before() {
    engine();
    let polls = Arc::new(AtomicUsize::new(0));
    let seen = polls.clone();
    let deadline = alarm::now() + 10 * Tick::LENGTH;
    spawn(Task::new(poll_fn(move |context| {
        if seen.fetch_add(1, Ordering::SeqCst) == 0 {
            for deadline in [deadline + Tick::LENGTH, deadline] {
                assert_eq!(poll_deadline(context, deadline), Some(Poll::Pending));
            }
            assert_eq!(poll_deadline(context, alarm::now()), Some(Poll::Ready(())));
            let other = Context::from_waker(Waker::noop());
            assert_eq!(poll_deadline(&other, deadline), None, "another's waker");
        }
        Poll::Pending
    })));
    with(|engine| {
        let run = |at, woken| {
            engine.tasks.borrow_mut().ring_due(Tick::before(engine.started, at));
            engine.begin_turn();
            engine.run_next();
            engine.end_turn();
            assert_eq!(polls.load(Ordering::SeqCst), woken);
        };
        run(deadline, 1);
        run(deadline - Tick::LENGTH, 1);
        run(deadline + Tick::LENGTH, 2);
        run(deadline + 20 * Tick::LENGTH, 2);
        assert_eq!(engine.tasks.borrow().next_deadline(), Tick::NEVER);
    });
}

/// Uses up what tokio allows one task to do in a turn.
fn use_up_budget(context: &mut Context<'_>) {
    while coop::has_budget_remaining() {
        if let Poll::Ready(used) = coop::poll_proceed(context) {
            used.made_progress();
        }
    }
}

#[test]
fn an_edge_between_two_turns_is_not_lost() {
    let inbox = engine();
    let runtime = Builder::new_current_thread().enable_all().event_interval(1).build();
    runtime.expect("a runtime").block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut far = TcpStream::connect(address).expect("a connection");
        let (near, _) = listener.accept().expect("a connection");
        near.set_nonblocking(true).expect("a socket");
        let mut near = Io::from(Connection::new(near.into()).expect("a place"));
        tokio::spawn(host::Host::new(&inbox).expect("a host"));
        let (tell, told) = oneshot::channel();
        spawn(Task::new(async move {
            let _ = tell.send(near.read_u8().await);
        }));
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        // The first of these makes the edge and ends the turn, the second one is all that the next turn has to do.
        spawn(Task::new(poll_fn(move |context| {
            far.write_all(b"!").expect("room");
            use_up_budget(context);
            Poll::Ready(())
        })));
        spawn(Task::new(std::future::pending()));
        let read = timeout(Duration::from_secs(20), told).await.expect("in time");
        assert_eq!(read.expect("it was read").expect("open"), b'!');
    });
}
