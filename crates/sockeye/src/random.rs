//! Randomness from the operating system.

/// Bytes that nobody can foresee (RFC 6455 10.3).
///
/// # Panics
///
/// If the system has none to give: without, a mask or a key would be a lie.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("randomness from the operating system");
    bytes
}
