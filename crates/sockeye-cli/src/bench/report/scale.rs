//! `Scale`: where a value stands on an axis, and which values are told beside it.

/// From the beginning of an axis to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// From zero.
    Linear { most: f64 },
    /// In powers of ten; neither end is zero.
    Log { least: f64, most: f64 },
    /// Shares of all, in nines: 0 %, 90 %, 99 % and so on are equally far apart. The end is so many nines.
    Nines { most: f64 },
}

impl Scale {
    /// An axis from zero with some room above the value.
    pub(super) fn from_zero(values: impl IntoIterator<Item = f64>) -> Self {
        let most = values.into_iter().fold(0.0, f64::max);
        Self::Linear { most: if most > 0.0 { most * 1.08 } else { 1.0 } }
    }

    /// An axis in powers of ten that all of these stand on; what is not above zero has no place.
    pub(super) fn log(values: impl IntoIterator<Item = f64>) -> Self {
        let positive = values.into_iter().filter(|value| *value > 0.0);
        let (least, most) = positive.fold((f64::INFINITY, 0.0_f64), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        if most == 0.0 {
            return Self::Log { least: 1.0, most: 10.0 };
        }
        Self::Log { least: least * 0.8, most: (most * 1.25).max(least * 4.0) }
    }

    /// From 0 to 1 for what is on the axis, and the nearest end for what is not.
    pub(super) fn place(&self, value: f64) -> f64 {
        let place = match *self {
            Self::Linear { most } => value / most,
            Self::Log { least, most } => (value / least).ln() / (most / least).ln(),
            Self::Nines { most } => nines(value) / most,
        };
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }

    /// The values that are told.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match *self {
            Self::Linear { most } => {
                let step = round_step(most / 5.0);
                (0..=(most / step) as u32).map(|tick| f64::from(tick) * step).collect()
            }
            Self::Log { least, most } => {
                let factors: &[f64] = if most / least > 1000.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
                let decades = least.log10().floor() as i32..=most.log10().ceil() as i32;
                decades
                    .flat_map(|decade| {
                        factors.iter().map(move |factor| factor * 10_f64.powi(decade))
                    })
                    .filter(|tick| (least..=most).contains(tick))
                    .collect()
            }
            Self::Nines { most } => {
                let shares = [0.0, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
                shares.into_iter().filter(|share| nines(*share) <= most).collect()
            }
        }
    }
}

/// 0.9 is one, 0.99 is two.
pub(super) fn nines(share: f64) -> f64 {
    -(1.0 - share).max(1e-9).log10()
}

/// 1, 2 or 5 and zeros, and not below this.
fn round_step(step: f64) -> f64 {
    let decade = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * decade >= step * 0.999);
    factor.unwrap_or(10.0) * decade
}

#[cfg(test)]
mod tests {
    use super::Scale;

    fn check(scale: Scale, ticks: &[f64]) {
        let got = scale.ticks();
        assert_eq!(got.len(), ticks.len(), "{scale:?}: {got:?}");
        for (got, expected) in got.iter().zip(ticks) {
            assert!((got - expected).abs() <= expected.abs() * 1e-9, "{scale:?}: {got}");
        }
    }

    #[test]
    fn ticks_are_round_numbers_on_the_axis() {
        check(Scale::Linear { most: 1.0 }, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        check(Scale::from_zero([180_000.0]), &[0.0, 50_000.0, 100_000.0, 150_000.0]);
        check(Scale::Log { least: 90.0, most: 600.0 }, &[100.0, 200.0, 500.0]);
        check(Scale::Log { least: 0.9, most: 10_000.0 }, &[1.0, 10.0, 100.0, 1000.0, 10_000.0]);
        check(Scale::Nines { most: 3.2 }, &[0.0, 0.9, 0.99, 0.999]);
    }

    #[test]
    fn values_stand_between_the_ends() {
        for (scale, value, place) in [
            (Scale::Linear { most: 10.0 }, 5.0, 0.5),
            (Scale::Linear { most: 10.0 }, 50.0, 1.0),
            (Scale::Log { least: 1.0, most: 100.0 }, 10.0, 0.5),
            (Scale::Log { least: 1.0, most: 100.0 }, 0.0, 0.0),
            (Scale::Nines { most: 4.0 }, 0.99, 0.5),
            (Scale::Nines { most: 4.0 }, 1.0, 1.0),
            (Scale::from_zero([]), 0.0, 0.0),
            (Scale::log([]), 1.0, 0.0),
            (Scale::log([5.0, 5.0]), f64::NAN, 0.0),
        ] {
            let got = scale.place(value);
            assert!((got - place).abs() < 1e-9, "{scale:?} {value}: {got}");
        }
    }
}
