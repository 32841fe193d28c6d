//! Law 4: every limit of the core has a row in `docs/limits.md`, and every row a test.

use super::{Fault, Tree};

const CONFIG: &str = "crates/sockeye-proto/src/config.rs";
const PAGE: &str = "docs/limits.md";

/// A public field of `Limits` or `Timing` has a row, and a row its field.
pub(super) fn rows(tree: &Tree) -> Vec<Fault> {
    let config = tree.text(CONFIG).unwrap_or_default();
    let fields = [public_fields(&config, "Limits"), public_fields(&config, "Timing")].concat();
    let page = tree.text(PAGE).unwrap_or_default();
    let rows = page_rows(&page);
    let mut faults = Vec::new();
    for (number, field) in &fields {
        if !rows.iter().any(|row| row.limit == *field) {
            faults.push(Fault::at(
                CONFIG,
                *number,
                format!("expected a row `{field}` in {PAGE}, got none"),
            ));
        }
    }
    for row in rows {
        if !fields.iter().any(|(_, field)| *field == row.limit) {
            let what = format!("expected a field `{}` in {CONFIG}, got none", row.limit);
            faults.push(Fault::at(PAGE, row.line, what));
        }
    }
    faults
}

/// A row names at least one test, and each test that it names is there.
pub(super) fn tests(tree: &Tree) -> Vec<Fault> {
    // Limits are the connection's to hold: before it stands there is nothing to run into them.
    if !tree.files().any(|file| file.starts_with("crates/sockeye-proto/src/connection")) {
        return Vec::new();
    }
    let is_test_file =
        |file: &&str| file.starts_with("crates/sockeye-proto/") && file.contains("/tests");
    let tests: String =
        tree.files().filter(is_test_file).filter_map(|file| tree.text(file)).collect();
    let mut faults = Vec::new();
    for row in page_rows(&tree.text(PAGE).unwrap_or_default()) {
        if row.tests.is_empty() {
            let what = format!("expected a test in the row `{}`, got none", row.limit);
            faults.push(Fault::at(PAGE, row.line, what));
        }
        for name in row.tests {
            if !tests.contains(&format!("#[test]\nfn {name}()")) {
                faults.push(Fault::at(
                    PAGE,
                    row.line,
                    format!("expected the test `{name}`, got none"),
                ));
            }
        }
    }
    faults
}

/// The lines and names of the public fields of a struct.
fn public_fields<'a>(source: &'a str, name: &str) -> Vec<(usize, &'a str)> {
    let head = format!("pub struct {name} {{");
    let lines = source.lines().zip(1..).skip_while(|(line, _)| *line != head);
    let fields = lines.take_while(|(line, _)| *line != "}").filter_map(|(line, number)| {
        let (field, _) = line.strip_prefix("    pub ")?.split_once(':')?;
        Some((number, field))
    });
    fields.collect()
}

struct Row<'a> {
    line: usize,
    limit: &'a str,
    tests: Vec<&'a str>,
}

/// The rows that begin with a name in backticks; the tests stand in the last column, in backticks too.
fn page_rows(page: &str) -> Vec<Row<'_>> {
    let rows = page.lines().zip(1..).filter_map(|(text, line)| {
        let (limit, rest) = text.strip_prefix("| `")?.split_once('`')?;
        let (_, last) = rest.trim_end_matches('|').rsplit_once('|')?;
        let tests = last.split('`').skip(1).step_by(2).collect();
        Some(Row { line, limit, tests })
    });
    rows.collect()
}
