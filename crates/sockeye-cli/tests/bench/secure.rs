//! `wss`, which goes through the library.

use std::fs;

use sockeye::{Listener, ServerOptions, Tls};

use crate::support::{Count, Running, echo, run};

#[test]
fn an_echo_through_tls_is_measured_and_said_to_be_slower() {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
    let signed = signed.expect("a certificate");
    let (chain, key) = (signed.cert.pem(), signed.signing_key.serialize_pem());
    let file = std::env::temp_dir().join(format!("sockeye-bench-{}.pem", std::process::id()));
    fs::write(&file, &chain).expect("written");
    let count = Count::shared();
    let counted = count.clone();
    let listener = async move {
        let tls =
            Tls::from_pem(chain.as_bytes(), key.as_bytes()).expect("a certificate and its key");
        Ok(Listener::tcp("127.0.0.1:0").await?.tls(tls))
    };
    let server = Running::serve(listener, |server| {
        server.route("/", ServerOptions::default(), move |ws| echo(ws, counted.clone()))
    });
    let (port, trusted) = (server.address.port(), file.display());
    let rest = format!("--cacert {trusted} wss://localhost:{port}/");
    let json = run(&format!("echo --json -c 4 --depth 4 -d 500ms --warmup 0s {rest}")).succeeded();
    assert!(count.number() - json.number("done") as u64 <= 16);
    let text = run(&format!("echo -c 2 --rate 100 -d 200ms {rest}")).succeeded().stdout();
    assert!(text.contains("not on the fast path"), "{text}");
    for what in ["handshake", "churn", "idle"] {
        let run = run(&format!("{what} --json -c 2 -d 200ms --warmup 0s {rest}")).succeeded();
        assert!(run.number("done") > 0.0);
    }
    run(&format!("echo -c 1 wss://localhost:{port}/"))
        .failed(2, "cannot connect to wss://localhost");
    fs::remove_file(file).expect("removed");
}
