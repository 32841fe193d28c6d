use std::{
    future::{Future, poll_fn},
    io::Write,
    net::{TcpListener, TcpStream as Blocking},
    os::fd::AsFd,
    pin::Pin,
    sync::Arc,
    task::Poll,
    thread,
};

use rustix::{
    event::{EventfdFlags, eventfd},
    net::sockopt::{set_socket_linger, set_socket_recv_buffer_size, set_socket_send_buffer_size},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    runtime::Builder,
    time::timeout,
};

use super::*;
use crate::{
    Io,
    engine::{ENGINE, Engine, connection::Connection, host::Host, inbox::Inbox, spawn},
    task::Task,
};

mod hostile;
mod loss;
mod port;

const BUF: usize = 256 * 1024;
const PATIENCE: Duration = Duration::from_secs(20);

/// So little that everything runs out.
const TINY: Sizes = Sizes { submissions: 2, completions: 4, buffers: 1, buffer_bytes: 4096 };

/// Runs a test as a task beside an engine with a ring, on a thread of theirs.
fn hosted(sizes: Sizes, test: impl Future<Output = ()> + Send + 'static) {
    thread::spawn(move || host(sizes, test)).join().expect("no panic");
}

/// Where there is no io_uring it says so and does nothing.
fn host(sizes: Sizes, test: impl Future<Output = ()> + Send + 'static) {
    let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).expect("a descriptor");
    let inbox = Arc::new(Inbox::new(bell));
    let uring = match Uring::new(sizes, inbox.descriptor().as_fd()) {
        Ok(uring) => uring,
        // Past the harness, which shows what is printed only of tests that fail.
        Err(error) => return writeln!(io::stderr(), "SKIPPED: {error}").expect("an output"),
    };
    ENGINE.with(|engine| {
        engine.set(Engine::new(inbox.clone(), Some(uring))).ok().expect("a thread for each test");
    });
    let runtime = Builder::new_current_thread().enable_all().event_interval(1).build();
    runtime.expect("a runtime").block_on(async move {
        tokio::spawn(Host::new(&inbox).expect("a host"));
        let test = tokio::spawn(test);
        timeout(4 * PATIENCE, test).await.expect("in time").expect("no panic");
    });
}

/// A connection of the engine's, and its peer.
async fn connected() -> (Io, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let far = Blocking::connect(listener.local_addr().expect("an address")).expect("connected");
    let (near, _) = listener.accept().expect("a connection");
    for socket in [near.as_fd(), far.as_fd()] {
        set_socket_send_buffer_size(socket, BUF).expect("a socket");
        set_socket_recv_buffer_size(socket, BUF).expect("a socket");
    }
    near.set_nonblocking(true).expect("a socket");
    far.set_nonblocking(true).expect("a socket");
    let near = Connection::new(near.into()).expect("a place");
    (near.into(), TcpStream::from_std(far).expect("a runtime"))
}

/// Runs something in the engine, to its end.
fn run<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> {
    let (tell, told) = oneshot::channel();
    spawn(Task::new(async move {
        let _ = tell.send(work.await);
    }));
    async { timeout(PATIENCE, told).await.expect("in time").expect("no panic") }
}

/// Bytes that tell where they stand.
fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at / 251 + at % 251) as u8).collect()
}

async fn echo(mut near: Io) {
    let mut buffer = [0; 5000];
    while let Ok(read @ 1..) = near.read(&mut buffer).await {
        if near.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
    let _ = near.shutdown().await;
}

/// Sends so much in pieces of such a size, and expects all of it back, and the end.
async fn expect_echo(far: TcpStream, len: usize, piece: usize) {
    let (mut from, mut to) = far.into_split();
    let sending = tokio::spawn(async move {
        for piece in bytes(len).chunks(piece) {
            to.write_all(piece).await.expect("open");
        }
    });
    let mut echoed = Vec::new();
    timeout(PATIENCE, from.read_to_end(&mut echoed)).await.expect("in time").expect("open");
    assert!(echoed == bytes(len), "expected {len} bytes as they were sent, got {}", echoed.len());
    sending.await.expect("no panic");
}

fn check_echo(sizes: Sizes, connections: usize, len: usize, piece: usize) {
    hosted(sizes, async move {
        let mut checks = Vec::new();
        for _ in 0..connections {
            let (near, far) = connected().await;
            spawn(Task::new(echo(near)));
            checks.push(tokio::spawn(expect_echo(far, len, piece)));
        }
        for check in checks {
            check.await.expect("no panic");
        }
    });
}

#[test]
fn what_comes_goes_back() {
    check_echo(SIZES, 1, 1, 1);
    check_echo(SIZES, 10, 100_000, 100);
    check_echo(SIZES, 3, 3_000_000, 100_000);
}

#[test]
fn more_connections_than_the_queues_have_room_for_are_all_served() {
    check_echo(TINY, 300, 1000, 1000);
}

#[test]
fn without_a_buffer_that_is_free_it_goes_on_all_the_same() {
    check_echo(TINY, 50, 100_000, 3000);
}

/// Writes pieces of many sizes, flushed or not; gives all that was written.
async fn write_pieces(mut near: impl AsyncWriteExt + Unpin, len: usize) -> io::Result<()> {
    let bytes = bytes(len);
    let mut rest = &bytes[..];
    for round in 1_usize.. {
        let piece = (round * round * 37 % 40_000).clamp(1, rest.len());
        near.write_all(&rest[..piece]).await?;
        rest = &rest[piece..];
        if round.is_multiple_of(3) {
            near.flush().await?;
        }
        if rest.is_empty() {
            break;
        }
    }
    near.shutdown().await
}

#[test]
fn what_is_written_arrives_whole_and_in_order() {
    for sizes in [SIZES, TINY] {
        hosted(sizes, written_arrives());
    }
}

async fn written_arrives() {
    const LEN: usize = 5_000_000;
    let (near, mut far) = connected().await;
    let writing = run(write_pieces(near, LEN));
    // Nobody reads at first, so all of it has to wait.
    tokio::task::yield_now().await;
    let mut came = Vec::new();
    timeout(PATIENCE, far.read_to_end(&mut came)).await.expect("in time").expect("open");
    assert!(came == bytes(LEN), "expected {LEN} bytes, got {}", came.len());
    writing.await.expect("open");
}

#[test]
fn who_does_not_read_holds_no_more_than_a_socket_does() {
    hosted(SIZES, async {
        const LEN: usize = 4_000_000;
        let (near, far) = connected().await;
        let (go, gone) = oneshot::channel();
        let reading = run(async move {
            let mut near = near;
            let mut first = [0];
            near.read_exact(&mut first).await.expect("open");
            gone.await.expect("the test goes on");
            let mut rest = Vec::new();
            near.read_to_end(&mut rest).await.expect("open");
            [&first[..], &rest].concat()
        });
        let bytes = bytes(LEN);
        let mut sent = 0;
        // Until the kernel has taken nothing for a while.
        while let Ok(writable) = timeout(Duration::from_millis(200), far.writable()).await {
            writable.expect("open");
            sent += far.try_write(&bytes[sent..]).unwrap_or(0);
        }
        assert!(sent < LEN / 2, "expected that the peer is held, but it has sent {sent} bytes");
        go.send(()).expect("it waits");
        let mut far = far;
        far.write_all(&bytes[sent..]).await.expect("open");
        drop(far);
        assert!(reading.await == bytes, "all of it, in order");
    });
}

#[test]
fn a_side_that_has_ended_does_not_end_the_other() {
    hosted(SIZES, async {
        let (mut near, mut far) = connected().await;
        let serving = run(async move {
            let mut request = Vec::new();
            near.read_to_end(&mut request).await.expect("open");
            assert_eq!(near.read(&mut [0]).await.expect("the end can be read again"), 0);
            near.write_all(&request).await.expect("open");
            near.shutdown().await.expect("open");
            near.write_all(b"?").await.expect("gathered");
            near.shutdown().await.expect_err("nothing leaves any more")
        });
        far.write_all(b"hello").await.expect("open");
        far.shutdown().await.expect("open");
        let mut answer = Vec::new();
        far.read_to_end(&mut answer).await.expect("open");
        assert_eq!(answer, b"hello");
        assert_eq!(serving.await.kind(), io::ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_reset_is_told_to_who_reads_and_to_who_writes() {
    hosted(SIZES, async {
        for round in 0..50 {
            let (near, mut far) = connected().await;
            let serving = run(async move {
                let (mut from, to) = tokio::io::split(near);
                let mut all = Vec::new();
                tokio::join!(from.read_to_end(&mut all), write_pieces(to, 2_000_000))
            });
            far.read_exact(&mut vec![0; round * 1000]).await.expect("open");
            set_socket_linger(&far, Some(Duration::ZERO)).expect("a socket");
            drop(far);
            let (read, written) = serving.await;
            written.expect_err("the peer has gone");
            // Whoever was told first has taken the error; the other one is told of the end.
            if let Err(error) = read {
                assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
            }
        }
    });
}

#[test]
fn what_was_written_leaves_though_its_connection_was_dropped() {
    hosted(SIZES, async {
        let mut peers = Vec::new();
        for len in 1..=100 {
            let (mut near, far) = connected().await;
            run(async move {
                near.write_all(&bytes(len * 100)).await.expect("room");
            })
            .await;
            peers.push((len * 100, far));
        }
        for (len, mut far) in peers {
            let mut came = Vec::new();
            far.read_to_end(&mut came).await.expect("a clean end");
            assert!(came == bytes(len), "expected {len}, got {}", came.len());
        }
    });
}

#[test]
fn tasks_of_tokio_on_the_same_thread_are_served_too() {
    hosted(SIZES, async {
        for _ in 0..20 {
            let (mut near, far) = connected().await;
            // Written in the engine, and the rest of it outside.
            run(async move {
                near.write_all(b"!").await.expect("open");
                tokio::spawn(async move {
                    tokio::task::yield_now().await;
                    near.flush().await.expect("open");
                    echo(near).await;
                });
            })
            .await;
            let mut far = far;
            assert_eq!(far.read_u8().await.expect("open"), b'!');
            expect_echo(far, 1_000_000, 10_000).await;
        }
        let (near, mut far) = connected().await;
        tokio::spawn(async move { drop(near) });
        let read = timeout(PATIENCE, far.read(&mut [0])).await.expect("in time");
        assert_eq!(read.expect("a clean end"), 0);
    });
}

#[test]
fn between_two_turns_what_has_left_is_not_waited_for() {
    hosted(SIZES, async {
        for len in [1000, 20_000] {
            let (mut near, _far) = connected().await;
            for round in 0..6 {
                // Small enough to be gathered: one of the next turns sends it.
                near.write_all(&[0; 1000]).await.expect("open");
                for _ in 0..round {
                    tokio::task::yield_now().await;
                }
                let piece = vec![0; len];
                let wrote =
                    poll_fn(|context| Poll::Ready(Pin::new(&mut near).poll_write(context, &piece)));
                let wrote = wrote.await;
                assert!(matches!(wrote, Poll::Ready(Ok(_))), "{len} in round {round}: {wrote:?}");
            }
        }
    });
}

#[test]
fn a_socket_leaves_in_mid_stream_with_all_that_is_its_own() {
    hosted(SIZES, async {
        for round in 0..60 {
            let (near, far) = connected().await;
            let checked = tokio::spawn(expect_echo(far, 600_000, 1 + round * round));
            // It echoes here for a while, and then on another thread, wherever it stands.
            let near = run(echo_some(near, round * 9_000)).await;
            let moved = thread::spawn(move || {
                let runtime = Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(echo(near));
            });
            checked.await.expect("no panic");
            moved.join().expect("no panic");
        }
    });
}

/// Sends back what comes until it is so much, and nothing is kept back here.
async fn echo_some(mut near: Io, len: usize) -> Io {
    let mut buffer = [0; 3000];
    let mut echoed = 0;
    while echoed < len {
        let read = near.read(&mut buffer).await.expect("open");
        near.write_all(&buffer[..read]).await.expect("open");
        echoed += read;
    }
    near
}

/// Asks for bytes before there are any, so that the kernel receives them from now on.
async fn ask(mut near: Io) -> Io {
    poll_fn(|context| {
        let mut room = [0; 100];
        let asked = Pin::new(&mut near).poll_read(context, &mut ReadBuf::new(&mut room));
        assert!(asked.is_pending(), "expected that nothing has come, got {asked:?}");
        Poll::Ready(())
    })
    .await;
    near
}

fn lingering() -> usize {
    let lingering = with(|engine| engine.uring.as_ref().map(|uring| uring.borrow().lingering));
    lingering.flatten().expect("a ring")
}

fn is_empty() -> bool {
    let empty = with(|engine| engine.uring.as_ref().map(|uring| uring.borrow().is_empty()));
    empty.flatten().expect("a ring")
}

/// Until that is so; the engine has its turns meanwhile.
async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("in time");
}

/// Until the kernel takes no more of what was gathered; tells how much was written.
async fn write_until_full(near: &mut Io) -> usize {
    let (mut written, mut refused) = (0, 0);
    while refused < 10 {
        let piece = [0; 1000];
        let writing =
            poll_fn(|context| Poll::Ready(Pin::new(&mut *near).poll_write(context, &piece)));
        match writing.await {
            Poll::Ready(wrote) => (written, refused) = (written + wrote.expect("open"), 0),
            Poll::Pending => refused += 1,
        }
        tokio::task::yield_now().await;
    }
    written
}

/// As before, and until the peer's kernel takes no more either.
async fn write_until_stuck(near: &mut Io) -> usize {
    let mut written = write_until_full(near).await;
    while let Ok(wrote) = timeout(Duration::from_millis(100), near.write(&[0; 1000])).await {
        written += wrote.expect("open");
    }
    written
}

#[test]
fn a_peer_that_reads_nothing_keeps_no_connection_that_was_dropped() {
    hosted(SIZES, async {
        time::pause();
        let mut peers = Vec::new();
        for _ in 0..LINGERING + 10 {
            let (mut near, far) = connected().await;
            run(async move { write_until_full(&mut near).await }).await;
            peers.push(far);
        }
        assert!(!is_empty(), "they may still read it");
        time::sleep(LINGER).await;
        time::resume();
        until(is_empty).await;
    });
}

#[test]
fn an_engine_that_ends_does_not_wait_long_for_a_peer_that_reads_nothing() {
    hosted(SIZES, async {
        let (mut near, _far) = connected().await;
        run(async move { write_until_stuck(&mut near).await }).await;
        until(|| lingering() == 1).await;
        time::pause();
        with(|engine| engine.inbox.close());
        tokio::task::yield_now().await;
        time::sleep(LAST_LINGER).await;
        time::resume();
        timeout(LINGER / 2, until(is_empty)).await.expect("before its time is over");
    });
}
