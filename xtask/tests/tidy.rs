//! This repository obeys every rule of `tidy`, and every rule sees a planted violation.

mod support;

use support::Planted;
use xtask::{
    tidy::{RULES, Tree},
    workspace_root,
};

fn faults(tree: &Tree, rule: &str) -> Vec<String> {
    let (_, judge) = RULES.iter().find(|(name, _)| *name == rule).expect("the rule is known");
    judge(tree).iter().map(ToString::to_string).collect()
}

#[test]
fn this_repository_is_tidy() {
    let tree = Tree::open(workspace_root()).expect("the workspace is a Git repository");
    assert!(
        tree.files().any(|file| file == "xtask/tests/tidy.rs"),
        "expected this file in the list"
    );
    let all = RULES.iter().flat_map(|(rule, _)| {
        let named = faults(&tree, rule).into_iter().map(move |fault| format!("{rule}: {fault}"));
        named.collect::<Vec<_>>()
    });
    let all: Vec<String> = all.collect();
    assert!(all.is_empty(), "expected a tidy tree, got\n{}", all.join("\n"));
}

/// Plants the files and expects exactly these faults from the rule.
fn check(rule: &str, files: &[(&str, &str)], expected: &[&str]) {
    let planted = Planted::new(files);
    let tree = Tree::open(planted.root()).expect("a planted tree is a Git repository");
    assert_eq!(faults(&tree, rule), expected, "{rule}: {files:?}");
}

fn lines(count: usize) -> String {
    "//\n".repeat(count)
}

/// A function of this many lines.
fn function(count: usize) -> String {
    format!("fn long() {{\n{}}}\n", "    // \"}\"\n".repeat(count - 2))
}

#[test]
fn a_long_file_is_seen() {
    let rule = "files are short";
    check(rule, &[("a.rs", &lines(600))], &[]);
    check(rule, &[("a.rs", &lines(601))], &["a.rs:1: expected at most 600 lines, got 601"]);
    let with_tests = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(599), lines(100));
    check(rule, &[("a.rs", &with_tests)], &[]);
    let early = format!("//\n#[cfg(test)]\nuse a::b;\n{}", lines(598));
    check(rule, &[("a.rs", &early)], &["a.rs:1: expected at most 600 lines, got 601"]);
}

#[test]
fn a_long_function_is_seen() {
    let rule = "functions fit a screen";
    let too_long = "expected at most 70 lines in `long`, got 71";
    check(rule, &[("a.rs", &function(70))], &[]);
    check(rule, &[("a.rs", &function(71))], &[&format!("a.rs:1: {too_long}")]);
    let early = format!("#[cfg(test)]\nuse a::b;\n{}", function(71));
    check(rule, &[("a.rs", &early)], &[&format!("a.rs:3: {too_long}")]);
}

#[test]
fn a_long_test_is_seen() {
    let rule = "functions fit a screen";
    let too_long = "expected at most 100 lines in `long`, got 101";
    for file in ["crates/a/tests/b.rs", "crates/a/src/b/tests.rs"] {
        check(rule, &[(file, &function(100))], &[]);
        check(rule, &[(file, &function(101))], &[&format!("{file}:1: {too_long}")]);
    }
    let inline = format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n", function(101));
    check(rule, &[("a.rs", &inline)], &[&format!("a.rs:4: {too_long}")]);
}

#[test]
fn an_empty_name_is_seen() {
    let rule = "names say what is in them";
    let what = "expected a name that says what is inside, got";
    check(rule, &[("a/utility_bill.rs", ""), ("a/commons.md", "")], &[]);
    check(rule, &[("a/utils.rs", "")], &[&format!("a/utils.rs:1: {what} `utils.rs`")]);
    check(rule, &[("a/common/b.rs", "")], &[&format!("a/common/b.rs:1: {what} `common`")]);
    for name in ["helper", "helpers", "misc", "types", "util"] {
        check(rule, &[(name, "")], &[&format!("{name}:1: {what} `{name}`")]);
    }
}

#[test]
fn a_stray_file_is_seen() {
    let stray = "notes.txt:1: expected only known names at the top, got `notes.txt`";
    let folder = "scratch:1: expected only known names at the top, got `scratch`";
    let files = [("README.md", ""), ("notes.txt", ""), ("scratch/a", ""), ("scratch/b", "")];
    check("the top level is known", &files, &[stray, folder]);
}

#[test]
fn a_wide_line_is_seen() {
    let rule = "lines fit a window";
    let (fits, wide) = (format!("// {}", "é".repeat(117)), format!("\n// {}", "é".repeat(118)));
    check(rule, &[("a.rs", &fits), ("a.md", &wide)], &[]);
    check(rule, &[("a.rs", &wide)], &["a.rs:2: expected at most 120 columns, got 121"]);
}

#[test]
fn work_left_for_later_is_seen() {
    for word in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("dbg", "!")]
    {
        let fault = format!("a.md:2: expected work that is done, got `{word}`");
        check("nothing is left for later", &[("a.md", &format!("a\n{word}: b\n"))], &[&fault]);
    }
    // What a fuzzer wrote is data.
    let input = [("fuzz/corpus/a/b", concat!("TO", "DO"))];
    check("nothing is left for later", &input, &[]);
}

#[test]
fn white_space_is_seen() {
    let rule = "no white space is left over";
    let at_end = "expected no white space at the end of the line, got some";
    check(rule, &[("a.md", "a\n\tb\n")], &[]);
    check(rule, &[("a.md", "a \nb\n")], &[&format!("a.md:1: {at_end}")]);
    check(rule, &[("a.toml", "a\nb\r\n")], &[&format!("a.toml:2: {at_end}")]);
    check(rule, &[("a.rs", "\tfn a() {}\n")], &["a.rs:1: expected spaces, got a tab"]);
}

#[test]
fn a_path_of_one_machine_is_seen() {
    for path in [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")] {
        let fault = format!("a.sh:1: expected no path of one machine, got `{path}`");
        check("no machine is named", &[("a.sh", &format!("cd {path}a\n"))], &[&fault]);
    }
}

#[test]
fn a_condition_inside_a_function_is_seen() {
    let rule = "conditions stand on items";
    let fault = "a.rs:2: expected `cfg` on items only, got it inside `a`";
    for body in
        ["\n#[cfg(feature = \"b\")]\nb();", "if\ncfg!(unix) {}", "#![allow(a)]\n#[cfg_attr(b, c)]"]
    {
        let text = format!("fn a() {{ {body} }}\n");
        check(rule, &[("a.rs", &text)], &[fault]);
    }
    for text in [
        "#[cfg(unix)]\nfn a() {}\n#[cfg(test)]\nmod tests {}\n",
        "fn a() {\n#[cfg(test)]\nb();\n}\n",
        "fn a() { let cfg = cfg(\"#[cfg(unix)]\"); // cfg!(unix)\n}\n",
    ] {
        check(rule, &[("a.rs", text)], &[]);
    }
}

#[test]
fn unsafe_outside_its_files_is_seen() {
    let rule = "unsafe stands where it is allowed";
    let text = "// unsafe\n#![deny(unsafe_code)]\nfn a() { unsafe { b() } }\n";
    let allowed = [
        "crates/sockeye/src/engine/uring/ring.rs",
        "crates/sockeye-proto/src/mask/x86.rs",
        "crates/sockeye-proto/src/text.rs",
        "crates/sockeye-proto/tests/support/counting.rs",
    ];
    let what = format!("expected `unsafe` in {} only, got it here", allowed.join(" and "));
    check(rule, &allowed.map(|file| (file, text)), &[]);
    check(rule, &[("a.rs", text)], &[&format!("a.rs:3: {what}")]);
}

#[test]
fn a_lost_page_is_seen() {
    let lost = "docs/b.md:1: expected a link from README.md or ARCHITECTURE.md, got none";
    let files = [("README.md", "[a](docs/a.md)"), ("docs/a.md", ""), ("docs/b.md", "")];
    check("every page is linked", &files, &[lost]);
}

#[test]
fn a_page_with_other_figures_is_seen() {
    let rule = "the page has the figures";
    let json = r#"{"machine": {}, "settings": {}, "servers": [], "skipped": {}, "cells": {}}"#;
    let figures = ("docs/performance.json", json);
    let block = "| measured | |\n| --- | --- |\n\n\
                 Of 0 runs 0 were dropped, because others were at work on the machine meanwhile.\n\n\
                 | server | version | how |\n| --- | --- | --- |\n";
    let page = |block: &str| {
        format!(
            "<!-- measured: cargo xtask bench render -->\n\n{block}\n<!-- end of what was measured -->\n"
        )
    };
    check(rule, &[figures, ("docs/performance.md", &page(block))], &[]);
    let others = "docs/performance.md:1: expected the figures of docs/performance.json as `cargo xtask bench render` \
                  writes them, got others";
    check(rule, &[figures, ("docs/performance.md", &page("faster"))], &[others]);
    let mark = "docs/performance.md:1: expected a line `<!-- measured: cargo xtask bench render -->`, got none";
    check(rule, &[figures, ("docs/performance.md", "")], &[mark]);
}

#[test]
fn a_dependency_without_a_row_is_seen() {
    let rule = "every dependency is answered for";
    let design = ("docs/design.md", "| `bytes` | shares |\nand `http`\n");
    let manifest =
        "[package]\nname = \"a\"\n[dependencies]\nsockeye-b = \"1\"\nbytes = \"1\"\nhttp = \"1\"\n";
    let fault =
        "docs/design.md:1: expected a row `http` for what crates/a/Cargo.toml needs, got none";
    check(rule, &[design, ("crates/a/Cargo.toml", manifest)], &[fault]);
    let private = manifest.replace("name", "publish = false\nname");
    check(rule, &[design, ("crates/a/Cargo.toml", &private)], &[]);
}

const CONFIG: (&str, &str) = (
    "crates/sockeye-proto/src/config.rs",
    "pub struct Limits {\n    /// Bytes.\n    pub max_bytes: usize,\n}\npub struct Timing {\n    pub wait: u8,\n}\n",
);
const PAGE: &str = "docs/limits.md";

#[test]
fn a_limit_without_a_row_is_seen() {
    let rule = "every limit has its row";
    let page = "| limit | test |\n| `max_bytes` | `a_test` |\n| `gone` | `a_test` |\n";
    let faults = [
        "crates/sockeye-proto/src/config.rs:6: expected a row `wait` in docs/limits.md, got none",
        "docs/limits.md:3: expected a field `gone` in crates/sockeye-proto/src/config.rs, got none",
    ];
    check(rule, &[CONFIG, (PAGE, page)], &faults);
}

#[test]
fn a_limit_without_a_test_is_seen() {
    let rule = "every row has its test";
    let page = (PAGE, "| `max_bytes` | 1 | `a_test`, `not_there` |\n| `wait` | 2 | soon |\n");
    let connection = ("crates/sockeye-proto/src/connection.rs", "");
    let tests = ("crates/sockeye-proto/tests/limits.rs", "#[test]\nfn a_test() {}\n");
    let faults = [
        "docs/limits.md:1: expected the test `not_there`, got none",
        "docs/limits.md:2: expected a test in the row `wait`, got none",
    ];
    check(rule, &[CONFIG, page, connection, tests], &faults);
}

#[test]
fn an_answer_without_a_test_is_seen() {
    let rule = "every answer has its test";
    let page = "\
# Answers

## One?

Yes, `really`.

Shown by `a_test`,
`another`, `gone` and `a/file.rs`, not `x y`.

`Later`.

## Two?

No.

## Three?

Shown by `ignored` and `b/file.rs`.
";
    let tests = "\
#[test]
fn a_test() {}
mod tests {
    #[tokio::test(start_paused = true)]
    async fn another() {}
}
#[test]
#[ignore = \"slow\"]
fn ignored() {}
fn gone() {}
";
    let faults = [
        "docs/answers.md:3: expected the test `gone`, got none",
        "docs/answers.md:12: expected a test under \"Two?\", got none",
        "docs/answers.md:16: expected the test `ignored`, got none",
        "docs/answers.md:16: expected the test `b/file.rs`, got none",
    ];
    check(rule, &[("docs/answers.md", page), ("a/file.rs", tests)], &faults);
}

#[test]
fn an_example_that_does_not_run_is_seen() {
    let rule = "every example runs";
    let page = "```rust\nfn a() {}\n```\n";
    let root = ("crates/a/src/lib.rs", "#[doc = include_str!(\"../../../docs/a.md\")]\n");
    check(rule, &[("docs/a.md", page), root], &[]);
    check(rule, &[("docs/a.md", "```text\n```\n")], &[]);
    let elsewhere = "expected its examples among the tests of a crate, got none of them there";
    check(rule, &[("README.md", page), root], &[&format!("README.md:1: {elsewhere}")]);
    let ignored = "docs/a.md:2: expected an example that is compiled, got one that is not";
    check(rule, &[("docs/a.md", "\n```rust,ignore\n```\n"), root], &[ignored]);
}
