use std::borrow::Cow;

use http::HeaderValue;

use super::{Extension, ExtensionsError, parse};

fn lines(lines: &[&[u8]]) -> Vec<HeaderValue> {
    lines.iter().map(|line| HeaderValue::from_bytes(line).unwrap()).collect()
}

/// The list as it would be written again, without quotes.
fn written(extensions: &[Extension<'_>]) -> Vec<String> {
    let written = |extension: &Extension<'_>| {
        let params = extension.params.iter().map(|param| match &param.value {
            Some(value) => format!(";{}={value}", param.name),
            None => format!(";{}", param.name),
        });
        format!("{}{}", extension.name, params.collect::<String>())
    };
    extensions.iter().map(written).collect()
}

fn check(given: &[&str], expected: &[&str]) {
    let given: Vec<_> = given.iter().map(|line| line.as_bytes()).collect();
    let given = lines(&given);
    let extensions = parse(&given).unwrap_or_else(|error| panic!("{given:?}: {error}"));
    assert_eq!(written(&extensions), expected, "{given:?}");
}

fn check_malformed(given: impl AsRef<[u8]>, expected: &'static str, at: usize) {
    let given = lines(&[given.as_ref()]);
    assert_eq!(parse(&given), Err(ExtensionsError::Malformed { expected, at }), "{given:?}");
}

#[test]
fn the_lists_of_rfc_6455_9_1_are_read() {
    check(&["foo"], &["foo"]);
    check(&["bar; baz=2"], &["bar;baz=2"]);
    check(&["foo, bar; baz=2"], &["foo", "bar;baz=2"]);
    check(&["deflate-stream"], &["deflate-stream"]);
    check(
        &["mux; max-channels=4; flow-control, deflate-stream"],
        &["mux;max-channels=4;flow-control", "deflate-stream"],
    );
    check(&["private-extension"], &["private-extension"]);
}

#[test]
fn several_lines_are_one_list_and_empty_elements_are_nothing() {
    check(&["foo", "bar; baz=2"], &["foo", "bar;baz=2"]);
    check(&[], &[]);
    check(&["", " ", ",", " ,\t, "], &[]);
    check(&[",foo,,", ",bar"], &["foo", "bar"]);
}

#[test]
fn white_space_may_stand_between_any_two_parts() {
    check(&[" \tfoo ;\ta = 1 ; b\t=\t\"2\" , bar "], &["foo;a=1;b=2", "bar"]);
}

#[test]
fn a_quoted_value_is_a_token_without_its_quotes_and_escapes() {
    check(&[r#"foo; a="10""#], &["foo;a=10"]);
    check(&[r#"foo; a="\1\0"; b="x\y""#], &["foo;a=10;b=xy"]);
    let given = lines(&[br#"foo; a="10"; b="1\0""#]);
    let extensions = parse(&given).unwrap();
    let values: Vec<_> = extensions[0].params.iter().map(|param| param.value.clone()).collect();
    assert!(matches!(values[0], Some(Cow::Borrowed("10"))), "{values:?}");
    assert!(matches!(values[1], Some(Cow::Owned(_))), "{values:?}");
}

#[test]
fn names_mean_nothing_to_the_parser() {
    check(&["__proto__; constructor; toString=1"], &["__proto__;constructor;toString=1"]);
}

#[test]
fn what_is_not_in_the_grammar_is_told_with_its_place() {
    const EXTENSION: &str = "the name of an extension";
    const PARAM: &str = "the name of a parameter";
    const VALUE: &str = "the value of a parameter";
    const SEPARATOR: &str = "a semicolon, a comma or the end";
    const CLOSING_QUOTE: &str = "a closing quote";
    const QUOTED: &str = "a token in quotes";
    check_malformed(";", EXTENSION, 0);
    check_malformed("foo,;", EXTENSION, 4);
    check_malformed("=1", EXTENSION, 0);
    check_malformed("\"foo\"", EXTENSION, 0);
    check_malformed("foo;", PARAM, 4);
    check_malformed("foo;;a", PARAM, 4);
    check_malformed("foo; =1", PARAM, 5);
    check_malformed("foo;,bar", PARAM, 4);
    check_malformed("foo; a=", VALUE, 7);
    check_malformed("foo; a=,", VALUE, 7);
    check_malformed("foo; a==1", VALUE, 7);
    check_malformed("foo bar", SEPARATOR, 4);
    check_malformed("foo=1", SEPARATOR, 3);
    check_malformed("foo; a=1 2", SEPARATOR, 9);
    check_malformed("foo; a=\"1\"2", SEPARATOR, 10);
    check_malformed("foo; a=\"1", CLOSING_QUOTE, 9);
    check_malformed("foo; a=\"", CLOSING_QUOTE, 8);
    check_malformed("foo; a=\"1\\", CLOSING_QUOTE, 9);
    check_malformed("foo; a=\"1\\\"", CLOSING_QUOTE, 11);
    check_malformed("foo; a=\"\"", QUOTED, 8);
    check_malformed("foo; a=\"1 2\"", QUOTED, 11);
    check_malformed("foo; a=\"1,2\"", QUOTED, 11);
    check_malformed(r#"foo; a="\"""#, QUOTED, 10);
    check_malformed(b"f\xc3\xb6\xc3\xb6", SEPARATOR, 1);
    check_malformed(b"\xff", EXTENSION, 0);
    check_malformed(b"foo; a=\"\xff\"", QUOTED, 9);
}

#[test]
fn more_extensions_or_parameters_than_anyone_needs_are_refused() {
    check(&[&["a"; 64].join(",")], &["a"; 64]);
    let many = lines(&[["a"; 65].join(",").as_bytes()]);
    assert_eq!(parse(&many), Err(ExtensionsError::TooManyExtensions));
    let many = lines(&[b"a".as_slice(); 1000]);
    assert_eq!(parse(&many), Err(ExtensionsError::TooManyExtensions));
    check(&[&format!("a{}", ";b".repeat(16))], &[&format!("a{}", ";b".repeat(16))]);
    let many = lines(&[format!("a{}", ";b".repeat(17)).as_bytes()]);
    assert_eq!(parse(&many), Err(ExtensionsError::TooManyParams));
}

/// A megabyte each: what is not linear here does not come to an end.
#[test]
fn a_megabyte_of_one_part_is_walked_once() {
    const LEN: usize = 1 << 20;
    let tail =
        |start: &[u8], unit: &[u8]| lines(&[&[start, &unit.repeat(LEN / unit.len())].concat()]);
    for nothing in [&b" "[..], b",", b", ", b"\t,"] {
        assert_eq!(parse(&tail(b"", nothing)), Ok(vec![]), "{nothing:?}");
    }
    assert_eq!(parse(&tail(b"a;b=c", b" ")).unwrap().len(), 1);
    assert_eq!(parse(&tail(b"", b"a")).unwrap().len(), 1);
    for unfinished in [&b"\\c"[..], b"\\\\", b"\\\"", b"a", b" ", b",", b"\xff"] {
        let given = tail(b"a; b=\"", unfinished);
        let error = parse(&given).unwrap_err();
        let expected = ExtensionsError::Malformed { expected: "a closing quote", at: LEN + 6 };
        assert_eq!(error, expected, "{unfinished:?}");
    }
    for endless in [&b"\""[..], b"\\", b";", b"=", b"a;", b"a ", b"a,", b"a;b=\"\","] {
        assert!(parse(&tail(b"", endless)).is_err(), "{endless:?}");
    }
}

/// Every line of up to six of the bytes that mean something.
#[test]
fn no_short_line_panics_and_what_is_read_reads_back_the_same() {
    const BYTES: &[u8] = b"a,;=\"\\ \xff";
    let mut seen = 0;
    for len in 0..=6 {
        for number in 0..BYTES.len().pow(len) {
            let digit = |place| BYTES[number / BYTES.len().pow(place) % BYTES.len()];
            let line: Vec<_> = (0..len).map(digit).collect();
            let given = lines(&[&line]);
            let Ok(extensions) = parse(&given) else { continue };
            let again = written(&extensions).join(",");
            let again = lines(&[again.as_bytes()]);
            assert_eq!(written(&parse(&again).unwrap()), written(&extensions), "{given:?}");
            seen += extensions.len();
        }
    }
    assert!(seen > 1000, "{seen}");
}
