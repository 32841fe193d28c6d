//! Asks all questions at once, within the time that all of them have.

use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};

use super::{check::Check, checks, report::Answer, server::Server, verdict::Verdict};

/// All of it, from the first connection on.
const TIME: Duration = Duration::from_secs(60);

/// What the last question is left of it.
const LAST: Duration = Duration::from_secs(11);

/// The answers, in the order of the checks. How many connections there are at once is the server's to bound.
pub(super) async fn all(
    server: &Server,
    chosen: Vec<&'static Check>,
    begun: Instant,
) -> Vec<Answer> {
    let end = begun + TIME;
    let mut asking = JoinSet::new();
    // The slow ones stand last in the table and take their places first.
    for (at, check) in chosen.iter().copied().enumerate().rev() {
        if check.name != checks::LAST {
            let server = server.clone();
            asking.spawn(async move { (at, answer(check, server, end - LAST).await) });
        }
    }
    let mut answers = Vec::new();
    while let Some(joined) = asking.join_next().await {
        answers.push(joined.expect("a check neither panics nor is cancelled"));
    }
    if let Some((at, check)) =
        chosen.iter().enumerate().find(|(_, check)| check.name == checks::LAST)
    {
        answers.push((at, answer(check, server.clone(), end).await));
    }
    answers.sort_unstable_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

async fn answer(check: &'static Check, server: Server, end: Instant) -> Answer {
    let verdict = timeout_at(end, check.ask(server)).await;
    let out_of_time =
        || format!("all checks together have {} s, and they were over", TIME.as_secs());
    let verdict = verdict.unwrap_or_else(|_| Verdict::Skipped(out_of_time()));
    Answer { check, verdict }
}
