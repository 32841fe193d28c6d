//! Every check is seen to fail, at a server that has no other fault.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{
    broken::{Broken, DEADLINE, MAX_FRAGMENTS, MAX_MESSAGE},
    names, probe, told,
};

/// Servers that are asked at the same time.
const AT_ONCE: usize = 6;

/// What else cannot be right where a check fails.
const CONSEQUENCES: [(&str, &[&str]); 3] = [
    ("other-version", &["version-told"]),
    ("text-not-utf8", &["utf8-at-the-fragment", "utf8-at-the-byte"]),
    ("utf8-at-the-fragment", &["utf8-at-the-byte"]),
];

/// The checks that fail at a server with this fault, and those that could not be asked.
fn failures(fault: &str) -> (Vec<String>, Vec<String>) {
    let server = Broken::start(fault);
    let url = format!("ws://{}/", server.address);
    let (message, fragments) = (MAX_MESSAGE.to_string(), MAX_FRAGMENTS.to_string());
    let deadline = DEADLINE.as_secs_f64().to_string();
    let mut arguments = vec![&*url, "--max-message", &message, "--max-fragments", &fragments];
    arguments.extend(["--handshake-timeout", &deadline]);
    if fault == "still-serves" {
        // It serves three connections: two of the probe's own, and one for this check.
        arguments.extend(["--only", "no-mask-back", "--only", "still-serves"]);
    }
    let output = probe(&arguments);
    let failed = [told(&output, "failed "), told(&output, "warned ")].concat();
    (failed, told(&output, "skipped "))
}

#[test]
fn a_server_without_a_fault_passes() {
    assert_eq!(failures("none"), (vec![], vec![]));
}

#[test]
fn each_check_fails_at_a_server_with_its_fault() {
    let names = names();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let work = || {
        while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
            let consequences = CONSEQUENCES.iter().find(|(fault, _)| fault == name);
            let consequences = consequences.map_or(&[][..], |(_, others)| others);
            let expected = names
                .iter()
                .filter(|other| *other == name || consequences.contains(&other.as_str()));
            let (failed, skipped) = failures(name);
            if !failed.iter().eq(expected) || !skipped.is_empty() {
                let text = format!("{name}: failed {failed:?}, skipped {skipped:?}");
                wrong.lock().expect("no panic").push(text);
            }
        }
    };
    thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
