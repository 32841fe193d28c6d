//! Which cases one process of the suite runs, and how many those are.

use std::time::Duration;

use super::plan::Extent;

/// Some cases, run by one process of the suite.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batch {
    /// Its folder under the reports.
    pub(super) name: &'static str,
    /// Case ids; with a star they are prefixes.
    pub(super) cases: &'static [&'static str],
    pub(super) without: &'static [&'static str],
    /// A suite that meets no server reports no case, so the number is part of the verdict.
    pub(super) count: usize,
    /// Several times what it takes on two busy cores.
    pub(super) limit: Duration,
}

const FRAMES: Batch = Batch {
    name: "frames",
    cases: &["*"],
    without: &["12.*", "13.*"],
    count: 301,
    limit: Duration::from_mins(5),
};

/// From each kind of payload and each choice of parameters, a small, a large and a long case.
const QUICK_DEFLATE: Batch = Batch {
    name: "deflate",
    cases: &["12.*.3", "12.*.8", "12.*.12", "13.*.3", "13.*.8", "13.*.12"],
    without: &[],
    count: 36,
    limit: Duration::from_mins(10),
};

const DEFLATE_PAYLOADS: Batch = Batch {
    name: "deflate-payloads",
    cases: &["12.*"],
    without: &[],
    count: 90,
    limit: Duration::from_mins(45),
};

const DEFLATE_PARAMETERS: Batch = Batch {
    name: "deflate-parameters",
    cases: &["13.*"],
    without: &[],
    count: 126,
    limit: Duration::from_mins(45),
};

impl Batch {
    /// The cases of an extent; what stands together in a row runs side by side, because the suite has one thread.
    pub(super) fn rows(extent: Extent) -> &'static [&'static [Self]] {
        match extent {
            Extent::Quick => &[&[FRAMES, QUICK_DEFLATE]],
            Extent::Frames => &[&[FRAMES]],
            Extent::Full => &[&[FRAMES], &[DEFLATE_PAYLOADS, DEFLATE_PARAMETERS]],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, Extent};

    #[test]
    fn the_full_suite_has_517_cases() {
        let count = |extent| Batch::rows(extent).iter().copied().flatten().map(|batch| batch.count);
        assert_eq!(count(Extent::Full).sum::<usize>(), 517);
        assert_eq!(count(Extent::Quick).sum::<usize>(), 337);
    }
}
