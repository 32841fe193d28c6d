//! The kernel loses an answer, and with it what every connection has under way.

use super::*;
use crate::{engine::port::Port, server::listener::Accept};

/// The kernel had no memory for something that it had to say; the ring learns it as soon as it asks.
fn lose_an_answer() {
    with(|engine| {
        let uring = engine.uring.as_ref().expect("a ring");
        uring.borrow_mut().ring.lose_answer();
        uring.borrow_mut().enter();
        engine.inbox.wake();
    });
}

/// Accepts for ever, and sends back what comes.
async fn listen(port: Port) {
    while let Ok((near, _)) = poll_fn(|context| port.poll_accept(context)).await {
        spawn(Box::pin(echo(near)));
    }
}

async fn expect_failure(came: io::Result<usize>) {
    let error = came.expect_err("nobody knows what came");
    assert_eq!(error.kind(), io::ErrorKind::OutOfMemory, "{error}");
}

#[test]
fn after_a_lost_answer_every_connection_fails_once_and_new_ones_are_served() {
    hosted(SIZES, async {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        socket.set_nonblocking(true).expect("a socket");
        let address = socket.local_addr().expect("an address");
        spawn(Box::pin(async move { listen(Port::new(socket).expect("a place")).await }));

        let (mut reading, mut first) = connected().await;
        let read = run(async move {
            let came = reading.read(&mut [0; 100]).await;
            (came, reading.read(&mut [0; 100]).await, reading.write_all(b"more").await)
        });
        let (writing, mut second) = connected().await;
        let written = run(write_pieces(writing, 5_000_000));
        let (dropped, mut third) = connected().await;
        run(write_until_full(dropped)).await;
        while lingering() == 0 {
            time::sleep(Duration::from_millis(1)).await;
        }
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
