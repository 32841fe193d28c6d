//! The checks, a family to a file, in the order of the report.

mod handshake;
mod refusals;
mod heads;
mod frames;
mod control;
mod messages;
mod closing;
mod compression;
mod bombs;
mod smuggling;
mod limits;
mod floods;
mod deadlines;
mod survival;

use super::check::Check;

/// Asked when all others are answered.
pub(super) const LAST: &str = survival::NAME;

const FAMILIES: [&[Check]; 14] = [
    handshake::CHECKS,
    refusals::CHECKS,
    heads::CHECKS,
    frames::CHECKS,
    control::CHECKS,
    messages::CHECKS,
    closing::CHECKS,
    compression::CHECKS,
    bombs::CHECKS,
    smuggling::CHECKS,
    limits::CHECKS,
    floods::CHECKS,
    deadlines::CHECKS,
    survival::CHECKS,
];

/// Every check.
pub(super) fn all() -> impl Iterator<Item = &'static Check> {
    FAMILIES.into_iter().flatten()
}
