//! The house rules that no lint holds, each a function from a tree to what breaks it there.
//!
//! A rule reads files and judges; it changes nothing and prints nothing. `tests/tidy.rs` runs them all on this
//! repository, and plants a violation of each in a tree of its own to see the rule fail.

pub mod code;

mod answers;
mod docs;
mod layout;
mod limits;
mod tree;
mod words;

pub use tree::{Fault, Tree};

/// A rule: its name, and what finds the faults.
pub type Rule = (&'static str, fn(&Tree) -> Vec<Fault>);

/// Every rule.
pub const RULES: [Rule; 17] = [
    ("files are short", layout::file_length),
    ("functions fit a screen", layout::function_length),
    ("names say what is in them", layout::names),
    ("the top level is known", layout::top_level),
    ("lines fit a window", words::columns),
    ("nothing is left for later", words::banned),
    ("no white space is left over", words::white_space),
    ("no machine is named", words::machine_paths),
    ("conditions stand on items", layout::conditions),
    ("unsafe stands where it is allowed", layout::unsafe_code),
    ("every page is linked", docs::linked),
    ("the page has the figures", docs::figures),
    ("every dependency is answered for", docs::dependencies),
    ("every answer has its test", answers::shown),
    ("every example runs", answers::examples),
    ("every limit has its row", limits::rows),
    ("every row has its test", limits::tests),
];
