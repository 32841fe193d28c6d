//! `sockeye connect` in the shell, as its users write it, at servers of others and at ours.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    thread,
};

use super::{LIMIT, folder, peer::Peer, serve};
use crate::{
    process::{Process, free_address},
    serve::{Server, build},
    suite::{Outcome, Step},
};

/// A script, in which `$PEER` is the server with what it wants to be asked, and what it prints on both its outputs.
type Exchange = (&'static str, &'static str);

/// What every server answers.
const ALL: [Exchange; 5] = [
    (
        "printf 'hello\\nw\\303\\266rld\\n' | sockeye connect --exit-after 2 $PEER",
        "hello\nw\u{f6}rld\n",
    ),
    ("echo 00ff80 | sockeye connect --format hex --exit-after 1 $PEER", "00ff80\n"),
    (
        "head -c 700000 /dev/urandom | base64 -w 0 > large && echo >> large && \
         sockeye connect --exit-after 1 $PEER < large | cmp - large",
        "",
    ),
    // Both directions.
    (
        "printf '%01000d\\n' 0 | sockeye connect --trace --exit-after 1 $PEER 2>&1 > /dev/null | \
         grep -c 'text, compressed, .* inflated 1000$'",
        "2\n",
    ),
    ("echo hello | sockeye connect --proxy $PROXY --exit-after 1 $PEER", "hello\n"),
];

/// What the servers of others answer in their own way.
const OTHERS: [Exchange; 3] = [
    ("echo 'answer in parts' | sockeye connect --exit-after 1 $PEER", "in three parts\n"),
    (
        "echo 'say goodbye' | sockeye connect --no-close $PEER; echo $?",
        "sockeye: closed by the peer: 4001 (bye)\n1\n",
    ),
    (
        "sockeye connect --trace --wait 0 $PEER < /dev/null 2>&1 | \
         grep -c 'connected: .*, echo.v1$'",
        "1\n",
    ),
];

const OURS: [Exchange; 1] =
    [("echo hello | sockeye connect --http2 --exit-after 1 $PEER", "hello\n")];

pub(super) fn steps() -> Vec<Step> {
    let mut steps = Vec::new();
    for peer in [Peer::Websockets, Peer::Ws] {
        let name = format!("interop: sockeye connect at {peer}");
        steps.push(Step::attempt(name, move || others(peer)));
    }
    steps.push(Step::attempt("interop: sockeye connect at ours", || {
        ours().and_then(|()| comes_back()).map_err(Outcome::Failed)
    }));
    steps
}

fn others(peer: Peer) -> Result<(), Outcome> {
    let mut server = peer.server().map_err(Outcome::Skipped)?;
    let folder = folder(&format!("{peer:?}-connect"));
    let server = Server::of(&mut server, &folder.join("server.log")).map_err(Outcome::Failed)?;
    let exchanges = ALL.iter().chain(&OTHERS);
    talk(exchanges, &format!("--protocol echo.v1 ws://{}/", server.address), &folder)
        .map_err(Outcome::Failed)
}

fn ours() -> Result<(), String> {
    let folder = folder("ours-connect");
    let server = serve(&folder, &[])?;
    talk(ALL.iter().chain(&OURS), &format!("ws://{}/echo", server.address), &folder)
}

fn talk<'e>(
    exchanges: impl Iterator<Item = &'e Exchange>,
    peer: &str,
    folder: &Path,
) -> Result<(), String> {
    let program = build("sockeye-cli", "sockeye")?;
    let proxy = format!("http://{}", proxy().map_err(|error| error.to_string())?);
    for (script, expected) in exchanges {
        let mut shell = shell(script, &program, folder);
        shell.env("PEER", peer).env("PROXY", &proxy);
        let mut process = Process::start(&mut shell, &folder.join("connect.log"))?;
        process.ends(LIMIT)?;
        if process.output() != *expected {
            return Err(process.with_log(&format!("expected {expected:?} from `{script}`")));
        }
    }
    Ok(())
}

/// A shell that finds our program, behind those of the system: some beside it have the same names.
fn shell(script: &str, program: &Path, folder: &Path) -> Command {
    let programs = program.parent().unwrap_or(program).display();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).current_dir(folder).env("PATH", format!("{path}:{programs}"));
    shell
}

/// A server that is killed and started again, with a client that waits for it.
fn comes_back() -> Result<(), String> {
    let folder = folder("ours-comes-back");
    let program = build("sockeye-cli", "sockeye")?;
    let address = free_address()?;
    let serve = || {
        let mut command = Command::new(&program);
        command.args(["serve", "--listen", &address.to_string()]);
        Server::of(&mut command, &folder.join("server.log"))
    };
    let first = serve()?;
    let url = format!("ws://{address}/echo");
    let mut client = Command::new(&program);
    client.args(["connect", "--reconnect", "--json", "--no-close", &url]);
    let mut client = Process::start(&mut client, &folder.join("client.log"))?;
    client.says(r#"{"event":"open""#)?;
    drop(first);
    client.says(r#"{"event":"lost""#)?;
    let _second = serve()?;
    client.says_times(r#"{"event":"open""#, 2).map(drop)
}

/// A proxy that joins whom it is asked to, for as long as this program runs.
fn proxy() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // A client that says nothing sensible is left to itself.
            let _ = join(client);
        }
    });
    Ok(address)
}

fn join(mut client: TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default();
    let server = TcpStream::connect(target)?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    for (mut from, mut to) in [(client.try_clone()?, server.try_clone()?), (server, client)] {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
    }
    Ok(())
}
