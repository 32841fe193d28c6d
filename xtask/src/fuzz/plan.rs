//! What the command line of `cargo xtask fuzz` asks for.

use std::fs;

use super::After;
use crate::workspace_root;

/// The arguments, for `--help`.
pub const USAGE: &str = "[TARGET] [--seconds N] [--keep]";

/// Which targets, for how long, and what becomes of what they find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(super) targets: Vec<String>,
    pub(super) seconds: u32,
    pub(super) after: After,
}

impl Plan {
    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// What was expected and what stood there.
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        Self::of(arguments, all_targets()?)
    }

    fn of(arguments: &[String], all: Vec<String>) -> Result<Self, String> {
        let mut plan = Self { targets: all, seconds: 60, after: After::Leave };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--seconds" => {
                    let seconds = arguments.next().map_or("nothing", String::as_str);
                    plan.seconds =
                        seconds.parse().ok().filter(|seconds| *seconds > 0).ok_or_else(|| {
                            format!("expected a number of seconds above 0, got `{seconds}`")
                        })?;
                }
                "--keep" => plan.after = After::Keep,
                name if plan.targets.iter().any(|target| target == name) => {
                    plan.targets = vec![name.to_owned()];
                }
                other => {
                    let targets = plan.targets.join(", ");
                    return Err(format!("expected one of the targets {targets}, got `{other}`"));
                }
            }
        }
        Ok(plan)
    }
}

/// A target is a file in `fuzz/targets`; a test there holds the crate's own table to the same list.
fn all_targets() -> Result<Vec<String>, String> {
    let folder = workspace_root().join("fuzz/targets");
    let entries = fs::read_dir(&folder)
        .map_err(|error| format!("expected the folder fuzz/targets, got {error}"))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str().map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{After, Plan};

    fn parse(line: &str) -> Result<Plan, String> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Plan::of(&arguments, vec!["frame".into(), "utf8".into()])
    }

    #[test]
    fn nothing_said_means_every_target_for_a_minute() {
        let plan = parse("").expect("no arguments are fine");
        assert_eq!((plan.targets.len(), plan.seconds, plan.after), (2, 60, After::Leave));
    }

    #[test]
    fn a_target_a_time_and_keeping_can_be_asked_for() {
        let plan = parse("utf8 --seconds 5 --keep").expect("these are all known");
        assert_eq!((plan.targets, plan.seconds, plan.after), (vec!["utf8".into()], 5, After::Keep));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (line, error) in [
            ("--seconds", "expected a number of seconds above 0, got `nothing`"),
            ("--seconds 0", "expected a number of seconds above 0, got `0`"),
            ("--seconds x", "expected a number of seconds above 0, got `x`"),
            ("utf9", "expected one of the targets frame, utf8, got `utf9`"),
            ("--kep", "expected one of the targets frame, utf8, got `--kep`"),
        ] {
            assert_eq!(parse(line), Err(error.into()), "{line}");
        }
    }
}
