//! The kernel loses an answer, and with it what every connection has under way.

use super::*;

/// The kernel had no memory for something that it had to say; the ring learns it as soon as it asks.
fn lose_an_answer() {
    with(|engine| {
        let uring = engine.uring.as_ref().expect("a ring");
        uring.borrow_mut().ring.lose_answer();
        uring.borrow_mut().enter();
        engine.inbox.wake();
    });
}

async fn expect_failure(came: io::Result<usize>) {
    let error = came.expect_err("nobody knows what came");
    assert_eq!(error.kind(), io::ErrorKind::OutOfMemory, "{error}");
}

#[test]
fn after_a_lost_answer_every_connection_fails_once_and_new_ones_are_served() {
    hosted(SIZES, async {
        let (socket, address) = port::listener();
        spawn(Task::new(port::listen(socket)));

        let (mut reading, mut first) = connected().await;
        let read = run(async move {
            let came = reading.read(&mut [0; 100]).await;
            (came, reading.read(&mut [0; 100]).await, reading.write_all(b"more").await)
        });
        let (writing, mut second) = connected().await;
        let written = run(write_pieces(writing, 5_000_000));
        let (mut dropped, mut third) = connected().await;
        run(async move { write_until_full(&mut dropped).await }).await;
        until(|| lingering() == 1).await;
        let mut early = TcpStream::connect(address).await.expect("a port");
        early.write_all(b"early").await.expect("open");
        early.read_exact(&mut [0; 5]).await.expect("an echo");

        lose_an_answer();
        assert_eq!(lingering(), 0);
        let (came, then, more) = read.await;
        expect_failure(came).await;
        assert_eq!(then.expect("told once"), 0);
        more.expect_err("told to who writes as well");
        expect_failure(written.await.map(|()| 0)).await;
        for peer in [&mut first, &mut second, &mut third, &mut early] {
            let mut rest = Vec::new();
            let _ = timeout(PATIENCE, peer.read_to_end(&mut rest)).await.expect("an end, in time");
        }
        let late = TcpStream::connect(address).await.expect("a port");
        expect_echo(late, 1_000_000, 10_000).await;
    });
}

#[test]
fn a_socket_that_was_to_leave_when_an_answer_was_lost_has_failed_elsewhere_too() {
    hosted(SIZES, async {
        let (near, _far) = connected().await;
        let _near = run(ask(near)).await;
        let (to, left) = oneshot::channel();
        // The kernel has not answered yet that it receives no more.
        with(|engine| engine.let_leave(Key::from_u64(0), to));
        lose_an_answer();
        let left = timeout(PATIENCE, left).await.expect("in time").expect("handed over");
        assert_eq!(left.failure, Some(Errno::NOMEM));
        assert!(is_empty());
    });
}
