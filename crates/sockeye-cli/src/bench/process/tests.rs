use std::time::Duration;

use super::{Own, Usage, parse_rollup, parse_schedstat, parse_stat};

const STAT: &str = "4711 (a (mad) name) S 1 2 3 0 -1 4194560 9 0 0 0 250 50 0 0 20 0 4 0 77 1000 \
    512 18446744073709551615 1 1 0 0";

#[test]
fn processor_time_and_memory_stand_behind_any_name() {
    let usage = Usage { cpu: Duration::from_secs(3), resident_bytes: 512 * 4096 };
    assert_eq!(parse_stat(STAT, 100, 4096), Some(usage));
    let renamed = STAT.replace("(a (mad) name)", "(x) S 0 9 9 9)");
    assert_eq!(parse_stat(&renamed, 100, 4096), Some(usage));
}

#[test]
fn nonsense_is_no_usage() {
    let cut = STAT.split_once(" 512").map_or("", |(front, _)| front);
    for text in ["", ")", "1 (x", "1 (x) S 2", cut, &STAT.replace("250", "-1")] {
        assert_eq!(parse_stat(text, 100, 4096), None, "{text}");
    }
    assert_eq!(parse_stat(&STAT.replace("250", "18446744073709551615"), 100, 4096), None);
}

#[test]
fn the_share_of_memory_is_read_in_kilobytes() {
    let rollup = "55d6c0000000-7ffd0000 ---p 00000000 00:00 0    [rollup]\n\
        Rss:    5000 kB\nPss:    4321 kB\nPss_Dirty: 9 kB\n";
    assert_eq!(parse_rollup(rollup), Some(4321 * 1024));
    for text in ["", "Pss:", "Pss: x kB", "Pss: 5", "Pss_Dirty: 9 kB"] {
        assert_eq!(parse_rollup(text), None, "{text}");
    }
}

#[test]
fn a_thread_is_busy_when_it_runs_or_wants_to() {
    let own = parse_schedstat("700000000 250000000 17\n").expect("numbers");
    let earlier = Own { running: Duration::from_millis(100), queued: Duration::from_millis(50) };
    let shares = own.since(earlier).shares(Duration::from_secs(1));
    assert!((shares.running - 0.6).abs() < 1e-9, "{shares:?}");
    assert!((shares.busy() - 0.8).abs() < 1e-9, "{shares:?}");
    for text in ["", "1", "a b"] {
        assert_eq!(parse_schedstat(text), None, "{text}");
    }
}
