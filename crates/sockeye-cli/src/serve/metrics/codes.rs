//! `Codes`: counters by close code or by status.

use std::sync::atomic::{AtomicU64, Ordering};

/// A count for each of some codes, and one for all others: a peer chooses its codes, not how many counters we keep.
#[derive(Debug)]
pub(in crate::serve) struct Codes {
    names: &'static [&'static str],
    counts: Box<[AtomicU64]>,
    others: AtomicU64,
}

/// RFC 6455 7.4: the codes of the registry, and the ranges for libraries and applications.
const CLOSES: &[&str] = &[
    "1000", "1001", "1002", "1003", "1005", "1006", "1007", "1008", "1009", "1010", "1011", "1012",
    "1013", "1014", "3xxx", "4xxx",
];

const REFUSALS: &[&str] = &["400", "403", "404", "405", "426", "431", "501", "503", "505"];

const ANSWERS: &[&str] = &["200", "304", "308", "404", "405", "500", "503"];

impl Codes {
    pub(super) fn of_closes() -> Self {
        Self::new(CLOSES)
    }

    pub(super) fn of_refusals() -> Self {
        Self::new(REFUSALS)
    }

    pub(super) fn of_answers() -> Self {
        Self::new(ANSWERS)
    }

    fn new(names: &'static [&'static str]) -> Self {
        let counts = names.iter().map(|_| AtomicU64::new(0)).collect();
        Self { names, counts, others: AtomicU64::new(0) }
    }

    pub(in crate::serve) fn count(&self, code: u16) {
        let name = match code {
            3000..=3999 => "3xxx".to_owned(),
            4000..=4999 => "4xxx".to_owned(),
            code => code.to_string(),
        };
        let known = self.names.iter().zip(&self.counts).find(|(known, _)| **known == name);
        known.map_or(&self.others, |(_, count)| count).fetch_add(1, Ordering::Relaxed);
    }

    /// Each code with its count.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let known = self.names.iter().copied().zip(&self.counts);
        let all = known.chain([("other", &self.others)]);
        all.map(|(name, count)| (name, count.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::Codes;

    #[test]
    fn a_code_that_nobody_knows_has_no_counter_of_its_own() {
        let codes = Codes::of_closes();
        for code in [1000, 1000, 3000, 3999, 4999, 1016, 2999] {
            codes.count(code);
        }
        let counted: Vec<_> = codes.rows().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counted, [("1000", 2), ("3xxx", 2), ("4xxx", 1), ("other", 2)]);
    }
}
