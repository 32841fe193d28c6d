//! Connections that are held.

use crate::support::{Count, Running, counting_echo, run};

#[test]
fn held_connections_answer_pings_and_echoes() {
    for (options, echoes) in [("", 0), ("--ask echo", 80), ("--ask echo --threads 3 -s 100K", 80)] {
        let count = Count::shared();
        let server = counting_echo(&count);
        let url = server.url();
        let run = run(&format!("idle --json -c 40 -d 50ms --warmup 50ms {options} {url}"));
        let run = run.succeeded();
        for name in ["opened", "answered_first", "answered_last"] {
            assert_eq!(run.number(name), 40.0, "{options} {name}");
        }
        assert_eq!(count.number(), echoes, "{options}");
        assert_eq!(run.number("done"), 80.0);
    }
}

#[test]
fn connections_that_went_away_while_they_were_held_are_told() {
    let count = Count::shared();
    let server = Running::start(move |mut ws| {
        let is_kept = count.one().is_multiple_of(2);
        async move {
            // The pings are answered while it waits.
            while let Ok(Some(_)) = ws.recv().await {
                if !is_kept {
                    return;
                }
                let _ = ws.send("k".repeat(128)).await;
            }
        }
    });
    let run = run(&format!("idle -c 10 -d 50ms --warmup 50ms --ask echo {}", server.url()));
    assert_eq!(run.0.status.code(), Some(1), "{}", run.stderr());
    run.failed(1, "10 of 10 connections failed");
}
