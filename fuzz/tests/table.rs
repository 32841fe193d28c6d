//! The table of targets, their programs, their manifest entries and their corpora name the same targets.

use std::{collections::BTreeSet, fs, path::Path};

use sockeye_fuzz::TARGETS;

fn names_in(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).expect("the folder is there");
    let stem = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect("the folder can be read").path();
        path.file_stem().expect("an entry has a name").to_string_lossy().into_owned()
    };
    entries.map(stem).collect()
}

fn names_in_table() -> BTreeSet<String> {
    TARGETS.iter().map(|target| target.name.to_owned()).collect()
}

#[test]
fn every_row_has_its_program_and_every_program_its_row() {
    assert_eq!(names_in("targets"), names_in_table());
}

#[test]
fn every_program_has_its_entry_in_the_manifest() {
    let manifest = include_str!("../Cargo.toml");
    let paths = manifest.lines().filter_map(|line| line.strip_prefix("path = \"targets/"));
    let names = paths.map(|path| path.trim_end_matches(".rs\"").to_owned());
    assert_eq!(names.collect::<BTreeSet<_>>(), names_in_table());
}

#[test]
fn every_row_has_a_corpus_with_an_input() {
    assert_eq!(names_in("corpus"), names_in_table());
    for target in TARGETS {
        let inputs = names_in(&format!("corpus/{}", target.name));
        assert!(!inputs.is_empty(), "expected an input in corpus/{}, got none", target.name);
    }
}
