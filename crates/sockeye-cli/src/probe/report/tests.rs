use std::time::Duration;

use super::{Answer, Paint, Report, list};
use crate::probe::{checks, verdict::Verdict};

fn report() -> Report {
    let verdicts = [
        Verdict::Passed,
        Verdict::failed("Close 1002", "Close \"1000\""),
        Verdict::warned("status 400", "status 500"),
        Verdict::Skipped("not known".into()),
    ];
    let answers = checks::all().zip(verdicts);
    Report {
        url: "ws://localhost:1/".into(),
        answers: answers.map(|(check, verdict)| Answer { check, verdict }).collect(),
        traffic: (1025, 1),
        took: Duration::from_millis(1250),
    }
}

#[test]
fn a_table_has_a_line_for_each_check_and_says_what_was_found() {
    let text = report().text(Paint::Plain);
    let lines = text.lines().collect::<Vec<_>>();
    assert!(lines[0].starts_with("passed   accept-value  "), "{text}");
    assert!(lines[1].starts_with("failed   upgrade-answered  "), "{text}");
    assert_eq!(lines[2..4], ["         expected Close 1002", "         got Close \"1000\""]);
    assert!(lines[4].starts_with("warned   "), "{text}");
    assert_eq!(lines[8], "         not known");
    let sum = "1 passed, 1 failed, 1 warned, 1 skipped; 1.2 s, 2 KiB sent, 1 KiB received";
    assert_eq!(lines.last(), Some(&sum));
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn colours_are_for_words_alone() {
    let text = report().text(Paint::Colours);
    assert!(text.starts_with("\x1b[32mpassed \x1b[0m  accept-value  "), "{text}");
}

#[test]
fn json_has_the_same_and_escapes_it() {
    let json = report().json();
    assert!(
        json.starts_with("{\"url\":\"ws://localhost:1/\",\"passed\":1,\"failed\":1,"),
        "{json}"
    );
    assert!(json.contains("\"expected\":\"Close 1002\",\"got\":\"Close \\\"1000\\\"\"}"), "{json}");
    assert!(json.ends_with("\"verdict\":\"skipped\",\"why\":\"not known\"}]}"), "{json}");
}

#[test]
fn names_differ_and_are_listed() {
    let all = checks::all().collect::<Vec<_>>();
    let mut names = all.iter().map(|check| check.name).collect::<Vec<_>>();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len());
    assert_eq!(list(&all).lines().count(), all.len());
}
