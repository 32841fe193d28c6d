//! One message to many sockets: who gets what, in which order, and with how many writes.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use std::{
    io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use sockeye::{
    Broadcast, CloseCode, DeflateParams, Error, Kind, Member, Message, Negotiated, Prepared,
    Receiver, SendError, Sender, WebSocket, WindowBits,
};
use support::{PATIENCE, Woken, pair, poll_and_drop, poll_once};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex},
    task::{JoinSet, yield_now},
    time::timeout,
};

type Socket = WebSocket<DuplexStream>;
type Room = Broadcast<DuplexStream>;

/// A member that stays as long as its peer does.
fn join(room: &Room, ws: Socket) {
    let (mut receiver, sender) = ws.split();
    let member = room.join(&sender);
    tokio::spawn(async move {
        while let Ok(Some(_)) = receiver.recv().await {}
        drop(member);
    });
}

async fn next(client: &mut WebSocket<impl AsyncRead + AsyncWrite + Unpin>) -> Message {
    let got = timeout(PATIENCE, client.recv()).await.expect("in time");
    got.expect("open").expect("a message")
}

/// Lets everybody go on until nobody has anything to do.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test]
async fn everybody_gets_every_message_in_order() {
    let room = Room::new();
    let mut clients = Vec::new();
    for _ in 0..5 {
        let (client, server) = pair(4096);
        join(&room, server);
        clients.push(client);
    }
    assert_eq!(room.send("hello").await, 5);
    assert_eq!(room.send(vec![7; 9000]).await, 5);
    for number in 0..50 {
        assert_eq!(room.try_send(number.to_string()).expect("room"), 5);
    }
    for client in &mut clients {
        assert_eq!(next(client).await, Message::from("hello"));
        assert_eq!(next(client).await, Message::from(vec![7; 9000]));
        for number in 0..50 {
            assert_eq!(next(client).await, Message::from(number.to_string()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn there_is_one_order_for_all_whoever_sends_and_on_whichever_thread() {
    const EACH: usize = 2000;
    let room = Room::new();
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        let (mut client, server) = pair(1 << 16);
        join(&room, server);
        clients.spawn(async move {
            let mut heard = Vec::new();
            for _ in 0..4 * EACH {
                heard.push(next(&mut client).await);
            }
            heard
        });
    }
    let mut senders = JoinSet::new();
    for sender in 0..4 {
        let room = room.clone();
        senders.spawn(async move {
            for number in 0..EACH {
                assert_eq!(room.send(format!("{sender} {number}")).await, 8);
            }
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent.expect("no panic");
    }
    let heard = clients.join_all().await;
    for messages in &heard {
        assert!(*messages == heard[0], "expected one order for all");
    }
    for sender in 0..4 {
        let start = format!("{sender} ");
        let of_one = heard[0].iter().filter_map(Message::as_text).filter(|m| m.starts_with(&start));
        let expected = (0..EACH).map(|number| format!("{sender} {number}"));
        assert!(of_one.eq(expected), "expected the order of sender {sender}");
    }
}

#[tokio::test]
async fn nobody_is_woken_to_send_it_on() {
    let room = Room::new();
    let (mut client, server) = pair(4096);
    let (mut receiver, sender) = server.split();
    let _member = room.join(&sender);
    let mut receiving = pin!(receiver.recv());
    let woken = Woken::new();
    assert!(woken.poll(receiving.as_mut()).is_some_and(|polled| polled.is_pending()));
    room.send("hello").await;
    assert_eq!(next(&mut client).await, Message::from("hello"));
    assert!(woken.poll(receiving.as_mut()).is_none(), "expected it to sleep on");
}

/// A pipe that counts what is written to it.
#[derive(Debug)]
struct Counted {
    pipe: DuplexStream,
    writes: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        assert_ne!(bytes, b"\x81\x05panic", "as it was asked to");
        self.writes.fetch_add(1, Ordering::SeqCst);
        Pin::new(&mut self.pipe).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(context)
    }
}

/// The peer of a socket whose writes are counted, and both halves of that.
type Watched = (Socket, Receiver<Counted>, Sender<Counted>, Arc<AtomicUsize>);

fn watched() -> Watched {
    let (near, far) = duplex(1 << 20);
    let writes = Arc::default();
    let far = Counted { pipe: far, writes: Arc::clone(&writes) };
    let client = WebSocket::client(near, Arc::default(), Negotiated::default(), &[]);
    let (receiver, sender) =
        WebSocket::server(far, Arc::default(), Negotiated::default(), &[]).split();
    (client, receiver, sender, writes)
}

#[tokio::test]
async fn what_is_sent_in_one_go_leaves_in_one_write_to_each() {
    let room = Broadcast::new();
    let mut members: Vec<(Watched, Member<Counted>)> = Vec::new();
    for _ in 0..10 {
        let watched = watched();
        let member = room.join(&watched.2);
        members.push((watched, member));
    }
    for number in 0..16 {
        room.try_send(vec![number; 100]).expect("room");
    }
    settle().await;
    for ((client, .., writes), member) in &mut members {
        assert_eq!(writes.load(Ordering::SeqCst), 1);
        for number in 0..16 {
            assert_eq!(next(client).await, Message::from(vec![number; 100]));
        }
        let delivered = member.delivered();
        assert_eq!((delivered.messages, delivered.bytes, delivered.missed), (16, 1600, 0));
    }
}

#[tokio::test]
async fn a_transport_that_panics_takes_nobody_along() {
    let room = Broadcast::new();
    let (_client, _receiver, sender, _) = watched();
    let _member = room.join(&sender);
    let (_other, _other_receiver, other_sender, _) = watched();
    let _other_member = room.join(&other_sender);
    assert_eq!(room.send("panic").await, 2);
    settle().await;
    // Both have such a transport. Where in a frame it has stopped nobody knows, so nothing follows.
    assert_eq!(room.members(), 0);
    for sender in [sender, other_sender] {
        let _again = room.join(&sender);
        sender.send("hello").await.expect_err("nothing leaves any more");
    }
    let (mut another, _another_receiver, another_sender, _) = watched();
    let _member = room.join(&another_sender);
    room.send("hello").await;
    assert_eq!(next(&mut another).await, Message::from("hello"));
}

#[tokio::test]
async fn whoever_joins_gets_what_is_sent_from_then_on() {
    let room = Room::new();
    let (mut first, server) = pair(4096);
    join(&room, server);
    room.try_send("a").expect("room");
    let (mut second, server) = pair(4096);
    join(&room, server);
    room.try_send("b").expect("room");
    let (mut third, server) = pair(4096);
    join(&room, server);
    settle().await;
    room.send("c").await;
    for (client, texts) in [(&mut first, "abc"), (&mut second, "bc"), (&mut third, "c")] {
        for text in texts.chars() {
            assert_eq!(next(client).await, Message::from(text.to_string()));
        }
    }
}

#[tokio::test]
async fn whoever_joins_while_a_message_goes_round_does_not_get_it() {
    let room = Room::new();
    let mut clients = Vec::new();
    for _ in 0..1000 {
        let (client, server) = pair(100);
        join(&room, server);
        clients.push(client);
    }
    settle().await;
    room.try_send("early").expect("room");
    // The first ones have it, the last ones do not.
    yield_now().await;
    let (mut late, server) = pair(100);
    join(&room, server);
    room.try_send("late").expect("room");
    assert_eq!(next(&mut late).await, Message::from("late"));
    for client in &mut clients {
        assert_eq!(next(client).await, Message::from("early"));
        assert_eq!(next(client).await, Message::from("late"));
    }
}

#[tokio::test]
async fn a_member_that_leaves_gets_nothing_more_and_its_socket_goes_on() {
    let room = Room::new();
    let (mut client, server) = pair(4096);
    let (receiver, sender) = server.split();
    let member = room.join(&sender);
    let (mut other, server) = pair(4096);
    join(&room, server);
    assert_eq!(room.members(), 2);
    room.send("both").await;
    settle().await;
    drop(member);
    assert_eq!(room.members(), 1);
    assert_eq!(room.send("one").await, 1);
    assert_eq!(next(&mut other).await, Message::from("both"));
    assert_eq!(next(&mut other).await, Message::from("one"));
    let mut socket = receiver.reunite(sender).expect("two halves of one socket");
    socket.send("goodbye").await.expect("open");
    assert_eq!(next(&mut client).await, Message::from("both"));
    assert_eq!(next(&mut client).await, Message::from("goodbye"));
}

#[tokio::test]
async fn a_socket_may_be_in_several_rooms() {
    let (news, sport) = (Room::new(), Room::new());
    let (mut client, server) = pair(4096);
    let (_receiver, sender) = server.split();
    let (_news, member) = (news.join(&sender), sport.join(&sender));
    news.send("news").await;
    sport.send("sport").await;
    let mut heard = [next(&mut client).await, next(&mut client).await];
    heard.sort_by_key(|message| message.as_bytes().to_vec());
    assert_eq!(heard, ["news", "sport"].map(Message::from));
    drop(member);
    assert_eq!((news.send("more").await, sport.send("more").await), (1, 0));
}

#[tokio::test]
async fn a_socket_that_ends_is_forgotten_though_its_member_is_kept() {
    let room = Room::new();
    let (client, server) = pair(4096);
    let (receiver, sender) = server.split();
    let _member = room.join(&sender);
    drop((receiver, sender));
    room.send("a").await;
    settle().await;
    assert_eq!(room.members(), 0);
    drop(client);
    let (mut client, server) = pair(4096);
    let (mut receiver, sender) = server.split();
    let _member = room.join(&sender);
    let (closed, received) = tokio::join!(client.close(CloseCode::NORMAL), receiver.recv());
    assert_eq!((closed.expect("a clean end"), received.expect("a clean end")), ((), None));
    room.send("b").await;
    settle().await;
    assert_eq!(room.members(), 0);
}

#[tokio::test]
async fn a_handler_that_panics_takes_nobody_along() {
    let room = Room::new();
    let (mut client, server) = pair(4096);
    join(&room, server);
    let (_other, server) = pair(4096);
    let other = room.clone();
    let panicked = tokio::spawn(async move {
        let (mut receiver, sender) = server.split();
        let _member = other.join(&sender);
        other.send("last words").await;
        poll_once(pin!(receiver.recv_with(|_, _| ()))).is_pending().then_some(()).expect("silence");
        panic!("a fault of the handler's");
    });
    panicked.await.expect_err("it panics");
    assert_eq!(room.send("and on").await, 1);
    assert_eq!(next(&mut client).await, Message::from("last words"));
    assert_eq!(next(&mut client).await, Message::from("and on"));
}

#[tokio::test]
async fn whoever_sends_too_much_at_once_waits_and_loses_nothing() {
    let room = Room::new();
    assert_eq!(room.try_send("to nobody"), Ok(0));
    let (mut client, server) = pair(1 << 20);
    join(&room, server);
    let large = Prepared::new(vec![1; 300 << 10]);
    assert_eq!(room.try_send(large.clone()), Ok(1));
    let full = room.try_send(large.clone()).expect_err("the log is full");
    assert!(matches!(full, SendError::Full { limit: 524_288, .. }), "{full}");
    assert!(poll_and_drop(room.send(large.clone())).is_pending());
    room.send("small").await;
    room.send(large).await;
    for len in [300 << 10, 5, 300 << 10] {
        assert_eq!(next(&mut client).await.as_bytes().len(), len);
    }
    let nothing = timeout(std::time::Duration::from_millis(1), client.recv()).await;
    assert!(nothing.is_err(), "what was dropped while it waited was not sent");
}

#[tokio::test]
async fn empty_messages_are_bounded_too() {
    let room = Room::new();
    let (_client, server) = pair(100);
    join(&room, server);
    let sent = (0..100_000).take_while(|_| room.try_send("").is_ok()).count();
    assert_eq!(sent, 1024);
}

#[tokio::test]
async fn what_was_sent_leaves_though_the_broadcast_is_gone() {
    let room = Room::new();
    let (mut client, server) = pair(100);
    let (_receiver, sender) = server.split();
    let _member = room.join(&sender);
    room.try_send("last").expect("room");
    drop(room);
    assert_eq!(next(&mut client).await, Message::from("last"));
}

#[test]
fn members_of_a_runtime_that_has_ended_keep_nothing() {
    let build = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (lasting, ending) = (build().expect("a runtime"), build().expect("a runtime"));
    let room = Room::new();
    let join = || {
        let (client, server) = pair(100);
        let (receiver, sender) = server.split();
        (client, room.join(&sender), receiver, sender)
    };
    let gone = ending.block_on(async { join() });
    let mut here = lasting.block_on(async { join() });
    assert_eq!(room.try_send("both"), Ok(2));
    drop(ending);
    assert_eq!((room.members(), room.try_send("one")), (1, Ok(1)));
    lasting.block_on(async {
        assert_eq!(next(&mut here.0).await, Message::from("both"));
        assert_eq!(next(&mut here.0).await, Message::from("one"));
    });
    drop(gone);
    assert_eq!(room.members(), 1);
}

#[tokio::test]
async fn a_member_inside_a_message_in_parts_gets_it_afterwards() -> Result<(), Error> {
    let room = Room::new();
    let (mut client, server) = pair(4096);
    let (_receiver, mut sender) = server.split();
    let _member = room.join(&sender);
    let mut parts = sender.send_parts(Kind::Text).await?;
    parts.write(b"one ").await?;
    assert_eq!(room.send("two").await, 1);
    settle().await;
    parts.write(b"message").await?;
    parts.finish().await?;
    assert_eq!(next(&mut client).await, Message::from("one message"));
    assert_eq!(next(&mut client).await, Message::from("two"));
    Ok(())
}

fn deflate(bits: u8) -> Negotiated {
    let server_max_window_bits = WindowBits::new(bits).expect("bits of the RFC");
    let params = DeflateParams { server_max_window_bits, ..DeflateParams::default() };
    let mut negotiated = Negotiated::default();
    negotiated.deflate = Some(params);
    negotiated
}

#[tokio::test]
async fn members_of_both_roles_compressed_or_not_all_understand_it() {
    let room = Room::new();
    let mut peers = Vec::new();
    for negotiated in [Negotiated::default(), deflate(9), deflate(15), deflate(9)] {
        let (near, far) = duplex(1 << 16);
        let client = WebSocket::client(near, Arc::default(), negotiated.clone(), &[]);
        let server = WebSocket::server(far, Arc::default(), negotiated, &[]);
        join(&room, server);
        peers.push(client);
    }
    let (client, server) = pair(1 << 16);
    join(&room, client);
    peers.push(server);
    let long = "all of this is said again and again, ".repeat(300);
    for round in 0..3 {
        for text in ["short", &long, &long] {
            room.send(text).await;
        }
        settle().await;
        for peer in &mut peers {
            for text in ["short", &long, &long] {
                assert_eq!(next(peer).await, Message::from(text), "round {round}");
            }
        }
    }
}

#[tokio::test]
async fn a_flush_ends_when_all_was_handed_over() {
    let room = Room::new();
    timeout(PATIENCE, room.flush()).await.expect("nothing was sent");
    let mut clients = Vec::new();
    for _ in 0..1000 {
        let (client, server) = pair(10);
        join(&room, server);
        clients.push(client);
    }
    room.try_send("longer than a pipe").expect("room");
    let mut flushing = pin!(room.flush());
    assert!(poll_once(flushing.as_mut()).is_pending());
    timeout(PATIENCE, flushing).await.expect("it does not wait for who does not read");
    let last = clients.last_mut().expect("there are many");
    assert_eq!(next(last).await, Message::from("longer than a pipe"));
}

#[tokio::test]
async fn a_transport_without_vectors_gets_it_piece_by_piece() {
    let room = Broadcast::new();
    let (mut client, _receiver, sender, writes) = watched();
    let _member = room.join(&sender);
    let lens = [10, 20, 9000, 5, 70_000];
    for len in lens {
        room.try_send(vec![1; len]).expect("room");
    }
    for len in lens {
        assert_eq!(next(&mut client).await, Message::from(vec![1; len]));
    }
    assert_eq!(writes.load(Ordering::SeqCst), 4, "small ones stand together");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_may_be_sent_to_all_while_it_is_lent() {
    let room = Room::new();
    let mut clients = Vec::new();
    for _ in 0..4 {
        let (client, server) = pair(4096);
        let (room, (mut receiver, sender)) = (room.clone(), server.split());
        let member = room.join(&sender);
        tokio::spawn(async move {
            while let Ok(Some(sent)) = receiver.recv_with(|message, _| room.try_send(message)).await
            {
                assert!(sent.is_ok());
            }
            drop(member);
        });
        clients.push(client);
    }
    for number in 0..500 {
        let text = number.to_string();
        clients[number % 4].send(&text).await.expect("open");
        for client in &mut clients {
            assert_eq!(next(client).await, Message::from(&*text));
        }
    }
}
