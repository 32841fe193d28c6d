//! The repository's own commands, and the rules of its house style as functions.
//!
//! The binary `xtask` runs [`test`](mod@test), [`memcheck`], [`fuzz`], [`conformance`], [`interop`],
//! [`bench`](mod@bench) and [`cost`]; the tests beside it hold the tree to [`tidy`] and [`layers`]. Nothing here is
//! published, and nothing but the standard library is needed to build it.

use std::path::Path;

pub mod test;

pub mod bench;
pub mod conformance;
pub mod cost;
pub mod fuzz;
pub mod interop;
pub mod memcheck;
pub mod platforms;
pub mod suite;

pub mod layers;
pub mod tidy;

pub mod json;
pub mod machine;
pub mod manifest;
pub mod output;
pub mod process;
pub mod program;
pub mod serve;

/// The folder that holds the workspace.
#[must_use]
pub fn workspace_root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("this crate's folder stands in the workspace")
}
