//! The three questions that most checks are: is this request refused, does the connection fail, does it go
//! on?

use super::{
    ending::Ending,
    frame,
    request::Request,
    response::{Reply, Response},
    server::{Server, Trouble},
    verdict::Verdict,
    wire::Wire,
};

/// What is agreed on before frames are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setup {
    Plain,
    Deflate,
}

impl Setup {
    pub(super) async fn open(self, server: &Server) -> Result<Wire, Trouble> {
        match self {
            Self::Plain => server.open().await,
            Self::Deflate => Ok(server.open_deflate().await?.0),
        }
    }
}

/// How a request that must not become a WebSocket is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Status(u16),
    /// With any other status than 101.
    Response,
    /// In any way, and be it by the end of the stream.
    NoWebSocket,
}

/// None of these requests must become a WebSocket.
pub(super) async fn refuses(
    server: Server,
    wanted: Wanted,
    requests: impl IntoIterator<Item = Request>,
) -> Result<Verdict, Trouble> {
    let mut verdict = Verdict::Passed;
    for request in requests {
        let (_, reply) = server.exchange(&request).await?;
        verdict = verdict.and(judge_refusal(wanted, reply).of(&request.change()));
        if verdict.is_failed() {
            break;
        }
    }
    Ok(verdict)
}

pub(super) fn judge_refusal(wanted: Wanted, reply: Reply) -> Verdict {
    let expected = match wanted {
        Wanted::Status(status) => format!("status {status}"),
        Wanted::Response => "a response that refuses".into(),
        Wanted::NoWebSocket => "a refusal".into(),
    };
    match (wanted, reply) {
        (_, Reply::Response(Response { status: 101, .. })) => {
            Verdict::failed(expected, "status 101, a WebSocket")
        }
        (_, reply @ Reply::Nothing(_)) => Verdict::failed(expected, reply),
        (Wanted::Status(wanted), Reply::Response(Response { status, .. })) if status == wanted => {
            Verdict::Passed
        }
        (Wanted::Response, Reply::Response(_)) | (Wanted::NoWebSocket, _) => Verdict::Passed,
        // It was refused after all.
        (_, reply) => Verdict::warned(expected, reply),
    }
}

/// This request must become a WebSocket.
pub(super) async fn accepts(server: Server, request: Request) -> Result<Verdict, Trouble> {
    let (_, reply) = server.exchange(request).await?;
    Ok(match reply {
        Reply::Response(response) if response.status == 101 => Verdict::Passed,
        other => Verdict::failed("status 101", other),
    })
}

/// Each of these must fail the connection, with one of these codes. A Ping is sent behind it, which is answered where
/// it did not.
pub(super) async fn fails(
    server: Server,
    setup: Setup,
    codes: &[u16],
    inputs: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Verdict, Trouble> {
    let mut verdict = Verdict::Passed;
    for input in inputs {
        let what = frame::told(&input);
        let ending = ending_of(&server, setup, &[input, frame::marker()].concat()).await?;
        verdict = verdict.and(judge_failure(codes, ending).of(&what));
        if verdict.is_failed() {
            break;
        }
    }
    Ok(verdict)
}

/// The same before all of it is there: nothing can be sent behind it.
pub(super) async fn fails_early(
    server: Server,
    setup: Setup,
    codes: &[u16],
    input: Vec<u8>,
) -> Result<Verdict, Trouble> {
    let ending = ending_of(&server, setup, &input).await?;
    Ok(judge_failure(codes, ending))
}

async fn ending_of(server: &Server, setup: Setup, bytes: &[u8]) -> Result<Ending, Trouble> {
    let mut wire = setup.open(server).await?;
    wire.send(bytes).await;
    Ok(wire.ending().await)
}

pub(super) fn judge_failure(codes: &[u16], ending: Ending) -> Verdict {
    let listed = codes.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
    let expected = format!("Close {listed}");
    match ending {
        Ending::Close(code) if codes.contains(&code) => Verdict::Passed,
        // RFC 6455 7.1.7: it should say why, and must end.
        ending if ending.is_failure() => Verdict::warned(expected, ending),
        ending => Verdict::failed(expected, ending),
    }
}

/// After this the connection must go on.
pub(super) async fn lives(
    server: Server,
    setup: Setup,
    input: Vec<u8>,
) -> Result<Verdict, Trouble> {
    let ending = ending_of(&server, setup, &[input, frame::marker()].concat()).await?;
    Ok(judge_life(ending))
}

pub(super) fn judge_life(ending: Ending) -> Verdict {
    match ending {
        Ending::Alive => Verdict::Passed,
        ending => Verdict::failed("a connection that goes on", ending),
    }
}
