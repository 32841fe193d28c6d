//! Redirects: where a response sends us, and what may be told there.

use std::fmt;

use http::{HeaderMap, Response, StatusCode, header};

use super::{
    UrlError,
    url::{Security, Target},
};

/// Which redirects are followed: none, unless the caller wants some.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Redirects {
    pub(super) allowed: usize,
    pub(super) downgrade: Downgrade,
}

/// Whether what began with TLS may go on without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Downgrade {
    #[default]
    Refused,
    Followed,
}

/// Why a redirect is not followed. The hops are URLs without logins and queries, the first one first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedirectError {
    /// More redirects than are allowed.
    TooMany {
        /// How many are.
        allowed: usize,
        /// Where they led.
        hops: Vec<String>,
    },
    /// A redirect to where we have been already.
    Loop {
        /// Where they led.
        hops: Vec<String>,
    },
    /// From TLS to plain text.
    Downgrade {
        /// Where they led.
        hops: Vec<String>,
    },
    /// A `Location` that is no URL of ours.
    Location(UrlError),
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany { allowed, hops } => {
                write!(f, "expected at most {allowed} redirects, got {}", hops.join(" -> "))
            }
            Self::Loop { hops } => {
                write!(f, "expected redirects to an end, got the loop {}", hops.join(" -> "))
            }
            Self::Downgrade { hops } => {
                write!(f, "expected redirects to stay with TLS, got {}", hops.join(" -> "))
            }
            Self::Location(_) => f.write_str("expected a URL in Location, got something else"),
        }
    }
}

impl std::error::Error for RedirectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Location(error) => Some(error),
            _ => None,
        }
    }
}

/// The way so far.
#[derive(Debug)]
pub(super) struct Hops {
    redirects: Redirects,
    been: Vec<Target>,
}

impl Hops {
    pub(super) fn new(redirects: Redirects) -> Self {
        Self { redirects, been: Vec::new() }
    }

    /// Whether the response leads anywhere that we would go.
    pub(super) fn follows<B>(&self, response: &Response<B>) -> bool {
        let is_redirect = matches!(
            response.status(),
            StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT
        );
        is_redirect
            && self.redirects.allowed > 0
            && response.headers().contains_key(header::LOCATION)
    }

    /// The next target. What only the origin of the last one may know is taken out of `headers`.
    pub(super) fn follow<B>(
        &mut self,
        from: Target,
        response: &Response<B>,
        headers: &mut HeaderMap,
    ) -> Result<Target, RedirectError> {
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        let location = location.ok_or(RedirectError::Location(UrlError::Path))?;
        let mut to = resolve(&from, location).map_err(RedirectError::Location)?;
        // A server does not get to choose whom we say that we are.
        to.login = None;
        if from.is_same_origin(&to) {
            to.login = from.login.clone();
        } else {
            for secret in
                [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION, header::HOST]
            {
                headers.remove(secret);
            }
        }
        let is_downgrade = (from.security, to.security) == (Security::Tls, Security::Plain);
        self.been.push(from);
        let is_loop = self.been.iter().any(|been| been.is_same_origin(&to) && been.path == to.path);
        let hops = || self.been.iter().chain([&to]).map(Target::to_string).collect();
        if is_downgrade && self.redirects.downgrade == Downgrade::Refused {
            return Err(RedirectError::Downgrade { hops: hops() });
        }
        if is_loop {
            return Err(RedirectError::Loop { hops: hops() });
        }
        if self.been.len() > self.redirects.allowed {
            return Err(RedirectError::TooMany { allowed: self.redirects.allowed, hops: hops() });
        }
        Ok(to)
    }
}

/// The URL that a reference leads to (RFC 3986 5.2), without its fragment, which is not sent (RFC 6455 3).
fn resolve(base: &Target, reference: &str) -> Result<Target, UrlError> {
    let reference = reference.split_once('#').map_or(reference, |(url, _fragment)| url);
    if has_scheme(reference) {
        return Target::parse(reference);
    }
    if let Some(rest) = reference.strip_prefix("//") {
        let scheme = match base.security {
            Security::Plain => "ws",
            Security::Tls => "wss",
        };
        return Target::parse(&format!("{scheme}://{rest}"));
    }
    let path = match reference {
        "" => base.path.to_string(),
        absolute if absolute.starts_with('/') => without_dots(absolute),
        query if query.starts_with('?') => format!("{}{query}", base.path.path()),
        relative => {
            let folder = base.path.path().rsplit_once('/').map_or("", |(folder, _file)| folder);
            without_dots(&format!("{folder}/{relative}"))
        }
    };
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(UrlError::Path);
    }
    let path = path.try_into().map_err(|_| UrlError::Path)?;
    Ok(Target { path, ..base.clone() })
}

fn has_scheme(reference: &str) -> bool {
    let before = reference.split(['/', '?']).next().unwrap_or_default();
    before.contains(':')
}

/// RFC 3986 5.2.4, for a path that begins with a slash; a query is left as it is.
fn without_dots(text: &str) -> String {
    let (path, query) = text.split_at(text.find('?').unwrap_or(text.len()));
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            ".." => drop(kept.pop()),
            "." => {}
            segment => {
                kept.push(segment);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    format!("/{}{query}", kept.join("/"))
}

#[cfg(test)]
mod tests;
