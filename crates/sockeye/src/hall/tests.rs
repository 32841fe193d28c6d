use std::{
    net::{IpAddr, Ipv4Addr},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use tokio::time::timeout;

use super::{Hall, Place, ROWS, Seat};

const PATIENCE: Duration = Duration::from_secs(10);
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn take(hall: &Arc<Hall>) -> Place {
    Place::try_take(hall, usize::MAX).expect("a place")
}

#[test]
fn a_socket_has_sixteen_bytes_of_it() {
    assert_eq!(size_of::<Place>(), 16);
    assert_eq!(size_of::<Option<Place>>(), 16);
    assert_eq!(size_of::<Option<Seat>>(), 16);
}

#[test]
fn a_place_is_given_back_by_the_last_who_holds_it() {
    let hall = Hall::new();
    let place = take(&hall);
    let (clone, seat) = (place.clone(), Seat::new(place.clone()));
    drop(place);
    drop(seat);
    assert_eq!(hall.places(), 1);
    assert!(Place::try_take(&hall, 1).is_none());
    drop(clone);
    assert_eq!(hall.places(), 0);
    assert!(Place::try_take(&hall, 1).is_some());
    assert_eq!(Arc::strong_count(&hall), 1, "expected that nobody is left");
}

#[test]
fn a_number_is_used_again_and_not_before_it_is_free() {
    let hall = Hall::new();
    let (first, second) = (take(&hall), take(&hall));
    let number = first.number;
    let clone = first.clone();
    drop(first);
    assert_ne!(take(&hall).number, number);
    drop(clone);
    assert_eq!(take(&hall).number, number);
    assert_ne!(second.number, number);
}

#[test]
fn an_address_is_counted_once_for_all_who_hold_a_place() {
    let hall = Hall::new();
    let place = take(&hall);
    assert!(place.count_for(HOME, 1));
    let seats: Vec<_> = (0..10).map(|_| Seat::new(place.clone())).collect();
    drop(place);
    assert!(!take(&hall).count_for(HOME, 1), "expected that the first place is counted still");
    drop(seats);
    let again = take(&hall);
    assert!(again.count_for(HOME, 1), "expected that it was given back");
    assert!(!take(&hall).count_for(HOME, 1), "expected that it was given back once");
}

#[test]
fn whoever_has_a_number_next_is_not_on_the_count_of_the_one_before() {
    let hall = Hall::new();
    let before = take(&hall);
    let number = before.number;
    assert!(before.count_for(HOME, 1));
    drop(before);
    let next = take(&hall);
    assert_eq!(next.number, number);
    let other = take(&hall);
    assert!(other.count_for(HOME, 1));
    drop(next);
    assert!(!take(&hall).count_for(HOME, 1), "expected that the other one is counted still");
}

#[test]
fn a_place_is_given_back_by_a_panic_and_by_a_future_that_is_dropped() {
    let hall = Hall::new();
    let place = take(&hall);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _held = (take(&hall), place);
        resume_unwind(Box::new(()));
    }));
    assert!(unwound.is_err());
    assert_eq!(hall.places(), 0);
    let place = take(&hall);
    let mut waiting = Box::pin(async {
        let _second = Place::take(&hall, 2).await;
        Place::take(&hall, 2).await
    });
    assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(hall.places(), 2);
    drop(waiting);
    assert_eq!(hall.places(), 1);
    drop(place);
}

#[tokio::test]
async fn whoever_waits_for_a_place_has_the_next_one_that_is_free() {
    let hall = Hall::new();
    let place = take(&hall);
    let clone = place.clone();
    let waiting = tokio::spawn({
        let hall = hall.clone();
        async move { Place::take(&hall, 1).await }
    });
    drop(place);
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished(), "expected that the clone holds it");
    drop(clone);
    let next = timeout(PATIENCE, waiting).await.expect("in time").expect("no panic");
    assert_eq!(hall.places(), 1);
    drop(next);
    timeout(PATIENCE, hall.at_most(0)).await.expect("in time");
}

/// Counts how often it is woken.
struct Bells(AtomicUsize);

impl Wake for Bells {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_seat_is_one_s_own_is_used_again_and_is_rung_once_when_the_server_leaves() {
    let hall = Hall::new();
    let bells = Arc::new(Bells(AtomicUsize::new(0)));
    let waker = Waker::from(bells.clone());
    let context = &mut Context::from_waker(&waker);
    let place = take(&hall);
    for _ in 0..1000 {
        let mut seat = Seat::new(place.clone());
        assert!(seat.poll_leaving(context).is_pending());
        let index = seat.place.seat.expect("it waits");
        assert!(usize::try_from(index.get()).expect("small") <= ROWS, "got seat {index}");
        assert_eq!(seat.place.clone().seat, None);
    }
    let mut seat = Seat::new(place);
    assert!(seat.poll_leaving(context).is_pending());
    hall.leave();
    assert_eq!(bells.0.load(Ordering::SeqCst), 1);
    assert_eq!(seat.poll_leaving(context), Poll::Ready(()));
}

const LIMIT: usize = 5;

/// Takes places, as others do, and gives them back; some by way of another thread.
fn come_and_go(hall: &Arc<Hall>, holding: &AtomicUsize, give: &mpsc::Sender<Place>) {
    for round in 0..2000 {
        let Some(place) = Place::try_take(hall, LIMIT) else { continue };
        let held = holding.fetch_add(1, Ordering::SeqCst) + 1;
        assert!(held <= LIMIT, "expected at most {LIMIT}, got {held}");
        assert!(place.count_for(HOME, LIMIT), "expected no more on the count than there are");
        let (kept, given) = (place.clone(), place.clone());
        holding.fetch_sub(1, Ordering::SeqCst);
        drop(place);
        if round % 3 == 0 {
            give.send(given).expect("open");
        }
        drop(kept);
    }
}

#[test]
fn many_threads_never_take_more_than_the_limit_and_give_all_back() {
    let (hall, holding) = (Hall::new(), AtomicUsize::new(0));
    let (give, given) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..4 {
            let (hall, holding, give) = (&hall, &holding, give.clone());
            scope.spawn(move || come_and_go(hall, holding, &give));
        }
        drop(give);
        scope.spawn(move || given.into_iter().for_each(drop));
    });
    assert_eq!(hall.places(), 0);
    assert_eq!(Arc::strong_count(&hall), 1, "expected that nobody is left");
    let places: Vec<_> = (0..LIMIT).map(|_| take(&hall)).collect();
    assert!(
        places.iter().all(|place| place.count_for(HOME, LIMIT)),
        "expected no count to be left"
    );
}
