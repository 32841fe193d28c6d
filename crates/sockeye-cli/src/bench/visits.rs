//! `Visits`: connections that are opened, perhaps used, and closed, one after the other.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Poll, ready},
    time::Instant,
};

use tokio::time::timeout;

use super::{
    alarm::sleep_until,
    door::PATIENCE,
    echo::Echo,
    pace::{Next, Pace},
    plan::Work,
    socket::Socket,
    station::{Stage, Station},
    trouble::Trouble,
};

/// So many in a row that fail, and whoever makes them gives up: the server is gone, or will have none of us.
const FAILURES: u32 = 16;

/// Makes visits until all is measured. `slot` is one of the plan's connections.
pub(super) async fn run(slot: usize, station: Arc<Station>) {
    let (plan, start) = (&station.job.plan, Instant::now());
    let pace = match plan.work.rate() {
        Some(rate) => Pace::open(rate, plan.connections, slot, 1, start),
        None => Pace::closed(1, start),
    };
    let (mut begun, mut failures) = (0, 0);
    while failures < FAILURES {
        if let Next::At(at) = pace.next(Instant::now(), begun, begun) {
            sleep_until(&station.alarm, at).await;
        }
        if station.desk().stage == Stage::Ending {
            return;
        }
        let due = if plan.work.rate().is_some() { pace.due(begun) } else { Instant::now() };
        begun += 1;
        let number = slot + begun as usize * plan.connections;
        match visit(due, number, &station).await {
            Ok(()) => failures = 0,
            Err(trouble) => {
                failures += 1;
                station.desk().record.lost(&trouble);
            }
        }
    }
}

async fn visit(due: Instant, number: usize, station: &Station) -> Result<(), Trouble> {
    station.desk().record.sent += 1;
    let mut socket = station.job.door.open(number).await?;
    let opened = Instant::now();
    let use_and_close = async {
        if let Work::Churn { depth, .. } = station.job.plan.work {
            echo(&mut socket, depth, station).await?;
        }
        station.close(&mut socket).await
    };
    timeout(PATIENCE, use_and_close).await.unwrap_or(Err(Trouble::Silence(PATIENCE)))?;
    let end = match station.job.plan.work {
        Work::Handshake { .. } => opened,
        _ => Instant::now(),
    };
    station.desk().record.answered(due, end, 1);
    Ok(())
}

/// Has messages sent back; they do not count for themselves.
async fn echo(socket: &mut Socket, depth: usize, station: &Station) -> Result<(), Trouble> {
    let now = Instant::now();
    let mut echo = Echo::new(Pace::closed(depth, now), now);
    poll_fn(|context| {
        let mut desk = station.desk();
        while echo.answered() < depth as u64 {
            ready!(echo.poll_exchange(socket, station, &mut desk, context))?;
        }
        Poll::Ready(Ok(()))
    })
    .await
}
