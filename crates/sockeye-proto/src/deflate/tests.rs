//! Both directions against C zlib: a continuous codec for every connection, which is what peers have.

use super::{
    Deflate, DeflateParams, Deflater, Direction, Ends, Inflater, Left, Outcome, Takeover,
    WindowBits, compress_once,
    oracle::{OrdinaryDecoder, OrdinaryEncoder},
    pool,
    samples::Random,
};

const LIMIT: usize = 1 << 20;
const MESSAGES: usize = 2_000;

fn direction(bits: u8) -> Direction {
    Direction { bits: WindowBits::new(bits).unwrap(), takeover: Takeover::Keep }
}

/// Sends a message by one of the ways there are; `None` when it travels uncompressed.
fn send(random: &mut Random, deflater: &mut Deflater, bits: u8, plain: &[u8]) -> Option<Vec<u8>> {
    let mut compressed = Vec::new();
    match random.below(10) {
        0 => return None,
        1 => {
            let once = compress_once(plain, WindowBits::new(bits).unwrap(), 1)?;
            deflater.adopt(plain);
            return Some(once.into());
        }
        2..=3 => {
            let (head, tail) = plain.split_at(random.below(plain.len() + 1));
            deflater.part(head, &mut compressed, Ends::Part);
            if random.below(2) == 0 {
                pool::empty();
            }
            deflater.part(tail, &mut compressed, Ends::Message);
        }
        _ => match deflater.message(plain, &mut compressed) {
            Outcome::Compressed => {}
            Outcome::NotSmaller => return None,
        },
    }
    Some(compressed)
}

/// Receives a message whole or in parts.
fn receive(random: &mut Random, inflater: &mut Inflater, compressed: &[u8]) -> Vec<u8> {
    if random.below(3) > 0 {
        return inflater.message(compressed, LIMIT).unwrap().into();
    }
    let mut plain = Vec::new();
    for mut piece in compressed.chunks(random.below(2_000) + 1) {
        loop {
            let mut room = vec![0; random.below(9_000) + 1];
            let step = inflater.push(piece, &mut room, LIMIT as u64).unwrap();
            plain.extend_from_slice(&room[..step.produced]);
            piece = &piece[step.consumed..];
            if step.left == Left::Nothing {
                break;
            }
        }
    }
    inflater.finish().unwrap();
    plain
}

/// Several connections take turns, few enough to find their encoders hot or too many for the pool.
fn check_sending(bits: u8, level: u8, connections: usize, messages: usize) {
    let mut random = Random(u64::from(bits) * 100 + connections as u64);
    let connection = || (Deflater::new(direction(bits), level), OrdinaryDecoder::new(bits));
    let mut pairs: Vec<_> = (0..connections).map(|_| connection()).collect();
    let mut compressed_messages = 0;
    for _ in 0..messages {
        let (deflater, decoder) = &mut pairs[random.below(connections)];
        let plain = random.message();
        if let Some(compressed) = send(&mut random, deflater, bits, &plain) {
            assert_eq!(decoder.message(&compressed), plain, "{bits} bits, level {level}");
            compressed_messages += 1;
        }
    }
    assert!(compressed_messages > messages / 2);
}

#[test]
fn hot_encoders_are_read_by_an_ordinary_decoder() {
    for bits in 8..=15 {
        check_sending(bits, 1, 3, MESSAGES);
        check_sending(bits, 6, 1, 300);
    }
}

#[test]
fn parked_encoders_are_read_by_an_ordinary_decoder() {
    for bits in 8..=15 {
        check_sending(bits, 1, 40, MESSAGES);
        check_sending(bits, 9, 30, 300);
    }
}

#[test]
fn an_ordinary_encoder_is_read() {
    for bits in 8..=15 {
        let mut random = Random(u64::from(bits));
        let connection =
            |level| (Inflater::new(direction(bits)), OrdinaryEncoder::new(bits, level));
        let mut pairs: Vec<_> = (1..=9).map(connection).collect();
        for _ in 0..MESSAGES {
            let (inflater, encoder) = &mut pairs[random.below(9)];
            let plain = random.message();
            // A message that travels uncompressed is seen by neither codec.
            if random.below(10) > 0 {
                let compressed = encoder.message(&plain);
                assert_eq!(receive(&mut random, inflater, &compressed), plain, "{bits} bits");
            }
        }
    }
}

#[test]
fn a_connection_may_move_between_threads() {
    type Job = (Deflater, Vec<u8>);
    let mut random = Random(1);
    let mut deflater = Deflater::new(direction(12), 1);
    let mut decoder = OrdinaryDecoder::new(12);
    let work = |mut deflater: Deflater, plain: &[u8]| {
        let mut compressed = Vec::new();
        deflater.part(plain, &mut compressed, Ends::Message);
        (deflater, compressed)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (jobs, inbox) = std::sync::mpsc::channel::<Job>();
                let (outbox, results) = std::sync::mpsc::channel();
                scope.spawn(move || {
                    inbox
                        .iter()
                        .try_for_each(|(deflater, plain)| outbox.send(work(deflater, &plain)))
                });
                (jobs, results)
            })
            .collect();
        for _ in 0..500 {
            let plain = random.message();
            let (jobs, results) = &threads[random.below(threads.len())];
            jobs.send((deflater, plain.clone())).unwrap();
            let (moved, compressed) = results.recv().unwrap();
            deflater = moved;
            assert_eq!(decoder.message(&compressed), plain);
        }
    });
}

#[test]
fn each_end_reads_what_the_other_was_agreed_to_send() {
    let params = DeflateParams {
        server_no_context_takeover: true,
        client_no_context_takeover: false,
        server_max_window_bits: WindowBits::new(9).unwrap(),
        client_max_window_bits: WindowBits::new(12).unwrap(),
    };
    let (mut server, mut client) = (Deflate::server(&params, 1), Deflate::client(&params, 6));
    let mut random = Random(2);
    for _ in 0..200 {
        let (question, answer) = (random.json(400), random.json(2_000));
        let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
        assert_eq!(client.sending.message(&question, &mut to_server), Outcome::Compressed);
        assert_eq!(server.receiving.message(&to_server, LIMIT).unwrap(), question);
        assert_eq!(server.sending.message(&answer, &mut to_client), Outcome::Compressed);
        assert_eq!(client.receiving.message(&to_client, LIMIT).unwrap(), answer);
        assert_eq!(OrdinaryDecoder::new(9).message(&to_client), answer, "without any context");
    }
}

#[test]
fn a_connection_is_small() {
    assert!(size_of::<Deflate>() <= 192, "{}", size_of::<Deflate>());
}
