use std::{sync::Arc, time::Instant};

use sockeye::{Config, DeflateConfig, DeflateParams, Kind, Limits};
use sockeye_proto::{Connection, Event, Input};

use super::{Check, Cycle, Piece};
use crate::bench::payload::{self, Content};

fn messages(content: Content, len: usize, count: u64) -> Vec<Vec<u8>> {
    (0..count).map(|number| payload::make(content, len, number)).collect()
}

/// What a server understands of frames in any order is what was put into the cycle.
fn check(content: Content, len: usize, deflate: Option<DeflateParams>) {
    let kind = if content == Content::RandomBytes { Kind::Binary } else { Kind::Text };
    let limits = Limits::default().message_bytes(1 << 22).frame_bytes(1 << 22);
    let config = Arc::new(Config::default().limits(limits).deflate(DeflateConfig::default()));
    let cycle = Cycle::new(kind, messages(content, len, 5), deflate, &config, [7; 32]);
    let now = Instant::now();
    let mut server = Connection::server(config, deflate, now);
    let mut got = Check::default();
    for most in [3, 9, 1, 1, 2, 5, 4] {
        let (frames, count) = cycle.frames(got.whole, most);
        assert!(count >= 1 && count <= most);
        let (mut read, before) = (frames.to_vec(), got.whole);
        let mut input = Input::new(&mut read, now);
        while let Some(event) = server.handle_input(&mut input) {
            let Event::Message(message) = event else { panic!("{event:?}") };
            assert_eq!(message.kind(), kind);
            got.take(&cycle, Piece::Last(message.as_bytes())).expect("what was sent");
        }
        assert_eq!(got.whole - before, count);
        assert!(server.is_open(), "{:?}", server.closed());
    }
}

#[test]
fn a_server_reads_what_was_put_into_the_cycle() {
    for len in [0, 1, 125, 126, 65_535, 65_536, 1 << 20] {
        check(Content::RandomBytes, len, None);
        check(Content::NonAscii, len, None);
    }
}

#[test]
fn compressed_frames_stand_in_any_order_with_and_without_takeover() {
    let forgetful = DeflateParams {
        client_no_context_takeover: true,
        server_no_context_takeover: true,
        ..DeflateParams::default()
    };
    for params in [DeflateParams::default(), forgetful] {
        check(Content::Records, 1024, Some(params));
        check(Content::RandomBytes, 16_384, Some(params));
    }
}

#[test]
fn what_comes_back_changed_is_seen() {
    let config = Arc::new(Config::default());
    for len in [1, 100, 4096, 4097, 100_000] {
        let sent = messages(Content::RandomBytes, len, 2);
        let cycle = Cycle::new(Kind::Binary, sent.clone(), None, &config, [7; 32]);
        let taken = |echo: &[u8]| Check::default().take(&cycle, Piece::Last(echo));
        assert!(taken(&sent[0]).is_ok());
        assert!(taken(&sent[1]).is_err(), "another message");
        assert!(taken(&sent[0][1..]).is_err(), "too short");
        assert!(taken(&[&sent[0][..], b"!"].concat()).is_err(), "too long");
        for at in [0, len - 1] {
            let mut echo = sent[0].clone();
            echo[at] ^= 1;
            assert!(taken(&echo).is_err(), "byte {at} of {len}");
        }
    }
}

#[test]
fn pieces_are_compared_where_they_stand() {
    let config = Arc::new(Config::default());
    let sent = messages(Content::RandomBytes, 1000, 3);
    let cycle = Cycle::new(Kind::Binary, sent.clone(), None, &config, [7; 32]);
    for cut in [1, 7, 333, 999, 1000] {
        let mut check = Check::default();
        for message in sent.iter().chain(&sent) {
            for piece in Piece::cut(message, cut) {
                check.take(&cycle, piece).expect("what was sent");
            }
        }
        assert_eq!(check.whole, 6);
    }
}
