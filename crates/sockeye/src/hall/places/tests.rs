use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use super::{FIRST, Places, ROWS, new_row, position};

#[test]
fn each_number_has_a_place_of_its_own() {
    let (mut row, mut index) = (0, 0);
    for number in FIRST..FIRST << 10 {
        assert_eq!(position(number), (row, index), "{number}");
        index += 1;
        if index == new_row(row).len() {
            (row, index) = (row + 1, 0);
        }
    }
    assert_eq!(position(u32::MAX), (ROWS - 1, (1 << 31) - 1));
}

#[test]
fn no_more_are_taken_than_the_limit_says() {
    let places = Places::new();
    assert_eq!(places.take(0), None);
    let taken: BTreeSet<_> = (0..1000).map_while(|_| places.take(500)).collect();
    assert_eq!(taken.len(), 500, "expected a number for each");
    assert_eq!(places.taken(), 500);
    assert!(places.take(501).is_some(), "expected room for another");
}

#[test]
fn a_place_is_held_until_the_last_has_let_go() {
    let places = Places::new();
    let place = places.take(1).expect("a place");
    places.hold(place);
    places.hold(place);
    assert!(!places.let_go(place));
    places.hold(place);
    assert!(!places.let_go(place));
    assert!(!places.let_go(place));
    assert!(places.let_go(place), "expected that this was the last");
    assert_eq!(places.taken(), 1, "expected that it is free when it says so");
    places.free(place);
    assert_eq!(places.taken(), 0);
}

#[test]
fn there_are_no_more_numbers_than_were_taken_at_once() {
    let places = Places::new();
    let mut taken: Vec<_> = (0..300).filter_map(|_| places.take(300)).collect();
    let numbers: BTreeSet<_> = taken.iter().copied().collect();
    for round in 0..1000 {
        // Others stay each time.
        let place = taken.swap_remove(round * 7 % 300);
        assert!(places.let_go(place));
        places.free(place);
        let place = places.take(300).expect("a place");
        assert!(numbers.contains(&place), "expected a number that was free, got {place}");
        taken.push(place);
    }
}

#[test]
fn threads_that_hold_the_same_place_agree_on_who_is_the_last() {
    const THREADS: usize = 4;
    let places = Places::new();
    for _ in 0..200 {
        let place = places.take(1).expect("a place");
        (1..THREADS).for_each(|_| places.hold(place));
        let last = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    places.hold(place);
                    let both = [places.let_go(place), places.let_go(place)];
                    last.fetch_add(both.iter().filter(|last| **last).count(), Ordering::SeqCst);
                });
            }
        });
        assert_eq!(last.into_inner(), 1);
        places.free(place);
    }
}
