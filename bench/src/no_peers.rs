//! Stands in for `peers` where they are not built in.

use crate::contest::Contestant;

pub(crate) const ALL: [Contestant; 0] = [];
