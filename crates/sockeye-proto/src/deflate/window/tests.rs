use super::{Window, WindowBits};

fn window(bits: u8) -> Window {
    Window::new(WindowBits::new(bits).unwrap())
}

/// Pushes pieces of these lengths and compares with a vector that keeps everything.
fn check(bits: u8, lengths: &[usize]) {
    let mut window = window(bits);
    let mut everything = Vec::new();
    let size = window.bits.bytes();
    for &len in lengths {
        let from = everything.len();
        everything.extend((0..=250).cycle().skip(from % 251).take(len));
        window.push(&everything[from..]);
        let expected = &everything[everything.len().saturating_sub(size)..];
        assert_eq!(window.halves().concat(), expected, "{bits} bits after {lengths:?}");
        assert!(window.plain.capacity() <= size, "{} of {size}", window.plain.capacity());
    }
}

#[test]
fn the_last_bytes_are_held_whatever_the_pieces() {
    check(8, &[0, 1, 254, 1, 1, 0, 300, 7]);
    check(8, &[256, 1, 255, 256, 257]);
    check(8, &[3; 400]);
    check(8, &[100; 30]);
    check(12, &[600; 40]);
    check(15, &[40_000, 1, 32_767, 32_768, 5]);
}

#[test]
fn the_heap_follows_what_is_held() {
    let mut window = window(15);
    assert_eq!(window.plain.capacity(), 0);
    window.push(&[1; 100]);
    assert_eq!(window.plain.capacity(), 100);
    window.push(&[2; 10]);
    assert_eq!(window.plain.capacity(), 200);
    window.push(&[3; 50_000]);
    assert_eq!(window.plain.capacity(), 1 << 15);
    window.forget();
    assert_eq!(window.plain.capacity(), 0);
    assert_eq!(window.halves().concat(), b"");
}

#[test]
fn the_plaintext_is_not_printed() {
    let mut window = window(8);
    window.push(b"secret");
    assert_eq!(format!("{window:?}"), "Window { len: 6, bits: 8 }");
}
