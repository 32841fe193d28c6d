//! A port of a ring's.

use std::net::SocketAddr;

use super::*;
use crate::{engine::port::Port, server::listener::Accept};

pub(super) fn listener() -> (TcpListener, SocketAddr) {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.set_nonblocking(true).expect("a socket");
    let address = socket.local_addr().expect("an address");
    (socket, address)
}

/// Accepts for ever, and sends back what comes.
pub(super) async fn listen(socket: TcpListener) {
    let port = Port::new(socket).expect("a place");
    while let Ok((near, _)) = poll_fn(|context| port.poll_accept(context)).await {
        spawn(Task::new(echo(near)));
    }
}

/// Lets the kernel tell of a port, and drops it; whether somebody gets in afterwards, in the same turn.
async fn closes_at_once() {
    let (socket, address) = listener();
    let port = Port::new(socket).expect("a place");
    let accept = poll_fn(|context| Poll::Ready(port.poll_accept(context).is_pending()));
    assert!(accept.await, "nobody is there");
    tokio::task::yield_now().await;
    drop(port);
    let error = Blocking::connect(address).expect_err("the port is closed");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_port_is_closed_as_soon_as_it_is_dropped() {
    hosted(SIZES, async {
        run(closes_at_once()).await;
        // While the kernel has much to tell.
        let mut pairs = Vec::new();
        for _ in 0..200 {
            let (near, far) = connected().await;
            spawn(Task::new(echo(near)));
            pairs.push(far);
        }
        tokio::task::yield_now().await;
        for far in &pairs {
            assert_eq!(far.try_write(b"hello").expect("room"), 5);
        }
        run(closes_at_once()).await;
        for mut far in pairs {
            far.read_exact(&mut [0; 5]).await.expect("an echo");
        }
        // A task of tokio's on the same thread.
        closes_at_once().await;
    });
}
