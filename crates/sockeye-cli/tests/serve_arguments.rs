//! `sockeye serve` with arguments that are wrong, or cannot be followed: one clear line and exit status 2.

mod serving;

use serving::{Folder, Server};

fn check(args: &[&str], expected: &str) {
    let output = serving::output(args);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
    assert_eq!(error.lines().count(), 1, "{args:?}: {error}");
    assert!(error.starts_with(&format!("sockeye: {expected}")), "{args:?}: {error}");
    assert!(output.stdout.is_empty(), "{args:?}");
}

#[test]
fn what_is_not_understood_is_told_in_one_line() {
    check(&["--listen"], "a value is required for '--listen <ADDR:PORT>'");
    check(
        &["--max-message", "1G"],
        "invalid value '1G' for '--max-message <SIZE>': expected a size",
    );
    check(
        &["--ping-interval", "0"],
        "invalid value '0' for '--ping-interval <SECONDS>': expected seconds",
    );
    check(
        &["--origin", "example.com"],
        "invalid value 'example.com' for '--origin <ORIGIN>': expected an origin",
    );
    check(
        &["--trust-proxy", "ten"],
        "invalid value 'ten' for '--trust-proxy <CIDR>': expected a network",
    );
    check(
        &["--tls-cert", "chain.pem"],
        "the following required arguments were not provided: --tls-key",
    );
    check(&["--unheard-of"], "unexpected argument '--unheard-of' found");
}

#[test]
fn an_address_that_cannot_be_listened_on_is_told_in_one_line() {
    let server = Server::start(&[]);
    check(&["--listen", &server.address], &format!("cannot listen on {}: ", server.address));
    check(&["--listen", "nonsense"], "cannot listen on nonsense: ");
    check(&["--listen", "127.0.0.1:99999"], "cannot listen on 127.0.0.1:99999: ");
    // An address for documentation, which no machine has.
    check(&["--listen", "192.0.2.1:80"], "cannot listen on 192.0.2.1:80: ");
}

#[test]
fn files_that_are_no_use_are_told_in_one_line() {
    let folder = Folder::new("arguments");
    let empty = folder.write("empty.pem", "");
    let certificate = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("one");
    let (one, other) = (certificate(), certificate());
    let chain = folder.write("chain.pem", one.cert.pem());
    let key = folder.write("key.pem", other.signing_key.serialize_pem());
    let missing = folder.path("missing.pem");
    let tls = |chain: &str, key: &str, expected: &str| {
        check(&["--tls-cert", chain, "--tls-key", key], expected);
    };
    tls(&missing, &key, &format!("cannot read {missing}: "));
    tls(&chain, &missing, &format!("cannot read {missing}: "));
    for (chain, key) in [(&chain, &key), (&chain, &empty), (&empty, &key), (&chain, &chain)] {
        tls(chain, key, &format!("cannot speak TLS by {chain} and {key}: expected "));
    }
    check(&["--dir", &missing], &format!("cannot serve the files of {missing}: "));
    check(&["--dir", &chain], &format!("cannot serve the files of {chain}: "));
}

#[test]
fn every_flag_that_the_page_of_limits_names_is_there() {
    let page = include_str!("../../../docs/limits.md");
    let help = serving::output(&["--help"]);
    let help = String::from_utf8_lossy(&help.stdout);
    let quoted = page.split('`').skip(1).step_by(2);
    let flags: Vec<&str> = quoted.filter(|word| word.starts_with("--")).collect();
    assert!(flags.len() > 15, "expected a flag for each limit, got {flags:?}");
    for flag in flags {
        assert!(help.contains(&format!("{flag} <")), "expected {flag} in the help, got none");
    }
}

#[test]
fn whoever_stops_reading_its_output_does_not_stop_it() {
    let mut server = Server::start(&[]);
    drop(server.process.stdout.take());
    assert_eq!(server.get("/healthz").status(), 200);
    assert!(server.process.try_wait().expect("a process of ours").is_none());
}

#[cfg(unix)]
#[test]
fn it_listens_in_several_places_and_tells_each() {
    use std::os::unix::net::UnixStream;

    let folder = Folder::new("places");
    let path = folder.path("socket");
    let places = ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--unix", &path];
    let mut server = Server::start_on(&places, &[]);
    assert_eq!(server.places.len(), 3);
    assert_eq!(server.places[2], format!("listening on unix:{path}"));
    let mut stream = UnixStream::connect(&path).expect("the server accepts");
    std::io::Write::write_all(&mut stream, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("written");
    serving::read_until(&mut stream, b"\r\n\r\nok");
    drop(stream);
    // Killed, it leaves its file behind, and the next one takes the place over; one that leaves takes the file away.
    server.process.kill().expect("killed");
    server.wait();
    let mut server = Server::start_on(&["--unix", &path], &[]);
    check(&["--unix", &path], &format!("cannot listen on {path}: "));
    server.signal("TERM");
    assert!(server.wait().success());
    assert!(!std::fs::exists(&path).expect("a folder"));
    let file = folder.write("file", "precious");
    check(&["--unix", &file], &format!("cannot listen on {file}: "));
    assert_eq!(std::fs::read(&file).expect("still there"), b"precious");
}
