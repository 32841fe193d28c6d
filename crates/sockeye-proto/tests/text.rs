//! `Text` views its bytes as a `str` without a second look: every way to make one, and every way to read it.
//!
//! `cargo xtask memcheck` runs this file under valgrind and AddressSanitizer.

use std::collections::HashSet;

use bytes::Bytes;
use sockeye_proto::{NotUtf8, Text};

/// Empty, of each width, at the borders of the alphabet, and long enough for the vector code.
fn samples() -> Vec<String> {
    let long = "κόσμε — 😀 ".repeat(50);
    ["", "a", "aµ€😀", "\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}", &long]
        .map(str::to_owned)
        .into()
}

/// Reads the text in every way there is.
fn check(text: &Text, expected: &str) {
    assert_eq!(text.as_str(), expected);
    assert_eq!(text.as_bytes(), expected.as_bytes());
    assert_eq!(text, expected);
    assert_eq!(text.chars().rev().collect::<String>(), expected.chars().rev().collect::<String>());
    assert_eq!(format!("{text} {text:?}"), format!("{expected} {expected:?}"));
    let shared = text.clone();
    drop(text.clone());
    assert_eq!(shared.into_bytes(), expected.as_bytes());
}

#[test]
fn every_way_to_make_a_text_gives_the_same_text() {
    for sample in samples() {
        check(&Text::from(sample.as_str()), &sample);
        check(&Text::from(sample.clone()), &sample);
        check(&Text::try_from(Bytes::from(sample.clone())).expect("a string is UTF-8"), &sample);
    }
    check(&Text::new(), "");
    check(&Text::default(), "");
    check(&Text::from_static("grüezi"), "grüezi");
}

#[test]
fn a_text_outlives_what_it_was_cut_from() {
    for sample in samples() {
        let whole = Bytes::from(format!("é{sample}é"));
        let text = Text::try_from(whole.slice(2..whole.len() - 2)).expect("cut between characters");
        drop(whole);
        check(&text, &sample);
        let bytes = Bytes::from(text);
        check(&Text::try_from(bytes).expect("it was a text"), &sample);
    }
}

#[test]
fn bytes_cut_inside_a_character_are_given_back() {
    for sample in samples() {
        let whole = Bytes::from(sample.clone());
        for end in (0..sample.len()).filter(|end| !sample.is_char_boundary(*end)) {
            let cut = whole.slice(..end);
            assert_eq!(Text::try_from(cut.clone()), Err(NotUtf8(cut)));
        }
    }
}

#[test]
fn equal_texts_are_one_key() {
    let keys: HashSet<Text> = samples()
        .iter()
        .flat_map(|text| [Text::from(text.as_str()), text.clone().into()])
        .collect();
    assert_eq!(keys.len(), samples().len());
}

#[test]
fn a_text_is_read_on_another_thread_than_it_was_made() {
    let text = Text::from(samples().concat());
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| text.chars().count());
        assert_eq!(reader.join().ok(), Some(samples().concat().chars().count()));
    });
}
