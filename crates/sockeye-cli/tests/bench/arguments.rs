//! What cannot be begun is told in one line, with status 2.

use std::{fs, net::TcpListener};

use crate::support::{Count, counting_echo, run};

#[test]
fn wrong_arguments_are_told() {
    for (arguments, why) in [
        ("echo", "<URL>"),
        ("echo --depth 0 ws://127.0.0.1:1/", "expected a number from 1"),
        ("echo --rate 0 ws://127.0.0.1:1/", "expected a number a second"),
        ("echo --size 0 ws://127.0.0.1:1/", "expected a size"),
        ("echo -d soon ws://127.0.0.1:1/", "expected a time"),
        ("echo -d 0s ws://127.0.0.1:1/", "expected some time to measure in"),
        ("echo --text --binary ws://127.0.0.1:1/", "cannot be used with"),
        ("echo --header nonsense ws://127.0.0.1:1/", "expected a header such as `Name: value`"),
        ("echo -c 1 --threads 2 ws://127.0.0.1:1/", "expected at most one thread a connection"),
        ("echo -c 999999999 ws://127.0.0.1:1/", "got a limit of"),
        ("fanout -s 15 ws://127.0.0.1:1/", "expected messages of 16 bytes or more"),
        ("fanout -c 2 --publishers 3 ws://127.0.0.1:1/", "expected at most 2 publishers"),
        ("echo --cacert no/such/file wss://127.0.0.1:1/", "expected certificates in"),
        ("echo --report no/such/folder/a.html ws://127.0.0.1:1/", "cannot write no/such/folder"),
        ("echo 127.0.0.1:1", "expected a URL with a scheme"),
        ("echo ftp://127.0.0.1/", "expected a URL of ws, wss, http or https"),
        ("nonsense", "nonsense"),
    ] {
        run(arguments).failed(2, why);
    }
}

#[test]
fn a_server_that_is_not_there_or_no_websocket_is_told() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let why = format!("cannot connect to ws://{address}/a: ");
    run(&format!("echo ws://{address}/a?token=secret")).failed(2, &why);
    let server = counting_echo(&Count::shared());
    let run = run(&format!("echo {}nothing", server.url()));
    run.failed(2, "expected status 101");
}

#[test]
fn a_header_reaches_the_server_and_a_page_is_written() {
    let server = counting_echo(&Count::shared());
    let file = std::env::temp_dir().join(format!("sockeye-bench-{}.html", std::process::id()));
    let mut command =
        crate::support::bench("echo -c 2 -d 200ms --warmup 0s --header Origin:http://evil.example");
    let refused = command.arg(server.url()).output().expect("the binary starts");
    assert_eq!(
        refused.status.code(),
        Some(2),
        "the header was sent, and this origin is not allowed"
    );
    let path = file.display();
    run(&format!("echo -c 2 -d 200ms --warmup 0s --report {path} {}", server.url())).succeeded();
    let page = fs::read_to_string(&file).expect("a page");
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"), "{page}");
    fs::remove_file(file).expect("removed");
}
