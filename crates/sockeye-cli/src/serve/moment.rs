//! `Moment`: the time of day, as logs and machines write it.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// A point in time, shown as RFC 3339 has it: `2026-11-21T09:30:00.125Z`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(Duration);

impl Moment {
    pub(super) fn now() -> Self {
        // A clock before 1970 is wrong whatever it says.
        Self(SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default())
    }
}

const DAY: u64 = 86_400;

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds) = (self.0.as_secs() / DAY, self.0.as_secs() % DAY);
        let (year, month, day) = date(days);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let thousandths = self.0.subsec_millis();
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{thousandths:03}Z"
        )
    }
}

/// Days of four centuries, after which the calendar begins anew.
const FOUR_CENTURIES: u64 = 146_097;

/// Year, month and day of a number of days since 1970.
///
/// Counted from a 1st of March, so that the day of a leap year comes last: then the months from March on begin after
/// (153 m + 2) / 5 days.
fn date(days: u64) -> (u64, u64, u64) {
    // From the 1st of March of the year 0 to 1970.
    let days = days + 719_468;
    let (cycle, day) = (days / FOUR_CENTURIES, days % FOUR_CENTURIES);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = cycle * 400 + year;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Moment, date};

    #[test]
    fn a_moment_is_written_as_rfc_3339_has_it() {
        for (millis, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (1_795_253_400_125, "2026-11-21T09:30:00.125Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(Moment(Duration::from_millis(millis)).to_string(), expected);
        }
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut last = date(0);
        for day in 1..200_000 {
            let (year, month, number) = date(day);
            let first = number == 1;
            let follows = if first && month == 1 {
                last == (year - 1, 12, 31)
            } else if first {
                (last.0, last.1) == (year, month - 1) && (28..=31).contains(&last.2)
            } else {
                last == (year, month, number - 1)
            };
            assert!(follows, "{last:?} and then {:?}", (year, month, number));
            last = (year, month, number);
        }
    }
}
