//! `sockeye connect` that cannot begin: one line, and exit status 2.

mod program;

use program::{Server, run, sockeye};

#[test]
fn wrong_arguments_are_told_in_one_line() {
    for (args, why) in [
        (&[][..], "<URL>"),
        (&["localhost:80"], "expected a URL with a scheme such as wss://, got none"),
        (&["ftp://a"], "expected a URL of ws, wss, http or https"),
        (&["ws://a", "--header", "novalue"], "expected a header such as `Name: value`"),
        (&["ws://a", "--auth", "nobody"], "expected a login such as `user:password`"),
        (&["ws://a", "--proxy", "ftp://b"], "http, https, socks5 or socks5h for a proxy"),
        (&["ws://a", "--proxy", "http://b", "--unix", "c"], "cannot be used with"),
        (&["ws://a", "--exit-after", "0"], "0 is not in 1.."),
        (&["ws://a", "--timeout", "soon"], "expected seconds such as"),
        (&["ws://a", "--ping", "0"], "expected seconds such as"),
        (&["ws://a", "--max-message", "2048M"], "expected at most 1024M"),
        (&["ws://a", "--close-code", "1006"], "expected a code that may travel"),
        (&["ws://a", "--format", "xml"], "[possible values: text, hex, base64, length-prefixed]"),
        (&["ws://a", "--cert", "a"], "--key"),
        (&["ws://a", "--nonsense"], "--nonsense"),
    ] {
        run(sockeye(&["connect"]).args(args), "").fails_with(2, why);
    }
}

#[test]
fn what_no_request_can_hold_is_not_sent() {
    let server = Server::start(&[]);
    for (option, value) in [("--header", "Upgrade: h2c"), ("--protocol", "a b")] {
        let args = ["connect", &server.echo(), option, value];
        run(&mut sockeye(&args), "").fails_with(2, "the request cannot be made: ");
    }
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (file, why) in [
        ("nowhere.pem", "expected certificates in nowhere.pem, got "),
        (manifest, "Cargo.toml, got none"),
    ] {
        run(&mut sockeye(&["connect", "wss://a", "--cacert", file]), "").fails_with(2, why);
        let args = ["connect", "wss://a", "--cert", file, "--key", file];
        run(&mut sockeye(&args), "").fails_with(2, file);
    }
}

#[test]
fn a_server_that_is_not_there_or_does_not_want_us_is_told() {
    let server = Server::start(&[]);
    for (url, why) in [
        ("ws://nowhere.invalid".to_owned(), "expected an address of nowhere.invalid, got none"),
        (format!("ws://{}/nothing", server.address), "expected status 101, got 404: "),
        (format!("wss://{}/echo", server.address), "expected TLS with 127.0.0.1"),
    ] {
        run(&mut sockeye(&["connect", &url]), "hello\n").fails_with(2, why);
    }
    let url = server.echo();
    drop(server);
    let why = "Connection refused";
    run(&mut sockeye(&["connect", &url]), "").fails_with(2, why);
    run(&mut sockeye(&["connect", &url, "--http2"]), "").fails_with(2, why);
    let args = ["connect", "ws://a", "--unix", "nowhere.sock"];
    run(&mut sockeye(&args), "").fails_with(2, "expected a connection to nowhere.sock, got none");
}
