//! Two sockets on a line that misbehaves, driven by chance: futures dropped anywhere, reads and writes of any size,
//! the clock running on, the line cut. What holds all the same: messages arrive once, whole and in order; what was said
//! to have left arrives unless the line is cut; and each socket has exactly one ending, in bounded time.
//!
//! A failure prints the command that plays it again.
#![cfg(all(feature = "client", feature = "server"))]

mod chance;
mod line;
mod speaker;

use std::{env, panic, sync::Arc, time::Duration};

use chance::Chance;
use line::line;
use sockeye::{Closed, Config, DeflateParams, Limits, Negotiated, WebSocket};
use speaker::Speaker;

/// How many lives are played unless `SOCKEYE_SEEDS` says otherwise.
const SEEDS: u64 = 2000;

/// All that a life may take, on a clock that runs on whenever nobody has anything to do.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: {text}")))
}

#[test]
fn messages_arrive_once_whole_and_in_order_whatever_happens() {
    if let Some(seed) = number("SOCKEYE_SEED") {
        return live(seed);
    }
    for seed in 0..number("SOCKEYE_SEEDS").unwrap_or(SEEDS) {
        if let Err(panicked) = panic::catch_unwind(|| live(seed)) {
            eprintln!(
                "play it again: SOCKEYE_SEED={seed} cargo test --package sockeye --all-features --test chaos"
            );
            panic::resume_unwind(panicked);
        }
    }
}

/// One connection from its opening to its end.
fn live(seed: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let life = tokio::time::timeout(LONGEST_LIFE, connection(Chance::new(seed)));
        life.await.expect("an end in time");
    });
}

async fn connection(mut chance: Chance) {
    let (near, far, cut) = line(&mut chance);
    let config = Arc::new(config(&mut chance));
    let mut negotiated = Negotiated::default();
    negotiated.deflate = chance.in_hundred(50).then(DeflateParams::default);
    let client = WebSocket::client(near, config.clone(), negotiated.clone(), &[]);
    let server = WebSocket::server(far, config, negotiated, &[]);
    let (one, other) = (Speaker::new(chance.fork()), Speaker::new(chance.fork()));
    let cutting = async {
        if chance.in_hundred(30) {
            tokio::time::sleep(Duration::from_millis(chance.below(100_000))).await;
            cut.cut();
        }
    };
    let (client, server, ()) = tokio::join!(one.speak(client), other.speak(server), cutting);
    client.sent.check(&server.received, whole(&server.end));
    server.sent.check(&client.received, whole(&client.end));
    if !cut.is_cut() {
        for end in [&client.end, &server.end] {
            assert!(
                matches!(end, Closed::Clean { .. } | Closed::Abandoned),
                "{client:?}\n{server:?}"
            );
        }
    }
}

/// Whether all that was said to have left must have arrived.
fn whole(end: &Closed) -> bool {
    matches!(end, Closed::Clean { .. })
}

fn config(chance: &mut Chance) -> Config {
    let output = usize::try_from(chance.between(200, 5000)).expect("small");
    Config::default().limits(Limits::default().output_bytes(output))
}
