//! Messages of every kind come back as they were sent.

use crate::support::{Count, Running, counting_echo, run};

fn check(options: &str) {
    let count = Count::shared();
    let server = counting_echo(&count);
    let run = run(&format!("echo --json -c 3 -d 200ms --warmup 0s {options} {}", server.url()));
    let run = run.succeeded();
    assert!(run.number("done") > 0.0, "{options}");
    assert_eq!(run.number("wrong"), 0.0);
}

#[test]
fn sizes_and_depths_come_back_whole() {
    for options in ["-s 1", "-s 125 --depth 3", "-s 126", "-s 65535", "-s 65536 --depth 8", "-s 2M"]
    {
        check(options);
    }
}

#[test]
fn text_and_compressed_messages_come_back_as_they_were() {
    for options in [
        "--text",
        "--non-ascii -s 16K --depth 2",
        "--text --compressible",
        "--compressible --deflate on -s 1K --depth 4",
        "--compressible --deflate no-takeover -s 100K",
        "--random --deflate on -s 1K",
    ] {
        check(options);
    }
}

#[test]
fn an_open_loop_with_messages_of_any_size_goes_round_its_cycle() {
    check("--rate 500 --depth 7 -s 100K");
    check("--rate 500 --depth 7 --compressible --deflate on -s 300");
}

#[test]
fn an_echo_that_is_none_is_a_failure() {
    let server = Running::start(|mut ws| async move {
        while let Ok(Some(message)) = ws.recv().await {
            let mut echo = message.as_bytes().to_vec();
            echo[7] ^= 1;
            if ws.send(echo).await.is_err() {
                break;
            }
        }
    });
    let run = run(&format!("echo -c 1 -d 100ms --warmup 0s {}", server.url()));
    run.failed(1, "expected the 128 bytes that were sent, got others");
}

#[test]
fn a_server_that_pings_and_sends_fragments_is_understood() {
    let server = Running::start(|mut ws| async move {
        while let Ok(Some(message)) = ws.recv().await {
            let _ = ws.ping(b"are you there").await;
            let mut parts = ws.send_parts(message.kind()).await.expect("a writer");
            for part in message.as_bytes().chunks(50) {
                parts.write(part).await.expect("written");
            }
            parts.finish().await.expect("finished");
        }
    });
    let run = run(&format!("echo --json -c 2 -d 300ms --rate 400 {}", server.url()));
    assert!(run.succeeded().number("done") > 0.0);
}
