//! The core stands alone and the arrows point down, here; a planted arrow that points up is seen.

mod support;

use support::Planted;
use xtask::{layers, workspace_root};

#[test]
fn nothing_foreign_reaches_the_core() {
    let faults = layers::foreign_to_the_core(workspace_root()).expect("Cargo knows the workspace");
    assert_eq!(faults, [""; 0]);
}

#[test]
fn every_arrow_points_down() {
    let faults = layers::arrows_that_point_up(workspace_root()).expect("Cargo knows the workspace");
    assert_eq!(faults, [""; 0]);
}

const WORKSPACE: (&str, &str) = (
    "Cargo.toml",
    "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\", \"tokio\", \"xtask\"]\n",
);

fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
}

/// A workspace of the core, two crates above it, and stand-ins for what may not reach them.
fn plant(core: &str, library: &str, hub: &str) -> Planted {
    Planted::new(&[
        WORKSPACE,
        ("crates/sockeye-proto/Cargo.toml", &manifest("sockeye-proto", core)),
        ("crates/sockeye-proto/src/lib.rs", ""),
        ("crates/sockeye/Cargo.toml", &manifest("sockeye", library)),
        ("crates/sockeye/src/lib.rs", ""),
        ("crates/sockeye-hub/Cargo.toml", &manifest("sockeye-hub", hub)),
        ("crates/sockeye-hub/src/lib.rs", ""),
        ("tokio/Cargo.toml", &manifest("tokio", "")),
        ("tokio/src/lib.rs", ""),
        ("xtask/Cargo.toml", &manifest("xtask", "")),
        ("xtask/src/lib.rs", ""),
    ])
}

#[test]
fn a_runtime_in_the_core_is_seen() {
    let fault = "expected sockeye-proto to stand alone, got `tokio`; cargo tree --package sockeye-proto \
                 --all-features --target all --invert tokio shows the way";
    for core in [
        "[dependencies]\ntokio.path = \"../../tokio\"\n",
        "[dependencies]\ntokio = { path = \"../../tokio\", optional = true }\n",
        "[target.'cfg(windows)'.dependencies]\ntokio.path = \"../../tokio\"\n",
        "[build-dependencies]\ntokio.path = \"../../tokio\"\n",
        "[dependencies]\nsockeye.path = \"../sockeye\"\n",
    ] {
        let planted = plant(core, "[dependencies]\ntokio.path = \"../../tokio\"\n", "");
        let faults = layers::foreign_to_the_core(planted.root()).expect("Cargo knows the tree");
        assert_eq!(faults, [fault], "{core}");
    }
}

#[test]
fn what_only_the_tests_of_the_core_need_is_no_fault() {
    let planted = plant("[dev-dependencies]\ntokio.path = \"../../tokio\"\n", "", "");
    let faults = layers::foreign_to_the_core(planted.root()).expect("Cargo knows the tree");
    assert_eq!(faults, [""; 0]);
}

#[test]
fn an_arrow_that_points_up_is_seen() {
    let planted = plant(
        "[dependencies]\nsockeye-hub.path = \"../sockeye-hub\"\n",
        "",
        "[dependencies]\nxtask.path = \"../../xtask\"\n",
    );
    let faults = layers::arrows_that_point_up(planted.root()).expect("Cargo knows the tree");
    let expected = [
        "expected arrows to point down, got sockeye-proto -> sockeye-hub",
        "expected arrows to point down, got sockeye-proto -> xtask",
        "expected arrows to point down, got sockeye-hub -> xtask",
    ];
    assert_eq!(faults, expected);
}

#[test]
fn arrows_that_point_down_are_no_fault() {
    let planted = plant(
        "",
        "[dependencies]\nsockeye-proto.path = \"../sockeye-proto\"\n",
        "[dependencies]\nsockeye.path = \"../sockeye\"\n",
    );
    let faults = layers::arrows_that_point_up(planted.root()).expect("Cargo knows the tree");
    assert_eq!(faults, [""; 0]);
}
