use clap::Parser;
use sockeye::{Config, Limits, Origins, Timing};

use super::Options;

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    options: Options,
}

fn parse(line: &str) -> Result<Options, clap::Error> {
    let words = ["serve"].into_iter().chain(line.split_whitespace());
    Command::try_parse_from(words).map(|command| command.options)
}

#[test]
fn what_is_not_said_is_as_the_library_has_it() {
    let options = parse("").expect("nothing has to be said");
    assert_eq!(options.config(), Config::default());
    assert_eq!(options.origins(), Origins::SameHost);
}

#[test]
fn every_bound_can_be_set() {
    let options = parse(
        "--max-message 16M --max-fragments 70000 --max-control-frames 5 --max-output 2M \
         --ping-interval 1 --pong-timeout 2 --close-timeout 3 --stall-timeout 6 --message-grace 4 \
         --min-message-rate 2K",
    );
    let config = options.expect("all of it is understood").config();
    let limits = Limits::default().message_bytes(16 << 20).frame_bytes(16 << 20).fragments(70_000);
    let limits = limits.control_frames_per_second(5).output_bytes(2 << 20);
    assert_eq!(config.limits, limits);
    let seconds = std::time::Duration::from_secs;
    let timing = Timing::default().ping_interval(seconds(1)).pong_timeout(seconds(2));
    let timing = timing
        .close_timeout(seconds(3))
        .stall_timeout(seconds(6))
        .message_grace(seconds(4))
        .min_message_rate(2048);
    assert_eq!(config.timing, timing);
    let frame = parse("--max-message 2M --max-frame 64K").expect("both").config().limits;
    assert_eq!((frame.max_message_bytes, frame.max_frame_bytes), (2 << 20, 64 << 10));
}

#[test]
fn pages_are_those_that_were_named() {
    let named = parse("--origin https://a.example --origin http://b.example:81").expect("two");
    let list = Origins::list(["https://a.example", "http://b.example:81"]).expect("two");
    assert_eq!(named.origins(), list);
    assert_eq!(parse("--origin any").expect("any").origins(), Origins::Any);
}

#[test]
fn what_is_not_understood_is_told() {
    for line in [
        "--max-message 0",
        "--max-fragments 0",
        "--ping-interval 0",
        "--min-message-rate 4096M",
        "--origin example.com",
        "--protocol a,b",
        "--tls-cert chain.pem",
        "--tls-key key.pem",
        "--trust-proxy 10.0.0.0/33",
        "--threads 0",
        "--log xml",
        "--deflate maybe",
    ] {
        let error = parse(line).expect_err(line).to_string();
        assert!(error.starts_with("error: "), "{line}: {error}");
    }
}
