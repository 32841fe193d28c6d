//! `Access`: a driver that is borrowed, or shared by two halves.

use std::task::{Context, Poll};

use super::shared::Waiter;
use crate::{driver::Driver, transport::Transport};

#[derive(Debug)]
pub(super) enum Access<'w, S> {
    Borrowed(&'w mut Driver<S>),
    Shared(Waiter<'w, S>),
}

impl<S: Transport> Access<'_, S> {
    pub(super) fn poll<R>(
        &mut self,
        context: &mut Context<'_>,
        work: impl FnOnce(&mut Driver<S>, &mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        match self {
            Self::Borrowed(driver) => work(driver, context),
            Self::Shared(waiter) => waiter.poll(context, work),
        }
    }

    pub(super) fn with<R>(&mut self, work: impl FnOnce(&mut Driver<S>) -> R) -> R {
        match self {
            Self::Borrowed(driver) => work(driver),
            Self::Shared(waiter) => waiter.with(work),
        }
    }
}
