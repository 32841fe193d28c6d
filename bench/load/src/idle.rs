//! `load idle`: what connections take of the server's memory that say nothing, and again after an echo each.

use std::{
    io::{Read, Write},
    thread,
    time::Duration,
};

use crate::{
    arguments::Arguments,
    dial::{Opened, Target},
    gauge::{Gauge, Memory},
    report::Report,
    script::{Batch, Expects, Script, Shape},
    stream::{self, Stream},
};

pub(crate) fn run(arguments: &Arguments) -> Result<Report, String> {
    let target = Target::parse(arguments)?;
    let shape = Shape { depth: 1, ..Shape::parse(arguments)? };
    let script = shape.script(target.framing);
    let connections: usize = arguments.number("connections")?;
    let gauge = Gauge::new(arguments.number("server")?);
    let rest = arguments.seconds("rest")?;
    // What the first one brings with it is the server's own.
    let mut first = target.open()?.stream;
    echo(&mut first, &script)?;
    let empty = rested(gauge, rest)?;
    let opened = target.open_all(connections)?;
    let idle = rested(gauge, rest)?;
    let mut streams: Vec<Stream> = opened.into_iter().map(|Opened { stream, .. }| stream).collect();
    streams.iter_mut().try_for_each(|stream| echo(stream, &script))?;
    let echoed = rested(gauge, rest)?;
    let each = |now: u64, before: u64| (now as f64 - before as f64) / connections as f64;
    Ok(Report::default()
        .with("count", connections as f64)
        .with("idle_bytes", each(idle.proportional, empty.proportional))
        .with("echoed_bytes", each(echoed.proportional, empty.proportional))
        .with("idle_resident_bytes", each(idle.resident, empty.resident))
        .with("echoed_resident_bytes", each(echoed.resident, empty.resident))
        .with("empty_bytes", empty.proportional as f64))
}

/// The memory of a server that has had time to come to rest.
fn rested(gauge: Gauge, rest: Duration) -> Result<Memory, String> {
    thread::sleep(rest);
    gauge.memory()
}

/// One message, compared when it is back.
fn echo(stream: &mut Stream, script: &Script) -> Result<(), String> {
    let Some(Batch { bytes, expects: Expects::Exactly(expected), .. }) = script.batch(0) else {
        return Err("expected a message that is compared, got another".into());
    };
    let mut got = vec![0; expected.len()];
    let answered = stream.write_all(bytes).and_then(|()| stream.read_exact(&mut got));
    match answered {
        Ok(()) if got == *expected => Ok(()),
        Ok(()) => Err("expected the message that was sent, got another".into()),
        Err(error) => Err(format!("expected an echo, got {}", stream::why(&error))),
    }
}
