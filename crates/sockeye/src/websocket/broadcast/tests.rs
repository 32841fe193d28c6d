use std::{
    future::Future,
    pin::pin,
    task::{Context, Wake},
};

use tokio::{io::DuplexStream, runtime::Builder, task::yield_now};

use super::*;
use crate::{WebSocket, websocket::Receiver};

fn socket() -> (DuplexStream, Receiver<DuplexStream>, Sender<DuplexStream>) {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (receiver, sender) =
        WebSocket::server(far, Arc::default(), Default::default(), &[]).split();
    (near, receiver, sender)
}

#[test]
fn a_runtime_is_woken_once_for_all_that_is_sent_in_one_go_to_all_its_members() {
    let build = || Builder::new_current_thread().enable_all().build().expect("a runtime");
    let runtimes = [build(), build()];
    let room = Broadcast::new();
    let mut members = Vec::new();
    for runtime in &runtimes {
        runtime.block_on(async {
            for _ in 0..10 {
                let socket = socket();
                members.push((room.join(&socket.2), socket));
            }
            // Its task waits from here on.
            yield_now().await;
        });
    }
    let message = Prepared::new("hello");
    let wakers = |_| {
        let mut wakers = Vec::new();
        let groups = lock(&room.0.groups);
        let reached: usize = groups.iter().map(|group| group.put(&message, &mut wakers)).sum();
        assert_eq!(reached, 20);
        wakers.len()
    };
    let woken: Vec<usize> = (0..16).map(wakers).collect();
    assert_eq!(woken, [&[2][..], &[0; 15]].concat());
}

struct Idle;

impl Wake for Idle {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn whoever_gives_up_waiting_is_forgotten() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let room = Broadcast::new();
    let socket = socket();
    // Nobody drives it from here on.
    let _member = runtime.block_on(async { room.join(&socket.2) });
    while room.try_send(vec![7; 100_000]).is_ok() {}
    let idle = Arc::new(Idle);
    let waker = Waker::from(idle.clone());
    let mut context = Context::from_waker(&waker);
    for _ in 0..100 {
        let mut sending = pin!(room.send(vec![7; 100_000]));
        let mut flushing = pin!(room.flush());
        for _ in 0..3 {
            assert!(sending.as_mut().poll(&mut context).is_pending());
            assert!(flushing.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(Arc::strong_count(&idle), 4, "each of them has left one waker");
    }
    assert_eq!(Arc::strong_count(&idle), 2, "ours, and none of theirs");
}
