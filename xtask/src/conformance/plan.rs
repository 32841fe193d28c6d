//! What the command line of `cargo xtask conformance` asks for.

use std::fmt;

/// The arguments, for `--help`.
pub const USAGE: &str = "[--full] [--role server|client] [--http2]";

/// Which roles are tested, how far, and by which way the suite reaches our server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(super) roles: Vec<Role>,
    pub(super) extent: Extent,
    pub(super) route: Route,
}

/// Which end of the connection we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Server,
    Client,
}

/// How many cases are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All but compression, and a choice of that.
    Quick,
    /// All but compression.
    Frames,
    /// Everything.
    Full,
}

/// The way from the suite to our server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Direct,
    /// Through a proxy that speaks HTTP/2 to us, so that every case is a CONNECT of RFC 8441.
    Http2,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            roles: vec![Role::Server, Role::Client],
            extent: Extent::Quick,
            route: Route::Direct,
        }
    }
}

impl Plan {
    /// The server over HTTP/2, with the cases that are not about compression.
    pub(super) fn http2() -> Self {
        Self { roles: vec![Role::Server], extent: Extent::Frames, route: Route::Http2 }
    }

    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// What was expected and what stood there.
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut plan = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--full" => plan.extent = Extent::Full,
                "--http2" => plan = Self::http2(),
                "--role" => {
                    plan.roles = match arguments.next().map_or("nothing", String::as_str) {
                        "server" => vec![Role::Server],
                        "client" => vec![Role::Client],
                        other => return Err(format!("expected server or client, got `{other}`")),
                    }
                }
                other => return Err(format!("expected {USAGE}, got `{other}`")),
            }
        }
        Ok(plan)
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quick => "337 cases",
            Self::Frames => "301 cases",
            Self::Full => "all 517 cases",
        })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "",
            Self::Http2 => " over HTTP/2",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Extent, Plan, Role, Route, USAGE};

    fn parse(line: &str) -> Result<Plan, String> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Plan::parse(&arguments)
    }

    #[test]
    fn the_extent_the_role_and_the_route_can_be_asked_for() {
        assert_eq!(parse(""), Ok(Plan::default()));
        let full = Plan { extent: Extent::Full, roles: vec![Role::Server], ..Plan::default() };
        assert_eq!(parse("--full --role server"), Ok(full));
        assert_eq!(parse("--role client").map(|plan| plan.roles), Ok(vec![Role::Client]));
        let http2 = parse("--http2").map(|plan| (plan.extent, plan.route));
        assert_eq!(http2, Ok((Extent::Frames, Route::Http2)));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert_eq!(parse("--role"), Err("expected server or client, got `nothing`".into()));
        assert_eq!(parse("--role both"), Err("expected server or client, got `both`".into()));
        assert_eq!(parse("--fast"), Err(format!("expected {USAGE}, got `--fast`")));
    }
}
