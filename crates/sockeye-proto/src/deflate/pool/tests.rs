use super::{
    Decoder, Encoder, EncoderKind, MAX_DECODERS, MAX_ENCODERS, PATIENCE, POOL, State, with_scratch,
};

const TWELVE: EncoderKind = EncoderKind { window_bits: 12, level: 1 };
const TEN: EncoderKind = EncoderKind { window_bits: 10, level: 1 };

fn state(owner: u64, sequence: u64) -> State {
    State { owner, sequence }
}

/// How many encoders and decoders this thread keeps.
fn kept() -> (usize, usize) {
    POOL.with_borrow(|pool| (pool.encoders.len(), pool.decoders.len()))
}

/// Takes and parks as owner `owner` does who finds nothing of his own.
fn park(kind: EncoderKind, owner: u64) {
    Encoder::take(kind, state(owner, 0)).park(state(owner, 1));
}

#[test]
fn an_owner_finds_his_encoder_as_he_left_it() {
    for owner in 0..MAX_ENCODERS as u64 {
        park(TWELVE, owner);
    }
    for owner in 0..MAX_ENCODERS as u64 {
        let encoder = Encoder::take(TWELVE, state(owner, 1));
        assert!(encoder.is_in(state(owner, 1)), "owner {owner}");
        encoder.park(state(owner, 1));
    }
}

#[test]
fn an_encoder_that_is_behind_is_not_hot() {
    park(TWELVE, 7);
    assert!(!Encoder::take(TWELVE, state(7, 2)).is_in(state(7, 2)));
}

#[test]
fn the_encoder_used_longest_ago_is_taken_when_there_is_no_other() {
    for owner in 0..=MAX_ENCODERS as u64 {
        park(TWELVE, owner);
        assert!(kept().0 <= MAX_ENCODERS);
    }
    assert!(!Encoder::take(TWELVE, state(0, 1)).is_in(state(0, 1)));
    for owner in 2..=MAX_ENCODERS as u64 {
        assert!(Encoder::take(TWELVE, state(owner, 1)).is_in(state(owner, 1)), "owner {owner}");
    }
}

#[test]
fn an_encoder_in_nobodys_state_is_used_before_a_new_one_is_made() {
    for owner in 0..100 {
        Encoder::take(TWELVE, state(owner, 0)).park_idle();
    }
    assert_eq!(kept().0, 1);
}

#[test]
fn a_kind_that_is_new_to_a_full_pool_takes_the_place_of_the_oldest() {
    for owner in 0..MAX_ENCODERS as u64 {
        park(TWELVE, owner);
    }
    park(TEN, 100);
    assert_eq!(kept().0, MAX_ENCODERS);
    assert!(Encoder::take(TEN, state(100, 1)).is_in(state(100, 1)));
    assert!(Encoder::take(TWELVE, state(1, 1)).is_in(state(1, 1)));
}

#[test]
fn encoders_that_nobody_comes_back_for_make_room_for_another_kind() {
    for owner in 0..MAX_ENCODERS as u64 {
        park(TWELVE, owner);
    }
    for round in 0..PATIENCE + 20 {
        let owner = 100 + round % 8;
        Encoder::take(TEN, state(owner, 0)).park(state(owner, 0));
    }
    for owner in 100..108 {
        let encoder = Encoder::take(TEN, state(owner, 0));
        assert!(encoder.is_in(state(owner, 0)), "owner {owner}");
        encoder.park(state(owner, 0));
    }
    assert_eq!(kept().0, MAX_ENCODERS);
}

#[test]
fn peers_with_different_windows_do_not_keep_a_thread_making_encoders() {
    let mut made = 0;
    for round in 0..7_000 {
        let kind = EncoderKind { window_bits: 9 + (round % 7) as u8, level: 1 };
        let encoder = Encoder::take(kind, state(round % 70, 0));
        made += usize::from(encoder.parked_at == 0);
        encoder.park(state(round % 70, 0));
    }
    assert!(made <= MAX_ENCODERS, "{made}");
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
        let _encoder = Encoder::take(TWELVE, state(0, 0));
        let _decoder = Decoder::take();
        with_scratch(|inner| assert_eq!(inner.len(), outer.len()));
    });
}

#[test]
fn a_thread_that_ends_needs_no_pool() {
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            Encoder::take(TWELVE, state(0, 0)).park(state(0, 1));
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
