//! `sockeye connect`: the library's client, between a person or a program and a server.
//!
//! `options` says what is wanted and `request` asks the library for it; `session` is the conversation, between `input`
//! or `terminal` and `screen`; `view` says how things look, `trace` shows the frames that `tap` saw.

mod options;
mod argument;
mod request;
mod tls;

mod session;
mod stop;

mod input;
mod format;
#[cfg(unix)]
mod terminal;
#[cfg(not(unix))]
#[path = "connect/no_terminal.rs"]
mod terminal;
#[cfg(unix)]
mod history;
#[cfg(not(unix))]
#[path = "connect/no_history.rs"]
mod history;

mod screen;
mod view;
mod words;
mod base64;

mod trace;
mod tap;
mod frame;

use std::{
    future,
    io::{self, IsTerminal},
    time::Duration,
};

use sockeye::{CloseCode, Disconnection, Reconnecting, Update};
use tokio::{
    select,
    sync::mpsc,
    time::{self, Instant},
};

pub(crate) use self::options::Options;
use self::{
    format::Format,
    input::Said,
    screen::Screen,
    session::{End, Link, Manners, Phase, Session},
    stop::Stop,
    tap::Log,
    terminal::Terminal,
    trace::Trace,
    view::{Detail, Paint, Reader, View},
};
use crate::{failure::Failure, output};

/// How long a goodbye may take that nobody waits for.
const SHORT_GOODBYE: Duration = Duration::from_secs(1);

/// Talks to the server until one side has had enough.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unusable(format_args!("cannot start: {error}")))?;
    let outcome = runtime.block_on(connect(options));
    // A thread that waits for a reader of its pipe is not waited for.
    runtime.shutdown_background();
    outcome
}

async fn connect(options: &Options) -> Result<(), Failure> {
    let (stdin, stdout) = (io::stdin().is_terminal(), io::stdout().is_terminal());
    let messages = &options.messages;
    if messages.format == Format::LengthPrefixed && (stdin || stdout && !messages.json) {
        return Err(Failure::unusable(
            "expected pipes for --format length-prefixed, got a terminal",
        ));
    }
    let log = messages.trace.then(Log::default);
    let trace = log.clone().map(Trace::new);
    let mut feed = request::feed(options, log)?;
    let deadline = options.ending.timeout.map(|timeout| Instant::now() + timeout);
    select! {
        opened = open(&mut feed) => opened?,
        () = late(deadline) => return Err(Failure::unusable(too_late(options))),
    }
    // Before the prompt, which puts signals back as it found them.
    let stop = Stop::new()
        .map_err(|error| Failure::unusable(format_args!("cannot wait for signals: {error}")))?;
    let (said, screen, reader, terminal) = console(options, stdin && stdout, stdout);
    let is_told = reader == Reader::Prompt || messages.trace;
    let detail = if is_told { Detail::Connections } else { Detail::Losses };
    let paint = Paint::of_environment();
    let view = View { reader, paint, format: messages.format, detail };
    let session = Session {
        feed,
        said,
        screen,
        view,
        trace,
        manners: manners(options),
        phase: Phase::Talking,
        link: Link::Up,
        held: None,
        received: 0,
        wrong: None,
    };
    let outcome = talk(session, options, deadline, stop).await;
    // What is told of the outcome stands on a line of its own.
    drop(terminal);
    outcome
}

/// Waits for the first connection.
async fn open(feed: &mut Reconnecting) -> Result<(), Failure> {
    loop {
        match feed.recv().await {
            Ok(Some(Update::Disconnected { reason, retry_in })) => {
                let (words, seconds) = (words::disconnection(&reason), retry_in.as_secs_f64());
                output::note(format_args!("{words}; again in {seconds:.1} s"));
            }
            Ok(_) => return Ok(()),
            Err(reason) => return Err(Failure::unusable(words::disconnection(&reason))),
        }
    }
}

/// The prompt if there can be one, else the standard streams as they are.
fn console(
    options: &Options,
    is_interactive: bool,
    is_seen: bool,
) -> (mpsc::Receiver<Said>, Screen, Reader, Option<Terminal>) {
    let messages = &options.messages;
    let kept = || if messages.no_history { None } else { history::file() };
    let prompt = if is_interactive { terminal::open(messages.format, kept()) } else { None };
    let reader = match (messages.json, &prompt) {
        (true, _) => Reader::Json,
        (false, Some(_)) => Reader::Prompt,
        (false, None) if is_seen => Reader::Terminal,
        (false, None) => Reader::Pipe,
    };
    match prompt {
        Some((said, screen, terminal)) => (said, screen, reader, Some(terminal)),
        None => {
            let said = input::pipe(messages.format, messages.max_message);
            (said, Screen::pipes(), reader, None)
        }
    }
}

fn manners(options: &Options) -> Manners {
    let ending = &options.ending;
    // Who counts messages waits for them.
    let stays = ending.no_close || ending.exit_after.is_some();
    Manners {
        goodbye: request::goodbye(options),
        exit_after: ending.exit_after,
        silence: (!stays).then_some(ending.wait),
    }
}

/// Has the conversation, and says what came of it.
async fn talk(
    mut session: Session,
    options: &Options,
    deadline: Option<Instant>,
    mut stop: Stop,
) -> Result<(), Failure> {
    let mut failure = None;
    let end = select! {
        end = session.begin() => end,
        () = late(deadline) => {
            failure = Some(Failure::failed(too_late(options)));
            End::Aborted
        }
        () = stop.asked() => {
            session.hurry();
            select! {
                end = session.converse() => end,
                () = stop.asked() => End::Aborted,
            }
        }
    };
    let is_over = matches!(end, End::Over(_));
    let failure = failure.or_else(|| judge(&session, end));
    let Session { mut feed, screen, manners, said, .. } = session;
    // Who still says something is not kept waiting.
    drop(said);
    if !is_over {
        let _ = time::timeout(SHORT_GOODBYE, feed.close(manners.goodbye)).await;
    }
    let printed = select! {
        printed = screen.finish() => printed,
        () = stop.asked() => Ok(()),
    };
    match (failure, printed) {
        (Some(failure), _) => Err(failure),
        (None, Err(error)) => {
            Err(Failure::failed(format_args!("cannot write to standard output: {error}")))
        }
        (None, Ok(())) => Ok(()),
    }
}

/// What is bad about an end, if anything is.
fn judge(session: &Session, end: End) -> Option<Failure> {
    if let Some(wrong) = &session.wrong {
        return Some(Failure::failed(wrong));
    }
    if session.has_enough() {
        return None;
    }
    let (received, wanted) = (session.received, session.manners.exit_after);
    let why = match end {
        End::Unread => return None,
        End::Over(Err(reason)) if !is_good(&reason) => Some(words::disconnection(&reason)),
        End::Over(_) | End::Aborted => None,
    };
    let too_few = wanted.map(|wanted| format!("expected {wanted} messages, got {received}"));
    match (too_few, why) {
        (Some(too_few), Some(why)) => Some(Failure::failed(format_args!("{too_few}: {why}"))),
        (too_few, why) => too_few.or(why).map(Failure::failed),
    }
}

/// The server has had enough, and says so as one does.
fn is_good(reason: &Disconnection) -> bool {
    let Disconnection::Closed(frame) = reason else { return false };
    frame.code().is_none_or(|code| matches!(code, CloseCode::NORMAL | CloseCode::GOING_AWAY))
}

async fn late(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => time::sleep_until(deadline).await,
        None => future::pending().await,
    }
}

fn too_late(options: &Options) -> String {
    let seconds = options.ending.timeout.unwrap_or_default().as_secs_f64();
    format!("expected the end within {seconds} s, got none")
}
