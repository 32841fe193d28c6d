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
