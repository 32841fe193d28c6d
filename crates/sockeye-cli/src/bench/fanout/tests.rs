use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Wake},
};

use super::Fan;

/// Counts how often it was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_publisher_is_woken_when_everyone_has_all_of_it() {
    let (woken, fan) = (Arc::new(Woken::default()), Fan::new(2));
    let waker = Arc::clone(&woken).into();
    let context = Context::from_waker(&waker);
    fan.begin(3);
    assert!(fan.has_arrived(0, &context) && fan.has_arrived(1, &context));
    fan.published(0, 2);
    assert!(!fan.has_arrived(0, &context));
    assert!(fan.has_arrived(1, &context), "it published nothing");
    for count in [2, 2, 1] {
        fan.delivered(0, count);
        assert_eq!(woken.0.load(Ordering::SeqCst), 0);
    }
    fan.delivered(0, 1);
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert!(fan.has_arrived(0, &context));
}

#[test]
fn what_a_lost_connection_had_not_received_is_not_waited_for() {
    let (woken, fan) = (Arc::new(Woken::default()), Fan::new(1));
    let waker = Arc::clone(&woken).into();
    let context = Context::from_waker(&waker);
    fan.begin(2);
    fan.published(0, 5);
    assert!(!fan.has_arrived(0, &context));
    fan.delivered(0, 5);
    fan.delivered(0, 3);
    fan.lost(&[3]);
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    fan.published(0, 1);
    fan.delivered(0, 1);
    assert!(fan.has_arrived(0, &context), "one is left to receive");
}
