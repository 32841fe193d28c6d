use super::{Decoder, Encoder, EncoderKind, MAX_DECODERS, MAX_ENCODERS, POOL, State, with_scratch};

const TWELVE: EncoderKind = EncoderKind { window_bits: 12, level: 1 };

fn state(owner: u64, sequence: u64) -> State {
    State { owner, sequence }
}

/// How many encoders and decoders this thread keeps.
fn kept() -> (usize, usize) {
    POOL.with_borrow(|pool| (pool.encoders.len(), pool.decoders.len()))
}

fn park(owner: u64) {
    Encoder::new(TWELVE, owner, [b"", b""]).park(state(owner, 1));
}

/// Whether the owner finds his encoder; leaves it where it is.
fn finds(owner: u64) -> bool {
    Encoder::resume(state(owner, 1)).map(|encoder| encoder.park(state(owner, 1))).is_some()
}

#[test]
fn an_owner_finds_his_encoder_as_he_left_it() {
    (0..MAX_ENCODERS as u64).for_each(park);
    for owner in 0..MAX_ENCODERS as u64 {
        assert!(finds(owner), "owner {owner}");
    }
}

#[test]
fn an_encoder_that_is_behind_is_not_found() {
    park(7);
    assert!(Encoder::resume(state(7, 2)).is_none());
    assert!(Encoder::resume(state(8, 1)).is_none());
}

#[test]
fn the_encoder_used_longest_ago_makes_room() {
    (0..MAX_ENCODERS as u64).for_each(park);
    assert!(finds(0));
    park(100);
    assert_eq!(kept().0, MAX_ENCODERS);
    assert!(finds(0) && !finds(1) && finds(2) && finds(100));
}

#[test]
fn an_owner_has_one_encoder_however_often_he_starts_anew() {
    for _ in 0..3 {
        park(7);
        Encoder::new(TWELVE, 8, [b"", b""]).abandon();
    }
    assert_eq!(kept().0, 2);
    assert!(finds(7));
}

#[test]
fn what_nobody_will_ask_for_is_taken_before_what_somebody_may() {
    (1..MAX_ENCODERS as u64).for_each(park);
    Encoder::new(TWELVE, 100, [b"", b""]).abandon();
    for _ in 0..3 {
        Encoder::once(TWELVE).abandon();
        assert!((1..MAX_ENCODERS as u64).all(finds));
    }
    assert_eq!(kept().0, MAX_ENCODERS);
}

#[test]
fn decoders_go_back_when_dropped_and_few_are_kept() {
    let taken: Vec<_> = (0..3 * MAX_DECODERS).map(|_| Decoder::take()).collect();
    assert_eq!(kept().1, 0);
    drop(taken);
    assert_eq!(kept().1, MAX_DECODERS);
    let one = Decoder::take();
    assert_eq!(kept().1, MAX_DECODERS - 1);
    drop(one);
    assert_eq!(kept().1, MAX_DECODERS);
}

#[test]
fn the_pool_can_be_used_while_anything_of_it_is_lent() {
    with_scratch(|outer| {
        let _encoder = Encoder::resume(state(0, 0));
        let _decoder = Decoder::take();
        with_scratch(|inner| assert_eq!(inner.len(), outer.len()));
    });
}

#[test]
fn a_thread_that_ends_needs_no_pool() {
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            park(0);
            drop(Decoder::take());
            with_scratch(|scratch| scratch.fill(1));
        }
    }
    thread_local!(static LATE: Late = const { Late });
    // Destructors run in the reverse order of first use on some platforms and in order on others.
    for pool_first in [true, false] {
        let ended = std::thread::scope(|scope| {
            let work = move || {
                if pool_first {
                    drop(Decoder::take());
                }
                LATE.with(|_| ());
                drop(Decoder::take());
            };
            scope.spawn(work).join()
        });
        assert!(ended.is_ok());
    }
}
