//! What the pages promise: an answer that a test shows, and an example that runs.

use super::{Fault, Tree};

const PAGE: &str = "docs/answers.md";

/// Each answer of `docs/answers.md` names at least one test, and what it names is there: a test, or a file by its path.
pub(super) fn shown(tree: &Tree) -> Vec<Fault> {
    let page = tree.text(PAGE).unwrap_or_default();
    let answers = answers(&page);
    if answers.is_empty() {
        return Vec::new();
    }
    let sources: Vec<String> = tree.rust().map(|(_, text)| text).collect();
    let is_there = |name: &str| match name.contains('/') {
        true => tree.files().any(|file| file == name),
        false => sources.iter().any(|source| has_test(source, name)),
    };
    let mut faults = Vec::new();
    for Answer { line, question, names } in answers {
        if names.is_empty() {
            faults.push(Fault::at(
                PAGE,
                line,
                format!("expected a test under {question:?}, got none"),
            ));
        }
        for name in names.into_iter().filter(|name| !is_there(name)) {
            faults.push(Fault::at(PAGE, line, format!("expected the test `{name}`, got none")));
        }
    }
    faults
}

/// Each page with examples in Rust is among the documentation of a crate, whose examples run as tests.
pub(super) fn examples(tree: &Tree) -> Vec<Fault> {
    let is_root = |file: &str| {
        matches!(file.split('/').collect::<Vec<_>>()[..], ["crates", _, "src", "lib.rs"])
    };
    let roots: String =
        tree.files().filter(|file| is_root(file)).filter_map(|file| tree.text(file)).collect();
    let pages = tree
        .files()
        .filter(|file| *file == "README.md" || file.starts_with("docs/") && file.ends_with(".md"));
    let mut faults = Vec::new();
    for page in pages {
        let text = tree.text(page).unwrap_or_default();
        let mut fences =
            text.lines().zip(1..).filter(|(line, _)| line.starts_with("```rust")).peekable();
        if fences.peek().is_some() && !roots.contains(&format!("\"../../../{page}\"")) {
            faults.push(Fault::of(
                page,
                "expected its examples among the tests of a crate, got none of them there",
            ));
        }
        for (_, number) in fences.filter(|(line, _)| line.contains("ignore")) {
            faults.push(Fault::at(
                page,
                number,
                "expected an example that is compiled, got one that is not",
            ));
        }
    }
    faults
}

struct Answer<'p> {
    line: usize,
    question: &'p str,
    names: Vec<&'p str>,
}

/// A heading, and the names in backticks of the paragraph below it that begins with `Shown by`.
fn answers(page: &str) -> Vec<Answer<'_>> {
    let mut answers: Vec<Answer<'_>> = Vec::new();
    let mut shows = false;
    for (text, line) in page.lines().zip(1..) {
        if let Some(question) = text.strip_prefix("## ") {
            answers.push(Answer { line, question, names: Vec::new() });
        }
        shows = !text.is_empty() && (shows || text.starts_with("Shown by "));
        if let Some(answer) = answers.last_mut().filter(|_| shows) {
            answer
                .names
                .extend(text.split('`').skip(1).step_by(2).filter(|name| !name.contains(' ')));
        }
    }
    answers
}

/// Whether a function of this name is a test that is not ignored: attributes stand in the lines right above it.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let declares = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")
            .and_then(|line| line.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with("()"))
    };
    lines.iter().enumerate().filter(|(_, line)| declares(line)).any(|(at, _)| {
        let above = lines
            .iter()
            .take(at)
            .rev()
            .take_while(|line| line.starts_with("#["))
            .collect::<Vec<_>>();
        let is_test =
            |line: &&&str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        above.iter().any(is_test) && !above.iter().any(|line| line.starts_with("#[ignore"))
    })
}
