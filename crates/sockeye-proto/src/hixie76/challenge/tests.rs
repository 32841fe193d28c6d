use super::{super::generator::Generator, Challenge, KeyFault, RANDOM_BYTES, answer, part};

#[test]
fn the_examples_of_the_draft_are_answered() {
    let examples: [([(&str, u32); 2], _, _); 3] = [
        (
            [("4 @1  46546xW%0l 1 5", 829_309_203), ("12998 5 Y3 1  .P00", 259_970_620)],
            b"^n:ds[4U",
            b"8jKS'y:G*Co,Wxa-",
        ),
        (
            [
                ("18x 6]8vM;54 *(5:  {   U1]8  z [  8", 155_712_099),
                ("1_ tx7X d  <  nw  334J702) 7]o}` 0", 173_347_027),
            ],
            b"Tm[K T2u",
            b"fQJ,fN/4F4!~K~MH",
        ),
        (
            [("3e6b263  4 17 80", 906_585_445), ("17  9 G`ZD9   2 2b 7X 3 /r90", 179_922_739)],
            b"WjN}|M(6",
            b"n`9eBk9z$R8pOtVb",
        ),
    ];
    for (keys, key3, expected) in examples {
        for (key, number) in keys {
            assert_eq!(part(key.as_bytes()), Ok(number), "{key}");
        }
        assert_eq!(&answer(keys.map(|(_, number)| number), *key3), expected);
    }
}

#[test]
fn a_key_without_a_number_is_refused_and_nothing_is_divided_by_zero() {
    let cases: [(&str, Result<u32, KeyFault>); 14] = [
        ("", Err(KeyFault::NoDigit)),
        ("   ", Err(KeyFault::NoDigit)),
        ("no digit", Err(KeyFault::NoDigit)),
        ("0", Err(KeyFault::NoSpace)),
        ("12345", Err(KeyFault::NoSpace)),
        ("1\t2\u{a0}3", Err(KeyFault::NoSpace)),
        ("1 0 1", Err(KeyFault::NotDivisible { number: 101, spaces: 2 })),
        ("0 ", Ok(0)),
        ("4294967295 ", Ok(u32::MAX)),
        ("42949 67296", Err(KeyFault::PartOver32Bits { part: 1 << 32 })),
        ("8589934590  ", Ok(u32::MAX)),
        ("18446744073709551615 ", Err(KeyFault::PartOver32Bits { part: u64::MAX })),
        ("18446744073709551616 ", Err(KeyFault::NumberOver64Bits)),
        ("99999999999999999999999999999999 ", Err(KeyFault::NumberOver64Bits)),
    ];
    for (key, expected) in cases {
        assert_eq!(part(key.as_bytes()), expected, "{key:?}");
    }
    let zeros = "0".repeat(16_384) + "10 0 0";
    assert_eq!(part(zeros.as_bytes()), Ok(500), "leading zeros are no overflow");
    assert_eq!(part(&[0xff, b'6', 0x80, b' ', b' ']), Ok(3), "other bytes are noise");
}

#[test]
fn the_keys_of_a_client_hide_what_they_must_and_end_in_no_space() {
    let mut generator = Generator(76);
    let drawn = std::iter::repeat_with(|| generator.bytes::<RANDOM_BYTES>());
    for random in drawn.take(500).chain([[0; RANDOM_BYTES], [255; RANDOM_BYTES]]) {
        let challenge = Challenge::new(&random);
        let parts = challenge.keys.each_ref().map(|key| part(key.as_bytes()).unwrap());
        assert_eq!(answer(parts, challenge.key3), challenge.answer);
        for key in &challenge.keys {
            let count = |is: fn(&char) -> bool| key.chars().filter(is).count();
            assert!((1..=12).contains(&count(|&char| char == ' ')), "{key}");
            assert!(
                (1..=12).contains(&count(|char| matches!(char, '!'..='/' | ':'..='~'))),
                "{key}"
            );
            assert_eq!(count(|char| !matches!(char, ' '..='~')), 0, "{key}");
            assert_eq!(key.trim(), key);
            let digits: String = key.chars().filter(char::is_ascii_digit).collect();
            assert!(digits.parse::<u32>().is_ok(), "number times spaces stays below 2^32: {key}");
        }
    }
}

#[test]
fn other_randomness_gives_other_keys() {
    let mut random = [7; RANDOM_BYTES];
    let challenge = Challenge::new(&random);
    random[RANDOM_BYTES - 40] ^= 1;
    let other = Challenge::new(&random);
    assert_eq!((challenge.key3, &challenge.keys[0]), (other.key3, &other.keys[0]));
    assert_ne!(challenge.keys[1], other.keys[1]);
    assert_ne!(challenge.answer, other.answer);
}
