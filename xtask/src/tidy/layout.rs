//! How source is cut and what may stand where: files, functions, names, conditions, `unsafe`.

use std::{collections::BTreeSet, path::Path};

use super::{Fault, Tree, code};

const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 70;
const TEST_FUNCTION_LINES: usize = 100;

/// What may stand at the top level.
const TOP_LEVEL: [&str; 23] = [
    ".cargo",
    ".ci",
    ".gitattributes",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "STYLE.md",
    "bench",
    "clippy.toml",
    "conformance",
    "crates",
    "deny.toml",
    "docs",
    "fuzz",
    "rustfmt.toml",
    "xtask",
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] =
    ["common", "helper", "helpers", "misc", "types", "util", "utilities", "utils"];

/// The files that may hold `unsafe`; each has its invariant stated, and its tests run under `cargo xtask memcheck`.
const UNSAFE: [&str; 4] = [
    "crates/sockeye/src/engine/uring/ring.rs",
    "crates/sockeye-proto/src/mask/x86.rs",
    "crates/sockeye-proto/src/text.rs",
    "crates/sockeye-proto/tests/support/counting.rs",
];

/// A file without its tests, and a file of tests, has at most 600 lines.
pub(super) fn file_length(tree: &Tree) -> Vec<Fault> {
    let judge = |(file, text): (&str, String)| {
        let lines = first_test_line(&text).unwrap_or(text.lines().count());
        (lines > FILE_LINES)
            .then(|| Fault::of(file, format!("expected at most {FILE_LINES} lines, got {lines}")))
    };
    tree.rust().filter_map(judge).collect()
}

/// A function has at most 70 lines, a test at most 100.
pub(super) fn function_length(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (file, text) in tree.rust() {
        let tests_from =
            if is_test_file(file) { 0 } else { first_test_line(&text).unwrap_or(usize::MAX) };
        for function in code::functions(&code::blanked(&text)) {
            let is_test = function.first_line >= tests_from;
            let most = if is_test { TEST_FUNCTION_LINES } else { FUNCTION_LINES };
            let lines = function.last_line - function.first_line + 1;
            if lines > most {
                let what =
                    format!("expected at most {most} lines in `{}`, got {lines}", function.name);
                faults.push(Fault::at(file, function.first_line, what));
            }
        }
    }
    faults
}

/// The line of the `#[cfg(test)]` above the module of tests.
fn first_test_line(text: &str) -> Option<usize> {
    let at = text.find("\n#[cfg(test)]\nmod ")?;
    Some(code::line_of(text, at + 1))
}

fn is_test_file(file: &str) -> bool {
    file.contains("/tests/") || file.ends_with("/tests.rs")
}

/// No file or folder is named for nothing.
pub(super) fn names(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in tree.files() {
        for part in file.split('/') {
            let name = Path::new(part).file_stem().unwrap_or_default();
            if EMPTY_NAMES.iter().any(|empty| name == *empty) {
                let what = format!("expected a name that says what is inside, got `{part}`");
                faults.push(Fault::of(file, what));
            }
        }
    }
    faults
}

/// Nothing but the known files and folders stands at the top level.
pub(super) fn top_level(tree: &Tree) -> Vec<Fault> {
    let entries = tree.files().map(|file| file.split('/').next().unwrap_or(file));
    let strangers: BTreeSet<&str> = entries.filter(|entry| !TOP_LEVEL.contains(entry)).collect();
    let fault =
        |entry| Fault::of(entry, format!("expected only known names at the top, got `{entry}`"));
    strangers.into_iter().map(fault).collect()
}

/// `cfg` stands on items, never inside a function; `cfg(test)` may stand anywhere.
pub(super) fn conditions(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (file, text) in tree.rust() {
        let code = code::blanked(&text);
        let functions = code::functions(&code);
        let places = ["cfg", "cfg_attr"].map(|word| code::words(&code, word));
        for at in places.into_iter().flatten() {
            let is_test = code.get(at..).is_some_and(|here| here.starts_with("cfg(test)"));
            let is_condition = is_attribute_or_macro(&code, at) && !is_test;
            let inside = functions.iter().rfind(|function| function.body.contains(&at));
            if let Some(function) = inside.filter(|_| is_condition) {
                let what =
                    format!("expected `cfg` on items only, got it inside `{}`", function.name);
                faults.push(Fault::at(file, code::line_of(&code, at), what));
            }
        }
    }
    faults
}

/// `#[cfg(…)]`, `#![cfg_attr(…)]` or `cfg!(…)`, not a function or variable of that name.
fn is_attribute_or_macro(code: &str, at: usize) -> bool {
    let (before, after) = code.split_at(at);
    let is_attribute = before.trim_end().ends_with('[');
    is_attribute || after.starts_with("cfg!")
}

/// `unsafe` stands in the allowed files alone.
pub(super) fn unsafe_code(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (file, text) in tree.rust().filter(|(file, _)| !UNSAFE.contains(file)) {
        let code = code::blanked(&text);
        for at in code::words(&code, "unsafe") {
            let what = format!("expected `unsafe` in {} only, got it here", UNSAFE.join(" and "));
            faults.push(Fault::at(file, code::line_of(&code, at), what));
        }
    }
    faults
}
