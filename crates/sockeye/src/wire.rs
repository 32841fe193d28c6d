//! Bytes of a handshake, on a transport that no connection has yet.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
};

use crate::{engine, scratch, transport::Transport};

/// Reads once and hands the bytes to `take`; none says that the stream has ended.
pub(crate) async fn read<S: Transport, R>(
    transport: &mut S,
    mut take: impl FnMut(&[u8]) -> R,
) -> io::Result<Option<R>> {
    poll_fn(|context| {
        scratch::with(|scratch| {
            let read = transport.poll_read(context, scratch);
            read.map_ok(|read| (read > 0).then(|| take(scratch.get(..read).unwrap_or_default())))
        })
    })
    .await
}

/// Writes all of it.
pub(crate) async fn write<S: Transport>(transport: &mut S, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let slices = [IoSlice::new(bytes)];
        let written = poll_fn(|context| transport.poll_write(context, &slices)).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = bytes.get(written..).unwrap_or_default();
    }
    poll_fn(|context| transport.poll_flush(context)).await?;
    engine::hurry();
    Ok(())
}
