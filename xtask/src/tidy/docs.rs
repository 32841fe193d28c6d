//! Pages that are found, and dependencies that are answered for.

use super::{Fault, Tree};
use crate::{bench, manifest::Manifest};

const DESIGN: &str = "docs/design.md";

/// Every page under `docs/` is linked from a page at the top level.
pub(super) fn linked(tree: &Tree) -> Vec<Fault> {
    let front = ["README.md", "ARCHITECTURE.md"].map(|page| tree.text(page).unwrap_or_default());
    let is_linked = |page: &str| front.iter().any(|text| text.contains(&format!("({page}")));
    let pages = tree.files().filter(|file| file.starts_with("docs/") && file.ends_with(".md"));
    let lost = pages.filter(|page| !is_linked(page));
    lost.map(|page| Fault::of(page, "expected a link from README.md or ARCHITECTURE.md, got none"))
        .collect()
}

/// The generated block of `docs/performance.md` is what `docs/performance.json` makes of it.
pub(super) fn figures(tree: &Tree) -> Vec<Fault> {
    let (Some(page), Some(json)) = (tree.text(bench::PAGE), tree.text(bench::FIGURES)) else {
        return Vec::new();
    };
    match bench::markdown::renewed(&page, &json) {
        Ok(renewed) if renewed == page => Vec::new(),
        Ok(_) => {
            let what = format!(
                "expected the figures of {} as `cargo xtask bench render` writes them, got others",
                bench::FIGURES
            );
            vec![Fault::of(bench::PAGE, what)]
        }
        Err(what) => vec![Fault::of(bench::PAGE, what)],
    }
}

/// Every dependency of a published crate has a row in `docs/design.md`.
pub(super) fn dependencies(tree: &Tree) -> Vec<Fault> {
    let design = tree.text(DESIGN).unwrap_or_default();
    let mut faults = Vec::new();
    for file in tree.files().filter(|file| is_manifest_of_a_crate(file)) {
        let manifest = Manifest::parse(&tree.text(file).unwrap_or_default());
        let foreign = manifest.dependencies.iter().filter(|name| !name.starts_with("sockeye"));
        for name in foreign.filter(|_| !manifest.is_private) {
            let row = format!("| `{name}` |");
            if !design.lines().any(|line| line.starts_with(&row)) {
                let what = format!("expected a row `{name}` for what {file} needs, got none");
                faults.push(Fault::of(DESIGN, what));
            }
        }
    }
    faults
}

fn is_manifest_of_a_crate(file: &str) -> bool {
    matches!(file.split('/').collect::<Vec<_>>().as_slice(), ["crates", _, "Cargo.toml"])
}
