//! Peers that do the wrong thing at the wrong moment, and connections that are let go of then.

use super::{super::link::CALM, *};

/// Many small buffers: what is sent at once fills more than one, and they do not run out.
const SMALL_BUFFERS: Sizes =
    Sizes { submissions: 256, completions: 4096, buffers: 256, buffer_bytes: 4096 };

/// Until that is so of the only connection there is.
async fn until_its(link_is_so: impl Fn(&Link) -> bool) {
    until(|| {
        let only = Key::from_u64(0);
        let is_so =
            with(|engine| Some(link_is_so(engine.uring.as_ref()?.borrow_mut().known(only))));
        is_so.flatten().expect("a ring")
    })
    .await;
}

/// Does it in a runtime on another thread, where a socket has to leave its ring first.
async fn elsewhere<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let _ = tell.send(runtime.block_on(work));
    });
    timeout(PATIENCE, told).await.expect("in time").expect("no panic")
}

#[test]
fn what_fills_more_than_a_buffer_while_nobody_reads_is_not_received_without_bound() {
    hosted(SMALL_BUFFERS, async {
        const LEN: usize = 4_000_000;
        let (near, mut far) = connected().await;
        let _near = run(ask(near)).await;
        let mut sent = 0;
        let patience = Duration::from_millis(100);
        while sent < LEN
            && let Ok(written) = timeout(patience, far.write(&[0; 10_000])).await
        {
            sent += written.expect("open");
            // The engine has a turn.
            tokio::task::yield_now().await;
        }
        assert!(sent < LEN / 2, "expected that the peer is held, but it has sent {sent} bytes");
    });
}

/// Has a little gathered, fills the socket by system call, has a little more gathered, and drops it in the same turn.
async fn fill_and_drop(mut near: Io) {
    poll_fn(|context| {
        let first = Pin::new(&mut near).poll_write(context, &[7; 1000]);
        assert!(first.is_ready(), "expected room");
        let large = vec![0; 100_000];
        while Pin::new(&mut near).poll_write(context, &large).is_ready() {}
        let gathered = Pin::new(&mut near).poll_write(context, &[7; 1000]);
        assert!(gathered.is_ready(), "expected room for a little more");
        Poll::Ready(())
    })
    .await;
}

#[test]
fn a_connection_that_lingers_is_counted_once() {
    hosted(SIZES, async {
        let (near, mut far) = connected().await;
        run(fill_and_drop(near)).await;
        until(|| lingering() > 0).await;
        assert_eq!(lingering(), 1);
        let mut came = Vec::new();
        timeout(PATIENCE, far.read_to_end(&mut came)).await.expect("in time").expect("a clean end");
        assert!(came.ends_with(&[7; 1000]), "all of it");
        until(is_empty).await;
        assert_eq!(lingering(), 0);
    });
}

/// Reads ten bytes into a room of such a size.
async fn read_ten(mut near: Io, room: usize) -> Io {
    assert_eq!(near.read(&mut vec![0; room]).await.expect("open"), 10);
    near
}

#[test]
fn an_end_that_comes_while_nobody_asks_is_told_to_who_asks_for_much() {
    const LARGE: usize = DIRECT_BYTES + 1;
    hosted(SIZES, async {
        let (mut near, mut far) = connected().await;
        // First read by system call, and then so calmly that the kernel would receive what is asked for next.
        for room in [LARGE].into_iter().chain([1000; CALM as usize - 1]) {
            far.write_all(&[1; 10]).await.expect("open");
            near = run(read_ten(near, room)).await;
        }
        until_its(|link| link.inwards == Inwards::Received).await;
        far.write_all(&[1; 10]).await.expect("open");
        far.shutdown().await.expect("open");
        until_its(|link| link.hung_up).await;
        let ended = run(async {
            let mut near = read_ten(near, LARGE).await;
            near.read(&mut vec![0; LARGE]).await.expect("a clean end")
        });
        assert_eq!(ended.await, 0);
    });
}

#[test]
fn what_was_flushed_arrives_though_its_socket_left_and_was_dropped() {
    hosted(SIZES, async {
        let (mut near, mut far) = connected().await;
        // A task of tokio's on the thread of the engine: it is gathered, and no turn has ended since.
        near.write_all(b"hello").await.expect("open");
        near.flush().await.expect("open");
        let asking = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            drop(runtime.block_on(ask(near)));
        });
        asking.join().expect("no panic");
        let mut came = Vec::new();
        timeout(PATIENCE, far.read_to_end(&mut came)).await.expect("in time").expect("a clean end");
        assert_eq!(came, b"hello");
    });
}

#[test]
fn what_was_flushed_arrives_though_its_socket_left_and_was_dropped_before_its_peer_has_read() {
    hosted(SIZES, async {
        let (mut near, mut far) = connected().await;
        let (mut near, written) = run(async {
            let written = write_until_stuck(&mut near).await;
            (near, written)
        })
        .await;
        far.write_all(b"!").await.expect("open");
        let (dropped, was_dropped) = oneshot::channel();
        let (end, ended) = oneshot::channel::<()>();
        let elsewhere = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                assert_eq!(near.read_u8().await.expect("open"), b'!');
                drop(near);
                let _ = dropped.send(());
                let _ = ended.await;
            });
        });
        was_dropped.await.expect("no panic");
        let mut came = Vec::new();
        timeout(PATIENCE, far.read_to_end(&mut came)).await.expect("in time").expect("a clean end");
        assert_eq!(came.len(), written);
        drop(end);
        elsewhere.join().expect("no panic");
    });
}

#[test]
fn a_reset_is_told_after_what_came_before_though_the_socket_left_in_between() {
    hosted(SIZES, async {
        let (near, mut far) = connected().await;
        let mut near = run(ask(near)).await;
        far.write_all(b"hello").await.expect("open");
        set_socket_linger(&far, Some(Duration::ZERO)).expect("a socket");
        drop(far);
        until_its(|link| link.end == End::Failed(Errno::CONNRESET)).await;
        elsewhere(async move {
            let mut came = Vec::new();
            let error = near.read_to_end(&mut came).await.expect_err("the peer has gone");
            assert_eq!(came, b"hello");
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
            assert_eq!(near.read(&mut [0]).await.expect("told once"), 0);
        })
        .await;
    });
}
