//! Counts and rates beside those of the server.

use crate::support::{Count, agree, attempts, counting_echo, run};

/// All that the server echoed was counted, but for what was under way at the end. Gives the client's rate and the
/// server's.
fn rates(options: &str, in_flight: u64) -> (f64, f64) {
    let count = Count::shared();
    let server = counting_echo(&count);
    let url = server.url();
    let run = run(&format!("echo --json -d 1s --warmup 0s {options} {url}")).succeeded();
    let (done, counted) = (run.number("done"), count.number());
    let missing = counted.checked_sub(done as u64);
    assert!(missing.is_some_and(|missing| missing <= in_flight), "{done} of {counted}");
    (run.number("done_per_second"), count.rate())
}

#[test]
fn messages_are_those_that_the_server_echoed() {
    agree(|| rates("-c 1 -s 16", 1));
    agree(|| rates("-c 8 --depth 16 -s 16", 8 * 16));
    agree(|| rates("-c 8 --threads 2 --depth 4 -s 1K", 8 * 4));
    agree(|| rates("-c 4 --rate 2000 --depth 8", 4 * 8));
}

#[test]
fn what_was_done_in_the_warm_up_is_not_counted() {
    attempts(|| {
        let count = Count::shared();
        let server = counting_echo(&count);
        let url = server.url();
        let run = run(&format!("echo --json -c 4 -d 500ms --warmup 500ms {url}")).succeeded();
        let share = run.number("done") / count.number() as f64;
        ((0.3..0.7).contains(&share), format!("{share}"))
    });
}

#[test]
fn an_open_loop_sends_at_its_rate() {
    let count = Count::shared();
    let server = counting_echo(&count);
    let arguments = format!("echo --json -c 7 --rate 700 -d 1s --depth 50 {}", server.url());
    agree(|| (run(&arguments).succeeded().number("done_per_second"), 700.0));
}
