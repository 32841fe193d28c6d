//! Numbers as people read them.

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number that may be a fraction, but only says so when it is small.
pub(super) fn rounded(number: f64) -> String {
    match number {
        ..9.995 => format!("{number:.2}"),
        ..99.95 => format!("{number:.1}"),
        _ => grouped(number.round() as u64),
    }
}

/// Three digits and a letter: `3.56M`, `950`.
pub(super) fn short(number: f64) -> String {
    scaled(number, 1000.0, &["", "k", "M", "G", "T"])
}

/// Three digits and a unit: `56.9 MB`.
pub(super) fn bytes(number: f64) -> String {
    scaled(number, 1000.0, &[" B", " kB", " MB", " GB", " TB"])
}

/// The same for memory, which is counted in powers of two.
pub(super) fn memory(number: f64) -> String {
    scaled(number, 1024.0, &[" B", " KiB", " MiB", " GiB", " TiB"])
}

fn scaled(number: f64, step: f64, units: &[&str]) -> String {
    let (mut number, mut units) = (number, units.iter().copied().peekable());
    let mut unit = units.next().unwrap_or_default();
    while number.abs() >= step * 0.9995
        && let Some(next) = units.next()
    {
        number /= step;
        unit = next;
    }
    let decimals = match number.abs() {
        size if size == size.trunc() && size < 1000.0 => 0,
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{number:.decimals$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::{bytes, grouped, memory, rounded, short};

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, expected) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), expected);
        }
        for (number, expected) in [(0.0, "0.00"), (0.5, "0.50"), (12.34, "12.3"), (99.96, "100")] {
            assert_eq!(rounded(number), expected);
        }
    }

    #[test]
    fn large_numbers_have_three_digits_and_a_unit() {
        for (number, expected) in [
            (0.0, "0"),
            (0.25, "0.25"),
            (950.0, "950"),
            (999.6, "1.00k"),
            (12_345.0, "12.3k"),
            (3_558_918.0, "3.56M"),
            (2e15, "2000T"),
            (-1500.0, "-1.50k"),
        ] {
            assert_eq!(short(number), expected, "{number}");
        }
        assert_eq!(bytes(56_942_688.0), "56.9 MB");
        assert_eq!(memory(2_348_810.0), "2.24 MiB");
        assert_eq!(memory(966.4), "966 B");
    }
}
