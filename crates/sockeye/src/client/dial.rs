//! Opens TCP connections: every address of a name, in the manner of happy eyeballs (RFC 8305).

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    net::{TcpStream, lookup_host},
    time::{Sleep, sleep},
};

use super::{ConnectError, url::bracketed};

/// How much of a start an address has before the next one is tried as well (RFC 8305 5).
const STAGGER: Duration = Duration::from_millis(250);

/// More addresses than this are not tried: a name server must not make us knock on a thousand doors.
const MAX_ADDRESSES: usize = 32;

/// The first connection that any address of a host gives.
pub(super) async fn dial(host: &str, port: u16) -> Result<TcpStream, ConnectError> {
    let at = || format!("{}:{port}", bracketed(host));
    let lookup = lookup_host((host, port)).await;
    let addresses: Vec<_> = match lookup {
        Ok(addresses) => addresses.collect(),
        Err(error) => return Err(ConnectError::Resolve { host: host.to_owned(), error }),
    };
    let stream = race(interleave(addresses), TcpStream::connect).await;
    let stream = stream.map_err(|error| ConnectError::Dial { to: at(), error })?;
    // A WebSocket decides by itself which bytes leave together.
    stream.set_nodelay(true).map_err(|error| ConnectError::Dial { to: at(), error })?;
    Ok(stream)
}

/// Takes turns between the families, beginning with the one that the resolver prefers (RFC 8305 4).
fn interleave(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let v6_first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == v6_first);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = VecDeque::new();
    while turns.len() < MAX_ADDRESSES {
        let before = turns.len();
        turns.extend(first.next());
        turns.extend(second.next());
        if turns.len() == before {
            break;
        }
    }
    turns
}

/// The first that connects; the others are dropped. Fails with the first failure once all have failed.
async fn race<A, T, F: Future<Output = io::Result<T>>>(
    addresses: VecDeque<A>,
    connect: impl Fn(A) -> F,
) -> io::Result<T> {
    let mut race = Race { waiting: addresses, running: Vec::new(), stagger: None, failure: None };
    poll_fn(|context| race.poll(context, &connect)).await
}

struct Race<A, F> {
    waiting: VecDeque<A>,
    running: Vec<Pin<Box<F>>>,
    /// Until it is over, the last one that was started has the field for itself.
    stagger: Option<Pin<Box<Sleep>>>,
    failure: Option<io::Error>,
}

impl<A, T, F: Future<Output = io::Result<T>>> Race<A, F> {
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        connect: &impl Fn(A) -> F,
    ) -> Poll<io::Result<T>> {
        loop {
            let before = self.running.len();
            if let Some(winner) = self.poll_running(context) {
                return Poll::Ready(Ok(winner));
            }
            let lost_one = self.running.len() < before;
            let is_due = lost_one || self.running.is_empty() || self.is_stagger_over(context);
            match self.waiting.pop_front() {
                Some(next) if is_due => {
                    self.running.push(Box::pin(connect(next)));
                    self.stagger = Some(Box::pin(sleep(STAGGER)));
                }
                Some(next) => {
                    self.waiting.push_front(next);
                    return Poll::Pending;
                }
                None if self.running.is_empty() => {
                    let none =
                        || io::Error::new(io::ErrorKind::NotFound, "expected an address, got none");
                    return Poll::Ready(Err(self.failure.take().unwrap_or_else(none)));
                }
                None => return Poll::Pending,
            }
        }
    }

    fn poll_running(&mut self, context: &mut Context<'_>) -> Option<T> {
        let mut winner = None;
        let failure = &mut self.failure;
        self.running.retain_mut(|running| match running.as_mut().poll(context) {
            Poll::Pending => true,
            Poll::Ready(Ok(connected)) => {
                winner = Some(connected);
                false
            }
            Poll::Ready(Err(error)) => {
                failure.get_or_insert(error);
                false
            }
        });
        winner
    }

    fn is_stagger_over(&mut self, context: &mut Context<'_>) -> bool {
        self.stagger.as_mut().is_none_or(|stagger| stagger.as_mut().poll(context).is_ready())
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, future::pending};

    use tokio::time::Instant;

    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().expect("an address")).collect()
    }

    #[test]
    fn families_take_turns_and_the_preferred_one_begins() {
        let given = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"]);
        let expected = addresses(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]);
        assert_eq!(interleave(given), expected);
        let given = addresses(&["1.1.1.1:1", "2.2.2.2:1", "[::1]:1"]);
        let expected = addresses(&["1.1.1.1:1", "[::1]:1", "2.2.2.2:1"]);
        assert_eq!(interleave(given), expected);
        assert!(interleave(Vec::new()).is_empty());
    }

    #[test]
    fn a_thousand_addresses_are_not_all_tried() {
        let many = (1..=1000).map(|port| SocketAddr::from(([127, 0, 0, 1], port))).collect();
        assert_eq!(interleave(many).len(), MAX_ADDRESSES);
    }

    /// What an address of a test does when it is dialled.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Door {
        Hangs,
        Refuses,
        Opens,
        /// After so many milliseconds.
        OpensAfter(u64),
    }

    async fn knock(door: Door) -> io::Result<Door> {
        match door {
            Door::Hangs => pending().await,
            Door::Refuses => Err(io::ErrorKind::ConnectionRefused.into()),
            Door::Opens => Ok(door),
            Door::OpensAfter(millis) => {
                sleep(Duration::from_millis(millis)).await;
                Ok(door)
            }
        }
    }

    async fn check(doors: &[Door], winner: Option<Door>, millis: u64, tried: usize) {
        let (start, seen) = (Instant::now(), RefCell::new(0));
        let outcome = race(doors.iter().copied().collect(), |door| {
            *seen.borrow_mut() += 1;
            knock(door)
        })
        .await;
        assert_eq!(outcome.ok(), winner, "{doors:?}");
        let took = u64::try_from(start.elapsed().as_millis()).expect("short");
        // Timers of tokio are exact to a millisecond.
        assert!((millis..=millis + 2).contains(&took), "{doors:?} took {took} ms");
        assert_eq!(seen.into_inner(), tried, "{doors:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_address_that_connects_wins() {
        use Door::{Hangs, Opens, OpensAfter, Refuses};
        check(&[Opens, Hangs], Some(Opens), 0, 1).await;
        check(&[Hangs, Opens], Some(Opens), 250, 2).await;
        check(&[Hangs, Hangs, Opens], Some(Opens), 500, 3).await;
        check(&[Refuses, Refuses, Opens], Some(Opens), 0, 3).await;
        check(&[OpensAfter(300), OpensAfter(400)], Some(OpensAfter(300)), 300, 2).await;
        check(&[OpensAfter(600), OpensAfter(100)], Some(OpensAfter(100)), 350, 2).await;
        check(&[Refuses, Refuses], None, 0, 2).await;
        check(&[], None, 0, 0).await;
    }
}
