//! What stands in place of `draft` where the feature `hixie76` is off: no request is of the draft.

use std::{io, sync::Arc};

use http::{Request, Response};
use sockeye_proto::{
    Config, Connection,
    handshake::{Offer, Refusal},
};

use super::HandedOver;
use crate::ServerOptions;

#[derive(Debug)]
pub(super) enum Draft {}

#[derive(Debug)]
pub(super) enum Challenge {}

pub(super) fn judge<B>(request: &Request<B>) -> Result<(Offer, Option<Draft>), Refusal> {
    Offer::from_request(request).map(|offer| (offer, None))
}

impl Draft {
    pub(super) fn accept(
        self,
        _: &ServerOptions,
        _: Option<&str>,
    ) -> Result<(Response<()>, Challenge), Refusal> {
        match self {}
    }
}

impl Challenge {
    #[expect(clippy::unused_async, reason = "as its namesake")]
    pub(super) async fn answer(self, _: &mut HandedOver, _: Arc<Config>) -> io::Result<Connection> {
        match self {}
    }
}
