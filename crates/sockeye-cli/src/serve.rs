//! `sockeye serve`: the library's server with pages and WebSockets for trying things out.

mod options;
mod places;
#[cfg(unix)]
mod local;
#[cfg(not(unix))]
#[path = "serve/no_local.rs"]
mod local;
mod certificates;
#[cfg(target_os = "linux")]
mod engine;
#[cfg(not(target_os = "linux"))]
#[path = "serve/no_engine.rs"]
mod engine;

mod route;
mod sockets;
mod broadcast;
mod visit;
mod site;
mod page;
mod files;

mod shared;
mod metrics;
mod log;
mod moment;
#[cfg(unix)]
mod signals;
#[cfg(not(unix))]
#[path = "serve/no_signals.rs"]
mod signals;

use std::{future, io, sync::Arc, time::Duration};

use sockeye::Server;
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
};

pub(crate) use options::Options;

use self::{
    files::Files,
    log::Value,
    places::Places,
    route::Route,
    shared::Shared,
    signals::{Hangup, Signals},
    site::Site,
};
use crate::failure::Failure;

/// Threads that read files, as many as all who ask at once may have.
const FILE_THREADS: usize = 32;

/// What those may take who were told that the server leaves.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Serves until it is told to stop.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let shared = Arc::new(Shared::new(options).map_err(cannot_start)?);
    let runtime = runtime(&options.places).map_err(cannot_start)?;
    let served = runtime.block_on(serve(options, &shared));
    // Connections that did not end in time are not waited for.
    runtime.shutdown_background();
    shared.log.finish();
    served
}

/// One thread needs none of what several need to share their work, and is enough where engines do it.
fn runtime(places: &options::Places) -> io::Result<Runtime> {
    let idle = places.engine.has_threads() && !local::Local::are_wanted(places);
    let mut builder = match places.threads {
        Some(1) => Builder::new_current_thread(),
        _ if idle => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if let Some(threads) = places.threads {
        builder.worker_threads(threads.into());
    }
    builder.max_blocking_threads(FILE_THREADS).enable_all().build()
}

async fn serve(options: &Options, shared: &Arc<Shared>) -> Result<(), Failure> {
    let files = options.welcome.dir.as_deref().map(Files::open).transpose()?;
    let places = Places::open(options).await?;
    let site = Site::new(shared.clone(), files);
    let (leaving, left) = oneshot::channel();
    let reloading = reloading(&places, shared);
    let serving = serve_and_leave(options, &places, &site, shared, leaving);
    tokio::select! {
        served = serving => served,
        () = another(left) => Err(Failure::failed("told to stop again before every connection had ended")),
        error = reloading => Err(cannot_start(error)),
    }
}

fn cannot_start(error: io::Error) -> Failure {
    Failure::unusable(format_args!("cannot start: {error}"))
}

/// Serves until a signal comes. From then on until the last connection has ended, whoever comes is told so.
async fn serve_and_leave(
    options: &Options,
    places: &Places,
    site: &Site,
    shared: &Arc<Shared>,
    leaving: oneshot::Sender<Signals>,
) -> Result<(), Failure> {
    let mut signals = Signals::new().map_err(cannot_start)?;
    let server = door(options, places, site).map_err(cannot_start)?;
    let threads = options.places.threads;
    let mut server = options.places.engine.run(server, threads).map_err(cannot_start)?;
    for route in Route::ALL {
        let let_in = sockets::let_in(route, shared.clone(), options.server_options());
        server = server.upgrade(route.path(), let_in);
    }
    places.announce();
    let (tell, told) = oneshot::channel::<()>();
    let stop = async {
        signals.stop().await;
        shared.leave();
        drop(tell);
        let _ = leaving.send(signals);
        // Behind a goodbye nothing can be said any more.
        let _ = tokio::time::timeout(LAST_ANSWERS, shared.room.flush()).await;
    };
    let (end, ended) = oneshot::channel::<()>();
    let serving = async {
        let served = server.run(stop).await;
        drop(end);
        served
    };
    let turning_away = async {
        drop(told.await);
        if let Ok(door) = door(options, places, site) {
            let door = door.shutdown_timeout(LAST_ANSWERS);
            let _ = door.run(async { drop(ended.await) }).await;
        }
    };
    let (served, ()) = tokio::join!(serving, turning_away);
    served.map_err(Failure::failed)
}

/// A server on all places, with the pages and no WebSocket yet.
fn door(options: &Options, places: &Places, site: &Site) -> io::Result<Server> {
    let (trouble, refusals) = (site.shared().clone(), site.shared().clone());
    let server = options.apply(places.server()?).service(site.clone());
    Ok(server
        .on_trouble(move |error| {
            trouble.log.trouble("cannot_accept", &[("why", Value::Text(error))]);
        })
        .on_refusal(move |status, peer| refusals.refused(status.as_u16(), peer)))
}

/// Waits for one more signal than the one that was heard before we leave. Whoever did not hear that one apart could
/// take two for one.
async fn another(left: oneshot::Receiver<Signals>) {
    match left.await {
        Ok(mut signals) => signals.stop().await,
        Err(_) => future::pending().await,
    }
}

/// Reads the files of TLS again whenever the process is told so; ends only when it cannot be told.
async fn reloading(places: &Places, shared: &Shared) -> io::Error {
    let Some(certificates) = &places.certificates else { return future::pending().await };
    let mut hangup = match Hangup::new() {
        Ok(hangup) => hangup,
        Err(error) => return error,
    };
    loop {
        hangup.wait().await;
        match certificates.reload() {
            Ok(()) => shared.log.event("reloaded", &[]),
            Err(why) => shared.log.trouble("not_reloaded", &[("why", Value::Text(&why))]),
        }
    }
}
