//! `Speaker`: who uses a socket, in every way that there is, and keeps a record of it.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use futures_sink::Sink;
use sockeye::{CloseCode, Closed, Error, Event, Kind, Message, Receiver, Sender, WebSocket};
use tokio::time::{sleep, timeout};

use crate::{chance::Chance, line::Line};

/// How long a speaker does nothing at all, altogether: less than the other waits for an answer to its goodbye.
const IDLE_MILLIS: u64 = 2000;

/// What a speaker said, heard and came to.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) sent: Sent,
    /// The numbers of the messages; none once it listened no more.
    pub(crate) received: Vec<u32>,
    pub(crate) end: Closed,
}

/// What became of each message, by its number.
#[derive(Debug, Default)]
pub(crate) struct Sent(Vec<Fate>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Refused,
    /// The future was dropped, or failed.
    Unknown,
    Queued,
    Left,
}

impl Sent {
    /// The next number.
    fn begin(&mut self) -> u32 {
        self.0.push(Fate::Unknown);
        u32::try_from(self.0.len() - 1).expect("few")
    }

    fn settle(&mut self, fate: Fate) {
        *self.0.last_mut().expect("begun") = fate;
    }

    /// All that was queued has left.
    fn all_left(&mut self) {
        for fate in &mut self.0 {
            if *fate == Fate::Queued {
                *fate = Fate::Left;
            }
        }
    }

    /// Whether this can be what the other side received, and all of it if it came to a clean end.
    pub(crate) fn check(&self, received: &[u32], clean: bool) {
        let mut received = received.iter().copied().peekable();
        let mut last = None;
        for (number, fate) in (0..).zip(&self.0) {
            let arrived = received.next_if_eq(&number).is_some();
            let more = received.peek().is_some();
            match fate {
                Fate::Refused => assert!(!arrived, "{number} was not sent, and arrived"),
                Fate::Unknown => {}
                Fate::Queued => assert!(arrived || !more, "{number} is missing before others"),
                Fate::Left => {
                    assert!(arrived || !(more || clean), "{number} has left, and is missing");
                }
            }
            last = Some(number);
        }
        assert_eq!(received.next(), None, "after {last:?}: twice, or out of order");
    }
}

fn message(number: u32) -> Message {
    let mut chance = Chance::new(number.into());
    let filling = char::from_u32(97 + number % 26).expect("a letter").to_string();
    let text = format!("{number} {}", filling.repeat(chance.len(5000)));
    if chance.in_hundred(50) { text.into() } else { text.into_bytes().into() }
}

/// The number of a message that arrived whole.
fn verify(got: &Message) -> u32 {
    let digits = got.as_bytes().split(|byte| *byte == b' ').next().unwrap_or_default();
    let number = str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    let number = number.unwrap_or_else(|| panic!("expected a number first, got {got:?}"));
    assert_eq!(*got, message(number), "message {number} is not whole");
    number
}

pub(crate) struct Speaker {
    chance: Chance,
    idle_millis: u64,
    sent: Sent,
    received: Vec<u32>,
}

impl Speaker {
    pub(crate) fn new(chance: Chance) -> Self {
        Self { chance, idle_millis: IDLE_MILLIS, sent: Sent::default(), received: Vec::new() }
    }

    pub(crate) async fn speak(mut self, mut ws: WebSocket<Line>) -> Record {
        for _ in 0..self.chance.below(60) {
            if self.chance.in_hundred(10) {
                ws = self.speak_in_halves(ws).await;
            }
            if self.act(&mut ws).await.is_err() {
                break;
            }
        }
        self.end(&mut ws).await;
        let end = ws.closed().expect("an ending").clone();
        // It has one ending, whatever is asked of it now.
        assert!(ws.send("late").await.is_err());
        let again = ws.recv().await;
        assert_eq!(again.is_ok(), matches!(end, Closed::Clean { .. }), "{again:?} after {end:?}");
        assert_eq!(ws.closed(), Some(&end));
        Record { sent: self.sent, received: self.received, end }
    }

    /// Polls a future a few times, and drops it if it is not ready by then.
    async fn dabble<T>(&mut self, future: impl Future<Output = T>) -> Option<T> {
        let mut polls = 1 + self.chance.len(20);
        let mut future = pin!(future);
        let few = poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending if polls == 1 => Poll::Ready(None),
            Poll::Pending => {
                polls -= 1;
                Poll::Pending
            }
        });
        timeout(Duration::from_millis(10), few).await.ok().flatten()
    }

    async fn act(&mut self, ws: &mut WebSocket<Line>) -> Result<(), Error> {
        match self.chance.below(14) {
            0 | 1 => self.send(ws).await,
            2 | 3 => self.feed(ws).await,
            4 => {
                let number = self.sent.begin();
                let sent = ws.try_send(message(number));
                self.sent.settle(if sent.is_ok() { Fate::Queued } else { Fate::Refused });
                Ok(())
            }
            5 => match self.dabble(ws.flush()).await {
                Some(flushed) => flushed.map(|()| self.sent.all_left()),
                None => Ok(()),
            },
            6 => {
                let message = self.dabble(ws.recv()).await;
                self.note(message)
            }
            7 => {
                let lent = ws.recv_with(|message, _| message.into_owned());
                let message = self.dabble(lent).await;
                self.note(message)
            }
            8 => match self.dabble(ws.recv_event()).await {
                Some(Ok(Some(Event::Message(message)))) => self.note(Some(Ok(Some(message)))),
                Some(Err(error)) => Err(error),
                _ => Ok(()),
            },
            9 => self.dabble(ws.ping(b"?")).await.unwrap_or(Ok(())),
            10 => self.send_parts(ws).await,
            11 => self.recv_parts(ws).await,
            12 => self.push(ws).await,
            _ => {
                let millis = self.chance.below(self.idle_millis + 1);
                self.idle_millis -= millis;
                sleep(Duration::from_millis(millis)).await;
                Ok(())
            }
        }
    }

    async fn send(&mut self, ws: &mut WebSocket<Line>) -> Result<(), Error> {
        let number = self.sent.begin();
        match self.dabble(ws.send(message(number))).await {
            Some(sent) => {
                sent?;
                self.sent.settle(Fate::Queued);
                self.sent.all_left();
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn feed(&mut self, ws: &mut WebSocket<Line>) -> Result<(), Error> {
        let number = self.sent.begin();
        match self.dabble(ws.feed(message(number))).await {
            Some(fed) => fed.map(|()| self.sent.settle(Fate::Queued)),
            None => Ok(()),
        }
    }

    /// By `Sink`.
    async fn push(&mut self, ws: &mut WebSocket<Line>) -> Result<(), Error> {
        let ready = poll_fn(|context| Sink::<Message>::poll_ready(Pin::new(ws), context));
        let Some(ready) = self.dabble(ready).await else { return Ok(()) };
        ready?;
        let number = self.sent.begin();
        Pin::new(ws).start_send(message(number))?;
        self.sent.settle(Fate::Queued);
        Ok(())
    }

    async fn send_parts(&mut self, ws: &mut WebSocket<Line>) -> Result<(), Error> {
        let number = self.sent.begin();
        let message = message(number);
        let Some(writer) = self.dabble(ws.send_parts(message.kind())).await else { return Ok(()) };
        let mut writer = writer?;
        let mut patience = 100;
        for part in message.as_bytes().chunks(1 + self.chance.len(2000)) {
            // A try that is dropped has queued all of the part or nothing; it is of no use to wait for one that does
            // not listen itself.
            while self.dabble(writer.write(part)).await.transpose()?.is_none() {
                patience -= 1;
                if patience == 0 {
                    return Ok(());
                }
            }
        }
        if self.dabble(writer.finish()).await.transpose()?.is_some() {
            self.sent.settle(Fate::Queued);
            self.sent.all_left();
        }
        Ok(())
    }

    async fn recv_parts(&mut self, ws: &mut WebSocket<Line>) -> Result<(), Error> {
        let Some(opened) = self.dabble(ws.recv_parts()).await else { return Ok(()) };
        let Some(mut reader) = opened? else { return Ok(()) };
        let mut bytes = Vec::new();
        loop {
            match self.dabble(reader.chunk()).await.transpose()? {
                Some(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Some(None) => break,
                None => {}
            }
        }
        let message = match reader.kind() {
            Kind::Text => String::from_utf8(bytes).expect("checked").into(),
            Kind::Binary => Message::from(bytes),
        };
        self.note(Some(Ok(Some(message))))
    }

    fn note(&mut self, got: Option<Result<Option<Message>, Error>>) -> Result<(), Error> {
        if let Some(message) = got.transpose()?.flatten() {
            self.received.push(verify(&message));
        }
        Ok(())
    }

    /// Sends by one half and receives by the other at once.
    async fn speak_in_halves(&mut self, ws: WebSocket<Line>) -> WebSocket<Line> {
        let (receiver, sender) = ws.split();
        let mut listener = Self::new(self.chance.fork());
        let times = self.chance.below(20);
        let (sender, receiver) =
            tokio::join!(self.send_by(sender, times), listener.receive_by(receiver, times));
        self.received.append(&mut listener.received);
        receiver.reunite(sender).expect("the two halves")
    }

    async fn send_by(&mut self, sender: Sender<Line>, times: u64) -> Sender<Line> {
        for _ in 0..times {
            let number = self.sent.begin();
            match self.dabble(sender.send(message(number))).await {
                Some(Ok(())) => {
                    self.sent.settle(Fate::Queued);
                    self.sent.all_left();
                }
                Some(Err(_)) => break,
                None => {}
            }
        }
        sender
    }

    async fn receive_by(&mut self, mut receiver: Receiver<Line>, times: u64) -> Receiver<Line> {
        for _ in 0..times {
            let got = self.dabble(receiver.recv()).await;
            if self.note(got).is_err() {
                break;
            }
        }
        receiver
    }

    /// Comes to an end, by a goodbye of ours unless the other one is quicker.
    async fn end(&mut self, ws: &mut WebSocket<Line>) {
        let patience = Duration::from_millis(self.chance.below(200_000));
        if timeout(patience, self.listen(ws)).await.is_err() {
            ws.start_close(CloseCode::NORMAL);
            self.listen(ws).await;
        }
    }

    async fn listen(&mut self, ws: &mut WebSocket<Line>) {
        while let Ok(Some(message)) = ws.recv().await {
            self.received.push(verify(&message));
        }
    }
}
