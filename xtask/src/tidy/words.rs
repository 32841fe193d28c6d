//! What lines may hold: their width, their white space, and words that do not belong in a repository.

use super::{Fault, Tree};

const COLUMNS: usize = 120;

// Written in two pieces, so that this file keeps the rules that it holds.
const BANNED: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("dbg", "!")];
const MACHINE_PATHS: [&str; 3] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// A line of Rust has at most 120 columns, prose in comments too.
pub(super) fn columns(tree: &Tree) -> Vec<Fault> {
    each_line(tree.rust(), |line| {
        let columns = line.chars().count();
        (columns > COLUMNS).then(|| format!("expected at most {COLUMNS} columns, got {columns}"))
    })
}

/// No note to oneself and no leftover of debugging stands in a text file.
pub(super) fn banned(tree: &Tree) -> Vec<Fault> {
    each_line(tree.texts(), |line| {
        let word = BANNED.iter().find(|word| line.contains(**word))?;
        Some(format!("expected work that is done, got `{word}`"))
    })
}

/// No line of a text file ends in white space, and Rust is indented with spaces.
pub(super) fn white_space(tree: &Tree) -> Vec<Fault> {
    let mut faults = each_line(tree.texts(), |line| {
        let is_bare = line.trim_end() == line;
        (!is_bare).then(|| "expected no white space at the end of the line, got some".into())
    });
    faults.extend(each_line(tree.rust(), |line| {
        line.contains('\t').then(|| "expected spaces, got a tab".into())
    }));
    faults
}

/// No text names a path that exists on one machine only.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Fault> {
    each_line(tree.texts(), |line| {
        let path = MACHINE_PATHS.iter().find(|path| line.contains(**path))?;
        Some(format!("expected no path of one machine, got `{path}`"))
    })
}

fn each_line<'a>(
    files: impl Iterator<Item = (&'a str, String)>,
    judge: impl Fn(&str) -> Option<String>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (file, text) in files {
        for (line, number) in text.split('\n').zip(1..) {
            faults.extend(judge(line).map(|what| Fault::at(file, number, what)));
        }
    }
    faults
}
