//! `docs/rfc-map.md` holds: each clause of the RFCs names the function that obeys it and the test that shows it, and
//! both exist.
//!
//! Reads the sources as rustfmt lays them out; does not judge whether a test proves its clause.

use std::{collections::BTreeMap, fs, path::Path};

const RFCS: [&str; 3] = ["6455", "7692", "8441"];

/// Where a clause is obeyed that is not the core's to obey; the row gives the reason in place of a test.
const ELSEWHERE: [&str; 2] = ["adapter", "application"];

/// What is wrong with a row.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// Not the five cells of a clause, or a cell that cannot be read.
    Malformed(&'static str),
    /// An id that does not follow the one before it in its section: a row came twice, or went.
    OutOfOrder { expected: String },
    /// A cell that waits for code.
    Open,
    /// No such function.
    NoFunction,
    /// No such test, or one that is ignored.
    NoTest,
}

/// The faults of a page, each with its line and the id or the text of its row.
fn faults(page: &str) -> Vec<(usize, String, Fault)> {
    let mut rows_of_section = BTreeMap::new();
    let mut found = Vec::new();
    for (at, line) in
        page.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with('|'))
    {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        if matches!(cells.first(), Some(&"id" | &"---")) {
            continue;
        }
        let [id, who, clause, place, test] = cells.as_slice() else {
            found.push((at + 1, line.into(), Fault::Malformed("expected five cells")));
            continue;
        };
        let shape = check_id(id, &mut rows_of_section).and_then(|()| check_words(who, clause));
        let checks = [shape, check_place(place), check_test(place, test)];
        found.extend(checks.into_iter().filter_map(Result::err).map(|f| (at + 1, (*id).into(), f)));
    }
    found
}

/// `6455-5.1-a`: the RFC, the section, and the next letter of that section.
fn check_id(id: &str, rows_of_section: &mut BTreeMap<String, usize>) -> Result<(), Fault> {
    let malformed = Fault::Malformed("expected an id like 6455-5.1-a");
    let Some((section, label)) = id.rsplit_once('-') else { return Err(malformed) };
    let Some((rfc, number)) = section.split_once('-') else { return Err(malformed) };
    let is_number = number.split('.').all(|part| part.parse::<u8>().is_ok());
    if !RFCS.contains(&rfc) || !is_number {
        return Err(malformed);
    }
    let row = rows_of_section.entry(section.into()).or_default();
    let expected = letters(*row);
    *row += 1;
    if label == expected {
        Ok(())
    } else {
        Err(Fault::OutOfOrder { expected: format!("{section}-{expected}") })
    }
}

/// a to z, then aa, ab and so on.
fn letters(row: usize) -> String {
    let last = char::from(b'a' + u8::try_from(row % 26).expect("a rest by 26"));
    let before = row.checked_sub(26).map(|over| letters(over / 26)).unwrap_or_default();
    format!("{before}{last}")
}

fn check_words(who: &str, clause: &str) -> Result<(), Fault> {
    if !matches!(who, "client" | "server" | "both") {
        return Err(Fault::Malformed("expected client, server or both"));
    }
    if is_sentence(clause) { Ok(()) } else { Err(Fault::Malformed("expected a sentence")) }
}

fn is_sentence(words: &str) -> bool {
    words.split(' ').count() >= 3 && words.ends_with('.')
}

fn check_place(place: &str) -> Result<(), Fault> {
    match place.trim_matches('`') {
        "?" => Err(Fault::Open),
        elsewhere if ELSEWHERE.contains(&elsewhere) => Ok(()),
        function if function_exists(function) => Ok(()),
        _ => Err(Fault::NoFunction),
    }
}

fn check_test(place: &str, test: &str) -> Result<(), Fault> {
    if ELSEWHERE.contains(&place) {
        return if is_sentence(test) { Ok(()) } else { Err(Fault::Malformed("expected a reason")) };
    }
    let test = test.trim_matches('`');
    if test == "?" {
        return Err(Fault::Open);
    }
    let Some((file, name)) = test.split_once(": ") else {
        return Err(Fault::Malformed("expected a test like tests/framing.rs: name"));
    };
    let is_ours = file.starts_with("src/") || file.starts_with("tests/");
    let exists = is_ours && read(file).is_some_and(|source| has_test(&source, name));
    if exists { Ok(()) } else { Err(Fault::NoTest) }
}

/// Whether `module::Type::function` or `module::function` is in the file of that module.
fn function_exists(path: &str) -> bool {
    let mut names: Vec<&str> = path.split("::").collect();
    let Some(function) = names.pop() else { return false };
    let self_type = names.pop_if(|name| name.starts_with(char::is_uppercase));
    let module = names.join("/");
    if module.is_empty() {
        return false;
    }
    [format!("src/{module}.rs"), format!("src/{module}/mod.rs")]
        .iter()
        .filter_map(|file| read(file))
        .any(|source| declares_in(&source, self_type, function))
}

fn read(file: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).ok()
}

/// Whether the function stands in an `impl` of the type, or outside of any where no type is named.
fn declares_in(source: &str, self_type: Option<&str>, function: &str) -> bool {
    let indent = if self_type.is_some() { "    " } else { "" };
    let mut block = None;
    source.lines().any(|line| {
        match line.strip_prefix("impl") {
            Some(header) if header.starts_with([' ', '<']) => block = Some(implemented(header)),
            _ if line == "}" => block = None,
            _ => {}
        }
        let declared = line.strip_prefix(indent).is_some_and(|line| declares(line, function));
        declared && block == self_type
    })
}

/// The type of an `impl`, without its path and its parameters.
fn implemented(header: &str) -> &str {
    let mut depth = 0;
    let after_parameters = header.find(|letter| {
        match letter {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        depth == 0 && letter == ' '
    });
    let named = header.get(after_parameters.unwrap_or_default()..).unwrap_or_default();
    let named = named.rsplit(" for ").next().unwrap_or_default().trim_start();
    let path = named.split(['<', ' ', '{']).next().unwrap_or_default();
    path.rsplit("::").next().unwrap_or_default()
}

fn declares(line: &str, function: &str) -> bool {
    let Some((before, after)) = line.split_once("fn ") else { return false };
    let words_before = before.split_inclusive(' ').all(|word| {
        matches!(word, "pub " | "const " | "async " | "unsafe ") || word.starts_with("pub(")
    });
    words_before && after.strip_prefix(function).is_some_and(|rest| rest.starts_with(['(', '<']))
}

fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    lines.iter().enumerate().filter(|(_, line)| declares(line, name)).any(|(at, _)| {
        let above = || {
            let lines = lines.iter().take(at).rev();
            lines.take_while(|line| line.starts_with("#[") || line.starts_with("//"))
        };
        above().any(|line| *line == "#[test]") && !above().any(|line| line.starts_with("#[ignore"))
    })
}

fn faults_of_the_map() -> Vec<(usize, String, Fault)> {
    let page = read("../../docs/rfc-map.md").expect("the page is in the repository");
    assert!(RFCS.iter().all(|rfc| page.contains(&format!("\n| {rfc}-"))), "a map without rows");
    faults(&page)
}

#[test]
fn every_row_is_whole_and_every_name_in_it_exists() {
    let wrong: Vec<_> =
        faults_of_the_map().into_iter().filter(|(.., fault)| *fault != Fault::Open).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_cell_is_open() {
    let open = faults_of_the_map();
    assert!(open.is_empty(), "{open:#?}");
}

const CLAUSE: &str = "A length takes the fewest bytes.";
const TEST: &str = "src/frame/tests.rs: control_frames_are_whole_and_short";

#[track_caller]
fn check(row: &str, expected: &[Fault]) {
    let found: Vec<Fault> = faults(row).into_iter().map(|(.., fault)| fault).collect();
    assert_eq!(found, expected, "{row}");
}

#[test]
fn a_row_without_fault_passes() {
    check("no row at all\n\n| id | who |\n| --- | --- |", &[]);
    for place in
        ["frame::Header::parse", "frame::payload_len", "`deflate::params::WindowBits::new`"]
    {
        check(&format!("| 6455-5.2-a | both | {CLAUSE} | {place} | {TEST} |"), &[]);
    }
    let inline = "src/handshake/key.rs: base64_is_that_of_rfc_4648_10";
    check(&format!("| 6455-5.3-a | both | {CLAUSE} | mask::Mask::apply | `{inline}` |"), &[]);
    check(&format!("| 6455-4.1-a | client | {CLAUSE} | adapter | It opens the wires. |"), &[]);
}

#[test]
fn a_function_that_is_not_there_is_reported() {
    let places = [
        "frame::Header::nothing",
        "frame::Nothing::parse",
        "frame::Opcode::parse",
        "frame::parse",
        "frame::Header::payload_len",
        "nothing::Header::parse",
        "Header::parse",
        "frame",
        "",
        "it is obeyed somewhere",
    ];
    for place in places {
        let row = format!("| 6455-5.2-a | both | {CLAUSE} | {place} | {TEST} |");
        check(&row, &[Fault::NoFunction]);
    }
}

#[test]
fn a_test_that_is_not_there_is_reported() {
    let tests = [
        "src/frame/tests.rs: nothing",
        "src/frame/tests.rs: header",
        "src/frame/tests.rs: control_frames_are_whole",
        "src/frame/nothing.rs: control_frames_are_whole_and_short",
        "Cargo.toml: control_frames_are_whole_and_short",
    ];
    for test in tests {
        let row = format!("| 6455-5.2-a | both | {CLAUSE} | frame::Header::parse | {test} |");
        check(&row, &[Fault::NoTest]);
    }
}

#[test]
fn an_open_cell_is_reported() {
    check(&format!("| 6455-5.2-a | both | {CLAUSE} | ? | ? |"), &[Fault::Open, Fault::Open]);
    let row = format!("| 6455-5.2-a | both | {CLAUSE} | frame::Header::parse | ? |");
    check(&row, &[Fault::Open]);
}

#[test]
fn a_malformed_row_is_reported() {
    let whole = |id, who, clause, place, test| {
        let row = format!("| {id} | {who} | {clause} | {place} | {test} |");
        assert!(matches!(*faults(&row), [(1, _, Fault::Malformed(_))]), "{row}");
    };
    for id in ["", "6455", "6455-5.2", "6456-5.2-a", "6455-five-a", "6455--a"] {
        whole(id, "both", CLAUSE, "frame::Header::parse", TEST);
    }
    whole("6455-5.2-a", "intermediary", CLAUSE, "frame::Header::parse", TEST);
    whole("6455-5.2-a", "both", "", "frame::Header::parse", TEST);
    whole("6455-5.2-a", "both", CLAUSE, "frame::Header::parse", "yes");
    whole("6455-5.2-a", "both", CLAUSE, "application", "");
    whole("6455-5.2-a", "both", "One | clause too many.", "adapter", "It opens the wires.");
    check(&format!("| 6455-5.2-a | both | {CLAUSE} |"), &[Fault::Malformed("expected five cells")]);
}

#[test]
fn an_id_that_came_twice_or_went_is_reported() {
    let rows = |ids: &[&str]| {
        let row = |id| format!("| {id} | both | {CLAUSE} | frame::Header::parse | {TEST} |\n");
        ids.iter().map(row).collect::<String>()
    };
    let expected = |id: &str| [Fault::OutOfOrder { expected: id.into() }];
    check(&rows(&["6455-5.2-a", "7692-5.2-a", "6455-5.2-b"]), &[]);
    check(&rows(&["6455-5.2-a", "6455-5.2-a"]), &expected("6455-5.2-b"));
    check(&rows(&["6455-5.2-a", "6455-5.2-c"]), &expected("6455-5.2-b"));
    assert_eq!([0, 25, 26, 51, 52].map(letters), ["a", "z", "aa", "az", "ba"]);
}

#[test]
fn a_function_is_found_where_it_stands() {
    let source = "\
pub(crate) fn free() {}
// fn commented() {}
impl<T: Into<Vec<u8>>> From<T> for path::Generic<T> {
    pub(crate) const fn method<'a>(&'a self) {
        fn inner() {}
    }
}
fn late() {
    fn inner() {}
}
";
    for (self_type, function, expected) in [
        (None, "free", true),
        (None, "late", true),
        (None, "fre", false),
        (None, "commented", false),
        (None, "method", false),
        (None, "inner", false),
        (Some("Generic"), "method", true),
        (Some("Generic"), "inner", false),
        (Some("Generic"), "late", false),
        (Some("From"), "method", false),
    ] {
        assert_eq!(declares_in(source, self_type, function), expected, "{self_type:?} {function}");
    }
}

#[test]
fn an_ignored_test_shows_nothing() {
    let tests = "\
#[test]
fn plain() {}
// Why.
#[test]
#[cfg(unix)]
fn with_more_above() {}
#[test]
#[ignore = \"slow\"]
fn ignored() {}
fn no_test() {}
";
    for (name, expected) in
        [("plain", true), ("with_more_above", true), ("ignored", false), ("no_test", false)]
    {
        assert_eq!(has_test(tests, name), expected, "{name}");
    }
}
