use super::{blanked, functions};

fn check(source: &str, code: &str) {
    assert_eq!(blanked(source), code, "{source}");
}

#[test]
fn comments_and_literals_are_blank() {
    for (source, code) in [
        ("a // { b\nc", "a       \nc"),
        ("a /* { /* } */ b */ c", "a                   c"),
        ("a /* {", "a     "),
        ("f(\"{\\\"{\", '{')", "f(      ,    )"),
        ("f('\\'', '\\u{7d}', 'é')", "f(    ,         ,     )"),
        ("r\"\\\" {", "      {".get(1..).unwrap_or_default()),
        ("r#\"{\"}\"# b", "         b"),
        ("br##\"{\"#\"## b", "            b"),
        ("b\"{\" c\"{\" b'{'", "b    c    b   "),
        ("\"never closed {", "               "),
    ] {
        check(source, code);
    }
}

#[test]
fn lifetimes_labels_and_raw_names_are_code() {
    for source in ["fn a<'a>(b: &'a str)", "'outer: loop", "r#fn", "attr\u{e9}", "a::<'static>"] {
        check(source, source);
    }
}

#[test]
fn functions_are_found_with_their_lines() {
    let source = "trait A {\n    fn no_body(&self) -> [u8; 2];\n    fn one(&self) { if true { \"}\" } }\n}\n\
                  fn two<T>(f: fn(u8) -> u8) -> [u8; 2]\nwhere\n    T: Fn() -> u8,\n{\n    fn inner() {}\n}\n";
    let found: Vec<_> = functions(&blanked(source))
        .into_iter()
        .map(|function| (function.name, function.first_line, function.last_line))
        .collect();
    let expected = [("one", 3, 3), ("two", 5, 10), ("inner", 9, 9)];
    assert_eq!(found, expected.map(|(name, first, last)| (name.to_owned(), first, last)));
}

#[test]
fn nonsense_ends() {
    for source in
        ["fn", "fn a", "fn a(", "fn a {", "fn a)}", "'", "'\\", "\"\\", "r#\"", "/*/", "fn é{'"]
    {
        assert!(functions(&blanked(source)).is_empty(), "{source}");
    }
}
