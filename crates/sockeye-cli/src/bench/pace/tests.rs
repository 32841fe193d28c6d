use std::time::{Duration, Instant};

use super::{Next, Pace};

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_closed_loop_sends_its_depth_and_then_waits_for_all_of_it() {
    let start = Instant::now();
    let mut pace = Pace::closed(4, start);
    for (sent, answered, next) in [
        (0, 0, Next::Send(4)),
        (4, 0, Next::Answer),
        (4, 3, Next::Answer),
        (4, 4, Next::Send(4)),
        (8, 5, Next::Answer),
    ] {
        assert_eq!(pace.next(start, sent, answered), next, "{sent} {answered}");
    }
    pace.leave(start + millis(5));
    assert_eq!(pace.due(7), start + millis(5));
}

#[test]
fn an_open_loop_sends_what_is_due_by_the_clock() {
    let start = Instant::now();
    // 100 a second over two connections: one of 50 a second, whose first is due 10 ms after the other's.
    let pace = Pace::open(100.0, 2, 1, 8, start);
    for (at, sent, answered, next) in [
        (0, 0, 0, Next::At(start + millis(10))),
        (10, 0, 0, Next::Send(1)),
        (10, 1, 0, Next::At(start + millis(30))),
        (29, 1, 1, Next::At(start + millis(30))),
        (30, 1, 1, Next::Send(1)),
        // A stall of 100 ms: all that was due in it is due now, and each counts from its own time.
        (130, 2, 2, Next::Send(5)),
        (500, 2, 2, Next::Send(8)),
        (500, 10, 2, Next::Answer),
        (500, 10, 3, Next::Send(1)),
    ] {
        assert_eq!(pace.next(start + millis(at), sent, answered), next, "{at} {sent} {answered}");
    }
    assert_eq!(pace.due(2), start + millis(50));
}

#[test]
fn what_is_told_to_be_due_is_due_then() {
    let start = Instant::now();
    for rate in [0.001, 3.0, 7.77, 1e3, 333_333.3, 1e9, 1e300] {
        let pace = Pace::open(rate, 3, 2, 1, start);
        for sent in [0, 1, 2, 1_000_003, u64::from(u32::MAX)] {
            if let Next::At(at) = pace.next(start, sent, sent) {
                assert_eq!(pace.next(at, sent, sent), Next::Send(1), "{rate} {sent}");
            }
        }
    }
}
