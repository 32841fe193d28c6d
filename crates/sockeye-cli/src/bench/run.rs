//! A run, from the look at the server to the last figure.

use std::{sync::Arc, time::Instant};

use tokio::{runtime, sync::watch};

use super::{
    crew::Crew,
    cycle::Cycle,
    door::{self, Door},
    fanout::Fan,
    figures::Figures,
    payload,
    plan::{Plan, STAMP_BYTES, Work},
    station::Job,
};
use crate::failure::Failure;

/// Measures.
pub(super) fn run(plan: Plan) -> Result<Figures, Failure> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::unusable(format_args!("cannot start: {error}")))?;
    runtime.block_on(async {
        let stop = stop_signal();
        let mut interrupted = stop.clone();
        let door = tokio::select! {
            door = Door::find(&plan) => door?,
            _ = interrupted.wait_for(|stop| *stop) => return Err(Failure::failed("interrupted")),
        };
        let job = Arc::new(job(plan, door)?);
        let mut crew = Crew::start(job.clone(), stop)?;
        let figures = match job.plan.work {
            Work::Idle { .. } => crew.hold().await,
            _ => crew.load().await,
        };
        crew.leave();
        figures
    })
}

/// Turns true when somebody wants an end.
fn stop_signal() -> watch::Receiver<bool> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        // Where there is no such signal, nobody stops it so.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        stop.send_replace(true);
        stop.closed().await;
    });
    stopped
}

fn job(plan: Plan, door: Door) -> Result<Job, Failure> {
    let message = plan.message;
    let (room, publishers) = match plan.work {
        Work::Fanout { publishers, .. } => (STAMP_BYTES, publishers),
        _ => (0, 0),
    };
    let messages = (0..plan.cycle_len() as u64)
        .map(|number| payload::make_behind(room, message.content, message.len, number));
    let seed = door::random().map_err(Failure::unusable)?;
    let cycle = Cycle::new(message.kind, messages.collect(), door.deflate(), door.config(), seed);
    let fan = Fan::new(publishers);
    Ok(Job { plan, door, cycle, fan, epoch: Instant::now() })
}
