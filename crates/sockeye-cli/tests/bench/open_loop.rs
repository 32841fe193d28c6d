//! Coordinated omission: a server that stands still for a while.

use std::{thread, time::Duration};

use crate::support::{Count, Run, Running, attempts, run};

const STALL: Duration = Duration::from_millis(200);

/// A run of a second and a half at a server that does nothing for a while in the middle of it.
fn stalled(options: &str) -> Run {
    let count = Count::shared();
    let server = Running::start(move |mut ws| {
        let count = count.clone();
        async move {
            while let Ok(Some(message)) = ws.recv().await {
                if count.one() == 700 {
                    // The whole server stands still: all of it is one thread.
                    thread::sleep(STALL);
                }
                if ws.send(message).await.is_err() {
                    break;
                }
            }
        }
    });
    let arguments = format!("echo --json -c 10 -d 1500ms --warmup 0s {options} {}", server.url());
    run(&arguments).succeeded()
}

#[test]
fn every_message_that_was_due_in_a_stall_was_late() {
    attempts(|| {
        let run = stalled("--rate 1000 --depth 100");
        // 200 of 1500 were due in it, each with what was left of it: a tenth of all had to wait 50 ms or more.
        assert!(run.millis("p99_9") > 180.0, "{}", run.stdout());
        assert!(run.millis("p90") > 35.0, "{}", run.stdout());
        (run.millis("p50") < 35.0, run.stdout())
    });
}

#[test]
fn lateness_counts_even_if_a_connection_may_have_only_one_under_way() {
    let run = stalled("--rate 1000 --depth 1");
    assert!(run.millis("p90") > 35.0, "{}", run.stdout());
}

#[test]
fn a_closed_loop_sees_a_stall_once_a_connection_and_says_so() {
    attempts(|| {
        let run = stalled("");
        assert!(run.millis("max") > 180.0, "{}", run.stdout());
        assert!(run.stdout().contains("\"counts_from\":\"sent\""), "{}", run.stdout());
        (run.millis("p90") < 35.0, run.stdout())
    });
}
