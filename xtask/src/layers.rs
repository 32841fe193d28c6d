//! Laws 1 and 5, asked of Cargo: what reaches the core, and whether an arrow points up.

use std::{collections::BTreeSet, io, path::Path};

use crate::program;

/// What must never reach the core: runtimes, sockets, clocks of others, randomness, whole stacks.
const FOREIGN: [&str; 20] = [
    "async-io",
    "async-std",
    "flate2",
    "futures-util",
    "getrandom",
    "hyper",
    "io-uring",
    "mio",
    "polling",
    "quinn",
    "rand",
    "rustix",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "tokio-util",
    "tracing",
    "url",
    "windows-sys",
];

/// The crates from the lowest up; a crate may need those before it.
const LAYERS: [&str; 4] = ["sockeye-proto", "sockeye", "sockeye-hub", "sockeye-cli"];

/// What no published crate may need: the rooms around them.
const ROOMS: [&str; 4] = ["sockeye-bench", "sockeye-conformance", "sockeye-fuzz", "xtask"];

/// What reaches the core and must not.
///
/// # Errors
///
/// When Cargo cannot tell.
pub fn foreign_to_the_core(root: &Path) -> io::Result<Vec<String>> {
    let (core, _) = LAYERS.split_first().expect("there is a lowest layer");
    let needed = needs(root, core)?;
    let found = FOREIGN.iter().filter(|name| needed.contains(**name));
    let fault = |name| {
        format!(
            "expected {core} to stand alone, got `{name}`; \
             cargo tree --package {core} --all-features --target all --invert {name} shows the way"
        )
    };
    Ok(found.map(fault).collect())
}

/// Which crates need one above them, or one of the rooms around them.
///
/// # Errors
///
/// When Cargo cannot tell.
pub fn arrows_that_point_up(root: &Path) -> io::Result<Vec<String>> {
    let mut faults = Vec::new();
    for (place, name) in LAYERS.iter().enumerate() {
        if !root.join("crates").join(name).exists() {
            continue;
        }
        let needed = needs(root, name)?;
        let above = LAYERS.iter().skip(place + 1).chain(&ROOMS);
        let wrong = above.filter(|other| needed.contains(**other));
        faults.extend(
            wrong.map(|other| format!("expected arrows to point down, got {name} -> {other}")),
        );
    }
    Ok(faults)
}

/// The names of everything that a crate needs to build and run, with any feature and on any platform.
fn needs(root: &Path, name: &str) -> io::Result<BTreeSet<String>> {
    let mut tree = program::cargo(&["tree", "--package", name, "--edges", "normal,build"]);
    tree.args(["--all-features", "--target", "all", "--prefix", "none", "--format", "{p}"]);
    let list = program::stdout_of(tree.current_dir(root))?;
    let names =
        list.lines().filter_map(|line| line.split(' ').next()).filter(|other| *other != name);
    Ok(names.map(str::to_owned).collect())
}
