//! Connections that are opened and closed, beside those that the server saw.

use std::sync::Arc;

use sockeye::{CloseCode, Closed};

use crate::support::{Count, Running, agree, run};

/// Echoes, and counts the connections that said goodbye properly.
fn saying_goodbye(count: &Arc<Count>) -> Running {
    let count = count.clone();
    Running::start(move |mut ws| {
        let count = count.clone();
        async move {
            while let Ok(Some(message)) = ws.recv().await {
                if ws.send(message).await.is_err() {
                    return;
                }
            }
            if let Some(Closed::Clean { frame, .. }) = ws.closed()
                && frame.code() == Some(CloseCode::NORMAL)
            {
                count.one();
            }
        }
    })
}

fn rates(options: &str, slots: u64) -> (f64, f64) {
    let count = Count::shared();
    let server = saying_goodbye(&count);
    let run = run(&format!("{options} --json -c {slots} -d 1s --warmup 0s {}", server.url()));
    let run = run.succeeded();
    // One more was opened to see that it can be done.
    let (done, counted) = (run.number("done"), count.number() - 1);
    let missing = counted.checked_sub(done as u64);
    assert!(missing.is_some_and(|missing| missing <= slots), "{options}: {done} of {counted}");
    (run.number("done_per_second"), count.rate())
}

#[test]
fn handshakes_are_those_of_the_server() {
    agree(|| rates("handshake", 8));
    agree(|| rates("handshake --threads 2", 8));
}

#[test]
fn connections_that_come_and_go_are_those_of_the_server() {
    agree(|| rates("churn", 8));
    agree(|| rates("churn --depth 5 -s 1K", 4));
}

#[test]
fn connections_are_opened_at_the_rate_that_is_wanted() {
    let count = Count::shared();
    let server = saying_goodbye(&count);
    let arguments = format!("handshake --json -c 5 --rate 100 -d 1s {}", server.url());
    agree(|| (run(&arguments).succeeded().number("done_per_second"), 100.0));
}
