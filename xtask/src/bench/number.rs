//! Figures as people read them: three digits and a unit.

/// A time.
pub(super) fn nanos(nanos: f64) -> String {
    scaled(nanos, &[(1e9, " s"), (1e6, " ms"), (1e3, " µs"), (1.0, " ns")])
}

/// How many there are in a second.
pub(super) fn rate(rate: f64) -> String {
    scaled(rate, &[(1e6, " M/s"), (1e3, " k/s"), (1.0, " /s")])
}

/// A number of bytes.
pub(super) fn bytes(bytes: f64) -> String {
    scaled(bytes, &[(1048576.0, " MiB"), (1024.0, " KiB"), (1.0, " B")])
}

fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let unit = units.iter().find(|(size, _)| value.abs() >= size * 0.9995).or(units.last());
    let (size, name) = unit.unwrap_or(&(1.0, ""));
    format!("{}{name}", digits(value / size))
}

/// Three digits that count.
pub(super) fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::{bytes, nanos, rate};

    #[test]
    fn figures_have_three_digits_and_their_unit() {
        let cases = [
            (nanos(158.4), "158 ns"),
            (nanos(5_150.0), "5.15 µs"),
            (nanos(999.6), "1.00 µs"),
            (nanos(1.9e6), "1.90 ms"),
            (rate(182_300.0), "182 k/s"),
            (rate(5.23e6), "5.23 M/s"),
            (bytes(92.0), "92.0 B"),
            (bytes(142_131.0), "139 KiB"),
        ];
        for (told, expected) in cases {
            assert_eq!(told, expected);
        }
    }
}
