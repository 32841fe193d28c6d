//! The id of a case, such as `9.3.10`: sorted as numbers, grouped by the first.

use std::{fmt, str::FromStr};

/// The id of a case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Case(Vec<u32>);

impl Case {
    /// The group that it belongs to.
    pub(super) fn group(&self) -> u32 {
        self.0.first().copied().unwrap_or_default()
    }

    /// Whether it begins as the pattern does, in which a star stands for any number.
    pub(super) fn is_like(&self, pattern: &str) -> bool {
        let mut numbers = self.0.iter();
        pattern.split('.').all(|part| {
            numbers.next().is_some_and(|number| part == "*" || part == number.to_string())
        })
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(id: &str) -> Result<Self, String> {
        let numbers = id.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>();
        numbers.map(Self).map_err(|_| format!("expected the id of a case, got `{id}`"))
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

/// What the cases of a group are about.
pub(super) fn group_name(group: u32) -> &'static str {
    match group {
        1 => "messages",
        2 => "pings and pongs",
        3 => "reserved bits",
        4 => "reserved opcodes",
        5 => "fragments",
        6 => "UTF-8",
        7 => "closing",
        9 => "large and many",
        10 => "automatic fragments",
        12 => "deflate, payloads",
        13 => "deflate, parameters",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::Case;

    #[test]
    fn a_pattern_is_a_beginning_with_stars() {
        let case: Case = "12.20.1".parse().expect("an id");
        for (pattern, is_like) in [
            ("12", true),
            ("12.20", true),
            ("12.*.1", true),
            ("12.2", false),
            ("1", false),
            ("12.*.2", false),
            ("12.20.1.1", false),
        ] {
            assert_eq!(case.is_like(pattern), is_like, "{pattern}");
        }
    }

    #[test]
    fn ids_are_sorted_as_numbers() {
        let mut cases: Vec<Case> =
            ["10.1.1", "9.3.10", "9.3.9", "2.1"].map(|id| id.parse().expect("an id")).into();
        cases.sort();
        let ids: Vec<String> = cases.iter().map(ToString::to_string).collect();
        assert_eq!(ids, ["2.1", "9.3.9", "9.3.10", "10.1.1"]);
        assert_eq!("1.x".parse::<Case>(), Err("expected the id of a case, got `1.x`".into()));
    }
}
