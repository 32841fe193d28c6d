//! `Disconnection`: why there is no connection, and whether that is a reason to stop.

use std::{fmt, time::Duration};

use http::{StatusCode, header};
use sockeye_proto::{CloseFrame, Closed};

use crate::{ConnectError, Error, Http2Error, ProxyError, TlsError};

/// As long as a server may keep us away by `Retry-After`.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

/// Why there is no connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum Disconnection {
    /// It did not come about.
    NotOpened(ConnectError),
    /// The greeting failed.
    NotGreeted(Error),
    /// The greeting took too long.
    GreetingTimeout(Duration),
    /// Both sides said goodbye, the server first.
    Closed(CloseFrame),
    /// It ended otherwise.
    Failed(Error),
}

/// What follows from a [`Disconnection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The next attempt may go better.
    Retry,
    /// It would only end the same way.
    Stop,
}

impl Disconnection {
    /// What is decided unless [`judge`](super::Reconnecting::judge) says otherwise.
    ///
    /// | what happened | verdict |
    /// | --- | --- |
    /// | no address, no connection, a timeout, a transport that failed or went silent | retry |
    /// | a certificate that is not right, a URL or an option that cannot be used | stop |
    /// | a response with 408, 425, 429 or 5xx, from the server or a proxy | retry |
    /// | any other response: 401, 403, 404, a redirect, a page | stop |
    /// | goodbye without a code, or with 1001, 1011 to 1014, or 3001 to 3999 but 3003 | retry |
    /// | goodbye with 1000 | stop, and not an error |
    /// | goodbye with 1002, 1003, 1007 to 1010, 3000 (unauthorized), 3003 (forbidden) | stop |
    /// | goodbye with 4000 to 4999, whose meaning is the application's own | stop |
    /// | a peer that broke the protocol or passed a limit of ours | stop |
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let is_worth_it = match self {
            Self::NotOpened(error) => may_open(error),
            Self::NotGreeted(error) | Self::Failed(error) => may_last(error),
            Self::GreetingTimeout(_) => true,
            Self::Closed(frame) => match frame.code().map(sockeye_proto::CloseCode::get) {
                None => true,
                Some(code) => matches!(code, 1001 | 1011..=1014 | 3001..=3999) && code != 3003,
            },
        };
        if is_worth_it { Verdict::Retry } else { Verdict::Stop }
    }

    /// How long the server wants not to be asked again (RFC 9110 10.2.3), an hour at most.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let Self::NotOpened(error) = self else { return None };
        let value = error.response()?.headers().get(header::RETRY_AFTER)?;
        let seconds = value.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
    }

    /// The purpose is fulfilled (RFC 6455 7.4.1).
    pub(super) fn is_normal(&self) -> bool {
        matches!(self, Self::Closed(frame) if frame.code() == Some(sockeye_proto::CloseCode::NORMAL))
    }
}

fn may_open(error: &ConnectError) -> bool {
    match error {
        ConnectError::Resolve { .. }
        | ConnectError::Dial { .. }
        | ConnectError::Io(_)
        | ConnectError::Timeout(_)
        | ConnectError::Http2(Http2Error::Connection(_))
        | ConnectError::Tls(TlsError::Handshake { .. })
        | ConnectError::Proxy(ProxyError::SocksRefused(_)) => true,
        ConnectError::Handshake { response, .. }
        | ConnectError::Proxy(ProxyError::Refused(response)) => {
            let status = response.status();
            let is_for_now = matches!(
                status,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
            );
            is_for_now || status.is_server_error()
        }
        _ => false,
    }
}

fn may_last(error: &Error) -> bool {
    match error {
        Error::Closed(Closed::Violation(_) | Closed::Limit(_)) => false,
        Error::Closed(Closed::Clean { frame, .. }) => {
            Disconnection::Closed(frame.clone()).verdict() == Verdict::Retry
        }
        _ => true,
    }
}

impl fmt::Display for Disconnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpened(_) => f.write_str("no connection came about"),
            Self::NotGreeted(_) => f.write_str("the greeting failed"),
            Self::GreetingTimeout(limit) => {
                write!(f, "expected the greeting within {limit:?}, got no end of it")
            }
            Self::Closed(frame) => write!(f, "the server said goodbye: {frame}"),
            Self::Failed(_) => f.write_str("the connection was lost"),
        }
    }
}

impl std::error::Error for Disconnection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotOpened(error) => Some(error),
            Self::NotGreeted(error) | Self::Failed(error) => Some(error),
            Self::GreetingTimeout(_) | Self::Closed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use http::Response;
    use sockeye_proto::{CloseCode, Timer, Violation, handshake::HandshakeError};

    use super::*;

    fn goodbye(code: u16) -> Disconnection {
        Disconnection::Closed(CloseCode::new(code).expect("a code that may travel").into())
    }

    fn refused(status: u16, retry_after: &str) -> Disconnection {
        let response = Response::builder().status(status).header("retry-after", retry_after);
        let response = Box::new(response.body(bytes::Bytes::new()).expect("a response"));
        let expected = StatusCode::SWITCHING_PROTOCOLS;
        let error = HandshakeError::Status { expected, got: response.status() };
        Disconnection::NotOpened(ConnectError::Handshake { error, response })
    }

    #[test]
    fn codes_and_statuses_say_whether_to_stop() {
        for code in [1001, 1011, 1012, 1013, 1014, 3001, 3008, 3999] {
            assert_eq!(goodbye(code).verdict(), Verdict::Retry, "{code}");
        }
        for code in [1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003, 4000, 4999] {
            assert_eq!(goodbye(code).verdict(), Verdict::Stop, "{code}");
        }
        assert_eq!(Disconnection::Closed(CloseFrame::EMPTY).verdict(), Verdict::Retry);
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert_eq!(refused(status, "").verdict(), Verdict::Retry, "{status}");
        }
        for status in [101, 200, 302, 400, 401, 403, 404, 426] {
            assert_eq!(refused(status, "").verdict(), Verdict::Stop, "{status}");
        }
    }

    #[test]
    fn a_loss_is_retried_and_a_broken_peer_is_not() {
        let failed = |error| Disconnection::Failed(error).verdict();
        assert_eq!(failed(Error::Closed(Closed::Lost)), Verdict::Retry);
        assert_eq!(failed(Error::Closed(Closed::TimedOut(Timer::Pong))), Verdict::Retry);
        assert_eq!(failed(Error::Io(io::ErrorKind::ConnectionReset.into())), Verdict::Retry);
        let violation = Closed::Violation(Violation::TextNotUtf8);
        assert_eq!(failed(Error::Closed(violation)), Verdict::Stop);
        let url = Disconnection::NotOpened(ConnectError::Url(crate::UrlError::Host));
        assert_eq!(url.verdict(), Verdict::Stop);
        let timeout = Disconnection::NotOpened(ConnectError::Timeout(Duration::ZERO));
        assert_eq!(timeout.verdict(), Verdict::Retry);
    }

    #[test]
    fn a_server_is_not_asked_again_before_it_wants_to_be() {
        assert_eq!(refused(503, "120").retry_after(), Some(Duration::from_secs(120)));
        assert_eq!(refused(503, "99999999").retry_after(), Some(MAX_RETRY_AFTER));
        assert_eq!(refused(503, "soon").retry_after(), None);
        assert_eq!(goodbye(1001).retry_after(), None);
    }
}
