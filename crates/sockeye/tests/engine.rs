//! What engines do that tasks of tokio's do not. What both do is in `engine_server`.
#![cfg(all(feature = "engine", feature = "client", target_os = "linux"))]

mod support;

use std::{
    collections::HashSet,
    io,
    sync::{Arc, Mutex, mpsc as blocking},
    thread,
    time::Duration,
};

use sockeye::{CloseCode, Message, Server, ServerOptions, WebSocket};
use support::{PATIENCE, door};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

/// A server of so many engines, with a handler that sends back what comes.
async fn server(engines: usize) -> Server {
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = server.route("/echo", ServerOptions::default(), door::echo);
    door::with_engines(server, engines)
}

async fn connect(server: &door::Running, path: &str) -> WebSocket {
    let connected = timeout(PATIENCE, sockeye::connect(server.url(path)).into_future()).await;
    connected.expect("in time").expect("a connection")
}

async fn expect_echo(ws: &mut WebSocket) {
    ws.send("hello").await.expect("sent");
    let echo = timeout(PATIENCE, ws.recv()).await.expect("in time").expect("open");
    assert_eq!(echo, Some(Message::from("hello")));
}

#[tokio::test]
async fn the_kernel_deals_connections_out_to_all_engines() {
    let server = server(2).await.route("/name", ServerOptions::default(), |mut ws| async move {
        let name = thread::current().name().unwrap_or_default().to_owned();
        let _ = ws.send(name).await;
    });
    let server = door::start(server);
    let mut names = HashSet::new();
    for _ in 0..64 {
        let name = connect(&server, "/name").await.recv().await.expect("open").expect("a name");
        names.insert(name.as_text().expect("text").to_owned());
    }
    assert_eq!(names, HashSet::from(["engine-0".to_owned(), "engine-1".to_owned()]));
}

#[tokio::test]
async fn a_port_in_use_is_found_though_engines_share_theirs() {
    let server = door::start(server(2).await);
    connect(&server, "/echo").await;
    let error = Server::bind(server.address).await.expect_err("somebody listens there");
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    let address = server.address;
    server.stop().await.expect("nobody is left");
    drop(Server::bind(address).await.expect("the port is free again"));
}

#[tokio::test]
async fn a_handler_that_panics_takes_nobody_along() {
    let server = server(1).await.route("/panic", ServerOptions::default(), |mut ws| async move {
        let _ = ws.recv().await;
        panic!("a fault of the handler's");
    });
    let server = door::start(server);
    let mut other = connect(&server, "/echo").await;
    for _ in 0..3 {
        let mut ws = connect(&server, "/panic").await;
        ws.send("now").await.expect("sent");
        timeout(PATIENCE, ws.recv()).await.expect("in time").expect_err("no goodbye");
        expect_echo(&mut other).await;
    }
    other.close(CloseCode::NORMAL).await.expect("a clean end");
    server.stop().await.expect("the places were given back");
}

#[tokio::test]
async fn handlers_have_timers_channels_and_tasks() {
    let server = server(2).await.route("/rich", ServerOptions::default(), |mut ws| async move {
        let (sender, mut receiver) = mpsc::channel(1);
        let spawned = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            sender.send("from a task").await.expect("the handler waits");
        });
        let said = receiver.recv().await.expect("the task sends");
        spawned.await.expect("no panic");
        assert!(timeout(Duration::from_millis(1), ws.recv()).await.is_err(), "nothing comes yet");
        let _ = ws.send(said).await;
        let blocking = tokio::task::spawn_blocking(|| "from a thread").await.expect("no panic");
        let _ = ws.send(blocking).await;
        // Somebody on another thread wakes this one.
        let (wake, woken) = oneshot::channel();
        thread::spawn(move || wake.send("from far away"));
        let _ = ws.send(woken.await.expect("the thread sends")).await;
    });
    let server = door::start(server);
    let mut ws = connect(&server, "/rich").await;
    for expected in ["from a task", "from a thread", "from far away"] {
        let message = timeout(PATIENCE, ws.recv()).await.expect("in time").expect("open");
        assert_eq!(message, Some(Message::from(expected)));
    }
}

#[tokio::test]
async fn a_handler_that_is_always_ready_does_not_keep_the_engine() {
    let server = server(1).await.route("/greedy", ServerOptions::default(), |ws| async move {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        loop {
            sender.send(()).expect("the receiver is here");
            receiver.recv().await;
            if !ws.is_open() {
                break;
            }
        }
    });
    let server = door::start(server);
    let _greedy = connect(&server, "/greedy").await;
    let _greedier = connect(&server, "/greedy").await;
    let mut other = connect(&server, "/echo").await;
    for _ in 0..100 {
        expect_echo(&mut other).await;
    }
}

#[tokio::test]
async fn a_peer_that_floods_does_not_keep_the_engine() {
    let server = door::start(server(1).await);
    let (mut receiver, sender) = connect(&server, "/echo").await.split();
    tokio::spawn(async move { while sender.send(vec![0; 1000]).await.is_ok() {} });
    tokio::spawn(async move { while receiver.recv_with(|_, _| ()).await.is_ok() {} });
    let mut other = connect(&server, "/echo").await;
    for _ in 0..100 {
        expect_echo(&mut other).await;
    }
}

#[tokio::test]
async fn a_thousand_connections_that_end_at_once_are_all_noticed() {
    let (go, gone) = blocking::channel::<()>();
    let gone = Arc::new(Mutex::new(gone));
    let server = server(1).await.route("/block", ServerOptions::default(), move |_| {
        let gone = gone.clone();
        async move {
            let _ = gone.lock().expect("no panic").recv();
        }
    });
    let (end, mut ended) = mpsc::unbounded_channel();
    let server = door::start(server.route("/", ServerOptions::default(), move |ws| {
        let end = end.clone();
        async move {
            door::echo(ws).await;
            let _ = end.send(());
        }
    }));
    let mut sockets = Vec::new();
    for _ in 0..1000 {
        sockets.push(connect(&server, "/").await);
    }
    let _blocking = connect(&server, "/block").await;
    drop(sockets);
    go.send(()).expect("the handler waits");
    for _ in 0..1000 {
        timeout(PATIENCE, ended.recv()).await.expect("in time").expect("a server");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_handlers_that_use_up_their_budget_are_all_served() {
    let server = server(1).await.route("/busy", ServerOptions::default(), |mut ws| async move {
        let (sender, mut receiver) = mpsc::channel(1);
        while let Ok(Some(message)) = ws.recv().await {
            for _ in 0..40 {
                sender.send(()).await.expect("the receiver is here");
                receiver.recv().await;
            }
            let _ = ws.send(message).await;
        }
    });
    let server = Arc::new(door::start(server));
    let clients: Vec<_> = (0..300)
        .map(|_| {
            let server = server.clone();
            tokio::spawn(async move {
                let mut ws = connect(&server, "/busy").await;
                for _ in 0..50 {
                    expect_echo(&mut ws).await;
                }
            })
        })
        .collect();
    for client in clients {
        client.await.expect("no panic");
    }
}

#[tokio::test]
async fn a_handler_that_blocks_stops_its_own_engine_and_is_told() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (go, gone) = blocking::channel::<()>();
    let gone = Arc::new(Mutex::new(gone));
    let server = server(2).await.route("/block", ServerOptions::default(), move |mut ws| {
        let gone = gone.clone();
        async move {
            let _ = ws.send("blocking").await;
            let _ = gone.lock().expect("no panic").recv();
        }
    });
    let server = server.on_trouble(move |error| {
        let _ = tell.send(error.kind());
    });
    let server = door::start(server);
    let mut blocked = connect(&server, "/block").await;
    assert!(blocked.recv().await.expect("open").is_some());
    let trouble = timeout(PATIENCE, told.recv()).await.expect("in time");
    assert_eq!(trouble, Some(io::ErrorKind::TimedOut));
    // Of so many one at least comes to the other engine.
    let mut served = 0;
    for _ in 0..64 {
        let connecting = timeout(
            Duration::from_millis(100),
            sockeye::connect(server.url("/echo")).into_future(),
        );
        if let Ok(Ok(mut ws)) = connecting.await {
            expect_echo(&mut ws).await;
            served += 1;
            break;
        }
    }
    assert_eq!(served, 1, "the other engine serves on");
    drop(go);
    server.stop().await.expect("nobody is left");
}
