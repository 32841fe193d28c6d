//! `Table`: what each job may take, as it stands in the repository.

use std::fmt;

use super::Setting;

/// How many percent a job may become dearer, unless its row says otherwise.
pub(super) const TOLERANCE: f64 = 2.0;

const HEAD: &str = "\
# What things cost: instructions a message, and by how much a change may move them before `cargo xtask cost` tells.
# Written by `cargo xtask cost --write`, which leaves the tolerances as they are.
";

/// The counts, and what they were made with.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    /// Where they hold.
    pub(super) setting: Setting,
    /// Job by job.
    pub(super) rows: Vec<Row>,
}

/// One job.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// Its name.
    pub(super) job: String,
    /// A message takes so many.
    pub(super) instructions: f64,
    /// In percent of that.
    pub(super) tolerance: f64,
}

impl Table {
    /// Reads what [`fmt::Display`] writes.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut table = Self::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some((name, value)) = line.split_once(": ") {
                table.setting.0.push((name.to_owned(), value.to_owned()));
                continue;
            }
            let row = row(line).ok_or_else(|| {
                format!("expected a job, its instructions and `± N %`, got `{line}`")
            })?;
            table.rows.push(row);
        }
        Ok(table)
    }

    /// The row of a job.
    pub(super) fn row(&self, job: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.job == job)
    }
}

fn row(line: &str) -> Option<Row> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [job, instructions, "±", tolerance, "%"] = words[..] else { return None };
    let (instructions, tolerance) = (instructions.parse().ok()?, tolerance.parse().ok()?);
    Some(Row { job: job.to_owned(), instructions, tolerance })
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, rows } = self;
        writeln!(f, "{HEAD}\n{setting}")?;
        for Row { job, instructions, tolerance } in rows {
            writeln!(f, "{job:<32} {instructions:>10.1}  ± {tolerance} %")?;
        }
        Ok(())
    }
}
