//! `sockeye connect` at a terminal: a line editor, a history, and messages that do not disturb the line.
#![cfg(unix)]

mod program;

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Instant,
};

use program::{PATIENCE, Server, accept, peer, sockeye};
use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, Termios, tcgetattr},
};

const UP: &str = "\x1b[A";
const LEFT: &str = "\x1b[D";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

/// A terminal with the program at it, and a place for its history.
struct Terminal {
    keyboard: File,
    /// Held open, so that its settings can be read when the program is gone.
    screen: File,
    printed: Receiver<Vec<u8>>,
    /// Printed and not looked at.
    seen: String,
    /// Everything that was printed.
    all: String,
    child: Child,
    before: Termios,
    state: PathBuf,
}

impl Terminal {
    fn start(name: &str, args: &[&str]) -> Self {
        let state = std::env::temp_dir().join(format!("sockeye-{name}-{}", std::process::id()));
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&keyboard).and_then(|()| unlockpt(&keyboard)).expect("a terminal");
        let path = ptsname(&keyboard, Vec::new()).expect("a name").into_string().expect("text");
        let screen = OpenOptions::new().read(true).write(true).open(path).expect("a screen");
        let before = tcgetattr(&screen).expect("settings");
        let end = || Stdio::from(screen.try_clone().expect("a screen"));
        let mut command = sockeye(&["connect"]);
        command.args(args).env("XDG_STATE_HOME", &state).env("TERM", "xterm").env("NO_COLOR", "1");
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn();
        let child = child.expect("the binary starts");
        let keyboard = File::from(keyboard);
        let printed = watch(keyboard.try_clone().expect("a keyboard"));
        let (seen, all) = (String::new(), String::new());
        Self { keyboard, screen, printed, seen, all, child, before, state }
    }

    fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("typed");
    }

    /// Waits until this is printed, behind what was waited for before.
    #[track_caller]
    fn shows(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.seen.find(text) {
                self.seen.drain(..at + text.len());
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(printed) = self.printed.recv_timeout(left) else {
                panic!("expected {text:?}, got {:?}", self.seen);
            };
            let printed = String::from_utf8_lossy(&printed);
            self.seen += &printed;
            self.all += &printed;
        }
    }

    /// Waits for the end, and for a terminal that is as it was before.
    #[track_caller]
    fn ends_with(&mut self, status: i32) {
        assert_eq!(self.child.wait().expect("an end").code(), Some(status), "{}", self.all);
        let after = tcgetattr(&self.screen).expect("settings");
        let modes = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        assert!(after.local_modes.contains(modes), "{after:?}");
        assert_eq!(after.local_modes, self.before.local_modes);
        assert_eq!(after.input_modes, self.before.input_modes);
    }

    fn history(&self) -> PathBuf {
        self.state.join("sockeye/history")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.state);
    }
}

/// Reads what is printed, as long as there is a terminal.
fn watch(mut terminal: File) -> Receiver<Vec<u8>> {
    let (printed, printing) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(len) = terminal.read(&mut bytes) {
            if len == 0 || printed.send(bytes[..len].to_vec()).is_err() {
                return;
            }
        }
    });
    printing
}

#[test]
fn lines_are_edited_and_answered_and_come_back_from_the_history() {
    let server = Server::start(&[]);
    let mut terminal = Terminal::start("editing", &[&server.echo()]);
    terminal.shows("  connected: HTTP/1.1, permessage-deflate\r\n");
    terminal.types("helo");
    terminal.types(LEFT);
    terminal.types("l\r");
    terminal.shows("< hello\r\n");
    terminal.types("\x1b[200~two\nlines\x1b[201~\r");
    terminal.shows("< two\r\n  lines\r\n");
    // Once to the last line, once within it, once beyond.
    terminal.types(&UP.repeat(3));
    terminal.types("!\r");
    terminal.shows("< hello!\r\n");
    terminal.types(" secret\r");
    terminal.shows("<  secret\r\n");
    terminal.types(CTRL_D);
    terminal.shows("  closed by us: 1000\r\n");
    terminal.ends_with(0);
    let mode = fs::metadata(terminal.history()).expect("a history").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let history = fs::read_to_string(terminal.history()).expect("a history");
    assert!(history.contains("hello!") && !history.contains("secret"), "{history}");
}

#[test]
fn nothing_is_kept_where_that_is_not_wanted() {
    let server = Server::start(&[]);
    let mut terminal = Terminal::start("forgetting", &[&server.echo(), "--no-history"]);
    terminal.types("hello\r");
    terminal.shows("< hello\r\n");
    terminal.types(CTRL_C);
    terminal.shows("  closed by us: 1000\r\n");
    terminal.ends_with(0);
    assert!(!terminal.history().exists());
}

#[test]
fn a_hostile_server_does_not_get_at_the_terminal() {
    let url = peer(async |listener| {
        let mut ws = accept(&listener).await;
        ws.send("\x1b[2J\x1b]0;owned\x07\u{9b}5n\u{202e}\r\nhello").await.expect("sent");
        ws.send(vec![0x1b, b'c']).await.expect("sent");
        let reason = "\x1b[5n\nsockeye: all is well";
        let code = sockeye::CloseCode::new(4000).expect("a code");
        let _ = ws.close(sockeye::CloseFrame::new(code, reason)).await;
    });
    let mut terminal = Terminal::start("hostile", &[&url]);
    let driving = r"< \u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}5n\u{202e}\r";
    terminal.shows(driving);
    terminal.shows("\r\n  hello\r\n");
    terminal.shows("< binary, 2 bytes: 1b63\r\n");
    let closed = r"closed by the peer: 4000 (\u{1b}[5n\nsockeye: all is well)";
    terminal.shows(&format!("  {closed}\r\n"));
    terminal.shows(&format!("sockeye: {closed}\r\n"));
    terminal.ends_with(1);
    assert!(!terminal.all.contains("\x1b[2J") && !terminal.all.contains("\x1b[5n"));
}

#[test]
fn a_message_appears_above_the_line_that_is_being_typed() {
    let (go, going) = tokio::sync::oneshot::channel();
    let url = peer(async |listener| {
        let mut ws = accept(&listener).await;
        going.await.expect("a test");
        ws.send("meanwhile").await.expect("sent");
        let _ = ws.recv().await;
    });
    let mut terminal = Terminal::start("meanwhile", &[&url]);
    terminal.types("half a li");
    terminal.shows("half a li");
    go.send(()).expect("a server");
    // The line is cleared, the message printed, and the line painted anew.
    terminal.shows("\r\x1b[K");
    terminal.shows("< meanwhile\r\n");
    terminal.shows("> half a li");
    terminal.types("ne\r");
    // The server leaves without a goodbye.
    terminal.shows("the transport ended without a close\r\n");
    terminal.ends_with(1);
}

#[test]
fn a_line_that_is_no_message_is_told_and_may_be_typed_again() {
    let server = Server::start(&[]);
    let mut terminal = Terminal::start("format", &[&server.echo(), "--format", "hex"]);
    terminal.types("0x00\r");
    terminal.shows("  not sent: expected pairs of hexadecimal digits\r\n");
    terminal.types("00 ff\r");
    terminal.shows("< 00ff\r\n");
    terminal.types(CTRL_D);
    terminal.ends_with(0);
    let mut terminal = Terminal::start("format", &["ws://a", "--format", "length-prefixed"]);
    terminal.shows("sockeye: expected pipes for --format length-prefixed, got a terminal\r\n");
    terminal.ends_with(2);
}

#[test]
fn the_terminal_on_the_page_is_what_a_reader_would_see() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md"));
    let page = page.expect("a page");
    let (_, block) = page.split_once("```terminal\n").expect("a terminal");
    let (block, _) = block.split_once("```").expect("its end");
    let server = Server::start(&[]);
    let mut lines = block.lines();
    assert_eq!(lines.next(), Some("$ sockeye connect ws://127.0.0.1:8080/echo"));
    let mut terminal = Terminal::start("page", &[&server.echo()]);
    for line in lines {
        match line.strip_prefix("> ") {
            Some(typed) => terminal.types(&format!("{typed}\r")),
            None if line.starts_with("  closed") => {
                terminal.types(CTRL_D);
                terminal.shows(&format!("{line}\r\n"));
            }
            None => terminal.shows(&format!("{line}\r\n")),
        }
    }
    terminal.ends_with(0);
}
