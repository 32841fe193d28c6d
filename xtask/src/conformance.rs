//! `cargo xtask conformance`: the Autobahn suite against our server and our client, judged by its reports.
//!
//! The suite's exit code says nothing: it is 0 when cases fail and when nothing listens. What counts is the index of
//! its report, and that a peer with a planted fault does not pass.

mod plan;

mod server;
mod client;
mod planted;

mod batch;
mod tester;
mod proxy;
mod round;
mod verdict;
mod case;
mod table;

pub use plan::{Plan, USAGE};

use self::plan::Role;
use crate::suite::Step;

/// What the command line asks for.
#[must_use]
pub fn steps(plan: &Plan) -> Vec<Step> {
    let planted = Step::attempt("conformance: planted faults are seen", planted::run);
    [planted].into_iter().chain(roles(plan)).collect()
}

fn roles(plan: &Plan) -> impl Iterator<Item = Step> {
    let Plan { extent, route, .. } = *plan;
    plan.roles.iter().map(move |role| match role {
        Role::Server => {
            let name = format!("conformance: the server{route}, {extent}");
            Step::attempt(name, move || server::run(extent, route))
        }
        Role::Client => {
            Step::attempt(format!("conformance: the client, {extent}"), move || client::run(extent))
        }
    })
}

/// What every test run shows: each role, with a quick choice of the cases of compression, and the server over HTTP/2.
#[must_use]
pub fn smoke() -> Vec<Step> {
    let http2 = Plan::http2();
    steps(&Plan::default()).into_iter().chain(roles(&http2)).collect()
}
