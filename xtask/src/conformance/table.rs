//! What the verdicts of a peer come to, group by group.

use std::{collections::BTreeMap, fmt};

use super::{case::group_name, verdict::Verdicts};

/// Verdicts as a table, shown by its `Display`.
pub(super) struct Table<'v>(pub(super) &'v Verdicts);

#[derive(Clone, Copy, Default)]
struct Row {
    cases: usize,
    ok: usize,
    informational: usize,
    failed: usize,
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut groups, mut total) = (BTreeMap::<u32, Row>::new(), Row::default());
        for (case, verdict) in self.0.iter() {
            for row in [groups.entry(case.group()).or_default(), &mut total] {
                row.cases += 1;
                if verdict.is_ok() {
                    row.ok += 1;
                } else if verdict.is_allowed(case) {
                    row.informational += 1;
                } else {
                    row.failed += 1;
                }
            }
        }
        writeln!(
            f,
            "{:24}{:>8}{:>8}{:>15}{:>8}",
            "group", "cases", "OK", "informational", "failed"
        )?;
        for (group, row) in groups {
            write_row(f, &format!("{group:2} {}", group_name(group)), row)?;
            writeln!(f)?;
        }
        write_row(f, "all", total)
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, name: &str, row: Row) -> fmt::Result {
    let Row { cases, ok, informational, failed } = row;
    write!(f, "{name:24}{cases:8}{ok:8}{informational:15}{failed:8}")
}
