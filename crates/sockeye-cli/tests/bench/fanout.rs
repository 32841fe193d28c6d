//! Deliveries beside those that the server counted.

use std::sync::Arc;

use sockeye::{Message, WebSocket};
use tokio::sync::broadcast;

use crate::support::{Count, Running, agree, run};

/// Everybody gets everything, and what was delivered is counted.
fn broadcasting(count: &Arc<Count>) -> Running {
    let (count, (all, _)) = (count.clone(), broadcast::channel::<Message>(4096));
    Running::start(move |ws| member(ws, all.clone(), count.clone()))
}

async fn member(mut ws: WebSocket, all: broadcast::Sender<Message>, count: Arc<Count>) {
    let mut receiver = all.subscribe();
    loop {
        tokio::select! {
            message = ws.recv() => match message {
                Ok(Some(message)) => drop(all.send(message)),
                _ => return,
            },
            message = receiver.recv() => {
                let Ok(message) = message else { return };
                if ws.send(message).await.is_err() {
                    return;
                }
                count.one();
            }
        }
    }
}

fn rates(options: &str, in_flight: u64) -> (f64, f64) {
    let count = Count::shared();
    let server = broadcasting(&count);
    let url = server.url();
    let run = run(&format!("fanout --json -d 1s --warmup 0s {options} {url}")).succeeded();
    let (done, counted) = (run.number("done"), count.number());
    let missing = counted.checked_sub(done as u64);
    assert!(missing.is_some_and(|missing| missing <= in_flight), "{options}: {done} of {counted}");
    assert!(run.number("p50") > 0.0);
    (run.number("done_per_second"), count.rate())
}

#[test]
fn deliveries_are_those_that_the_server_made() {
    agree(|| rates("-c 20", 20));
    agree(|| rates("-c 20 --publishers 3 --depth 4 -s 1K", 20 * 3 * 4));
    agree(|| rates("-c 20 --threads 2 --text -s 16", 20));
}

#[test]
fn a_publisher_keeps_to_a_rate_that_is_wanted() {
    let count = Count::shared();
    let server = broadcasting(&count);
    let arguments = format!("fanout --json -d 1s -c 10 --rate 50 {}", server.url());
    agree(|| (run(&arguments).succeeded().number("done_per_second"), 500.0));
}

#[test]
fn messages_of_others_are_no_deliveries() {
    let server = Running::start(|mut ws| async move {
        while let Ok(Some(_)) = ws.recv().await {
            let _ = ws.send("nobody of you has sent me").await;
        }
    });
    let run = run(&format!("fanout -c 2 -s 25 -d 100ms --warmup 0s {}", server.url()));
    run.failed(1, "got a message of somebody else's");
}
