//! `exchange MODE URL`: our client at an echo that somebody else wrote, or that somebody else stands before.
//!
//! - `echo` sends messages of every kind, a ping and a goodbye;
//! - `peer` does so too, and expects compression, a subprotocol, an answer in parts and a goodbye on request;
//! - `idle` says nothing for seconds, while the heartbeat goes on, and expects to be still connected;
//! - `kept` does so without a heartbeat of its own, and leaves that to the server;
//! - `still` does so without a heartbeat, and expects to be cut off.

use std::{
    env, fmt,
    io::{self, Write},
    iter,
    process::ExitCode,
    time::Duration,
};

use sockeye::{
    CloseCode, CloseFrame, Closed, Config, Connect, Event, Kind, Limits, Side, Timing, WebSocket,
};
use tokio::time;

type Failure = Box<dyn std::error::Error + 'static>;

const LARGE: usize = 1 << 20;

/// Longer than those in between wait for a byte, and longer still than our heartbeat.
const SILENCE: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_millis(500);

/// How long everything may take.
const LIMIT: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (Some(mode), Some(url)) = (arguments.next(), arguments.next()) else {
        return failed("expected a mode and a URL, got less");
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(error),
    };
    let done = runtime.block_on(async {
        time::timeout(LIMIT, run(&mode, &url)).await.unwrap_or_else(|elapsed| Err(elapsed.into()))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let causes = iter::successors(Some(&*error), |error| error.source());
            let causes: Vec<String> = causes.map(ToString::to_string).collect();
            failed(causes.join(": "))
        }
    }
}

fn failed(why: impl fmt::Display) -> ExitCode {
    // Whoever closed the pipe does not ask why.
    let _ = writeln!(io::stderr(), "exchange: {why}");
    ExitCode::FAILURE
}

async fn run(mode: &str, url: &str) -> Result<(), Failure> {
    match mode {
        "echo" => {
            let mut ws = connect(url, Timing::default()).await?;
            messages(&mut ws).await?;
            goodbye(ws).await
        }
        "peer" => {
            let mut ws = connect(url, Timing::default()).await?;
            expect(ws.deflate().is_some(), true, "compression")?;
            expect(ws.protocol(), Some("echo.v1"), "the subprotocol")?;
            messages(&mut ws).await?;
            goodbye(ws).await?;
            goodbye_of_the_peer(connect(url, Timing::default()).await?).await
        }
        "idle" => idle(connect(url, Timing::default().ping_interval(HEARTBEAT)).await?).await,
        "kept" => idle(connect(url, Timing::default()).await?).await,
        "still" => still(connect(url, Timing::default()).await?).await,
        other => Err(format!("expected echo, peer, idle, kept or still, got `{other}`").into()),
    }
}

fn connect(url: &str, timing: Timing) -> Connect {
    let limits = Limits::default().message_bytes(2 * LARGE).frame_bytes(2 * LARGE);
    let config = Config::default().limits(limits).timing(timing);
    sockeye::connect(url).config(config).protocols(["echo.v2", "echo.v1"])
}

/// Text and bytes, small, large and empty, and one in parts; then a ping.
async fn messages(ws: &mut WebSocket) -> Result<(), Failure> {
    for text in ["κόσμε".to_owned(), String::new(), "again and again ".repeat(LARGE / 16)] {
        ws.send(text.as_str()).await?;
        expect_text(ws, &text).await?;
    }
    let bytes: Vec<u8> = (0_u8..251).cycle().take(LARGE).collect();
    ws.send(bytes.as_slice()).await?;
    let back = ws.recv().await?.ok_or("expected the bytes back, got the end")?;
    expect(back.kind(), Kind::Binary, "bytes")?;
    expect(back.as_bytes() == bytes, true, "the same bytes")?;
    let mut parts = ws.send_parts(Kind::Text).await?;
    for part in ["some ", "small ", "parts"] {
        parts.write(part.as_bytes()).await?;
    }
    parts.finish().await?;
    expect_text(ws, "some small parts").await?;
    ws.ping(b"are you there").await?;
    match ws.recv_event().await? {
        Some(Event::Pong(payload)) => expect(&payload[..], &b"are you there"[..], "our pong"),
        other => Err(format!("expected a pong, got {other:?}").into()),
    }
}

/// Our goodbye, and the peer's answer to it.
async fn goodbye(mut ws: WebSocket) -> Result<(), Failure> {
    let code = CloseCode::new(3001).ok_or("expected 3001 to be a code, got none")?;
    let frame = CloseFrame::new(code, "done");
    ws.close(frame.clone()).await?;
    expect(ws.closed(), Some(&Closed::Clean { frame, by: Side::Local }), "a clean end")
}

async fn goodbye_of_the_peer(mut ws: WebSocket) -> Result<(), Failure> {
    ws.send("answer in parts").await?;
    expect_text(&mut ws, "in three parts").await?;
    ws.send("say goodbye").await?;
    expect(ws.recv().await?, None, "the end")?;
    let code = CloseCode::new(4001).ok_or("expected 4001 to be a code, got none")?;
    let frame = CloseFrame::new(code, "bye");
    expect(ws.closed(), Some(&Closed::Clean { frame, by: Side::Peer }), "the peer's goodbye")
}

/// Nothing comes while nothing is said, and the connection is still there afterwards.
async fn idle(mut ws: WebSocket) -> Result<(), Failure> {
    if let Ok(early) = time::timeout(SILENCE, ws.recv()).await {
        return Err(format!("expected silence, got {early:?}").into());
    }
    ws.send("still there").await?;
    expect_text(&mut ws, "still there").await?;
    goodbye(ws).await
}

/// The end comes by itself: whoever stands in between cuts off what is silent.
async fn still(mut ws: WebSocket) -> Result<(), Failure> {
    match time::timeout(SILENCE, ws.recv()).await {
        Ok(Ok(Some(message))) => Err(format!("expected silence, got {message:?}").into()),
        Ok(_) => Ok(()),
        Err(_) => Err("expected to be cut off, got nothing".into()),
    }
}

async fn expect_text(ws: &mut WebSocket, expected: &str) -> Result<(), Failure> {
    let message = ws.recv().await?.ok_or("expected text, got the end")?;
    expect(message.as_text() == Some(expected), true, "the same text")
}

fn expect<T: PartialEq + fmt::Debug>(got: T, expected: T, what: &str) -> Result<(), Failure> {
    if got == expected {
        return Ok(());
    }
    Err(format!("expected {what}: {expected:?}, got {got:?}").into())
}
