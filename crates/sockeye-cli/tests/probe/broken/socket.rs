//! `Socket`: frames in and out.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::mpsc::{Sender, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{
    Fault, end,
    goodbye::{self, Goodbye},
    linger,
    message::Assembly,
};

/// A client that sends more of them than this has no good reason.
const MAX_CONTROL_FRAMES: u32 = 2000;

/// The longest payload that is waited for by whoever believes a claim.
const HUGE: u64 = 1 << 40;

/// Why no more is read.
pub(super) enum Stop {
    /// The stream has ended.
    Gone,
    /// A Close with this code is the answer.
    Fail(u16),
    Goodbye(Goodbye),
}

pub(super) struct Socket<'a> {
    stream: TcpStream,
    unread: Vec<u8>,
    fault: Fault<'a>,
    deflate: bool,
    assembly: Assembly<'a>,
    control_frames: u32,
    /// Where everything waits that the peer does not read, without bound.
    heap: Option<(Sender<Vec<u8>>, JoinHandle<bool>)>,
}

/// The header of a frame.
struct Header {
    first: u8,
    is_masked: bool,
    is_shortest: bool,
    len: u64,
}

impl Header {
    fn opcode(&self) -> u8 {
        self.first & 0x0f
    }

    fn is_control(&self) -> bool {
        self.opcode() >= 8
    }

    fn is_last(&self) -> bool {
        self.first & 0x80 != 0
    }

    fn has_rsv1(&self) -> bool {
        self.first & 0x40 != 0
    }
}

impl<'a> Socket<'a> {
    pub(super) fn new(stream: TcpStream, unread: Vec<u8>, deflate: bool, fault: Fault<'a>) -> Self {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
        let heap = fault.is("ping-flood").then(|| {
            let mut stream = stream.try_clone().expect("a second handle");
            let (sender, receiver) = channel::<Vec<u8>>();
            let mut write = move |bytes: Vec<u8>| stream.write_all(&bytes).is_ok();
            (sender, thread::spawn(move || receiver.iter().all(&mut write)))
        });
        let assembly = Assembly::new(fault);
        Self { stream, unread, fault, deflate, assembly, control_frames: 0, heap }
    }

    pub(super) fn run(mut self) {
        let stop = match self.first_read() {
            Err(stop) => stop,
            Ok(()) => loop {
                if let Err(stop) = self.frame() {
                    break stop;
                }
            },
        };
        let stays_open = match stop {
            Stop::Gone => self.fault.is("end-without-close"),
            Stop::Fail(code) => {
                self.send(0x88, &code.to_be_bytes());
                self.fault.is("failure-ends-stream")
            }
            Stop::Goodbye(Goodbye::Silent) => false,
            Stop::Goodbye(Goodbye::Close(payload)) => {
                self.send(0x88, &payload);
                if self.fault.is("nothing-after-close") {
                    self.send(0x81, b"one more");
                }
                self.fault.is("close-ends-stream")
            }
        };
        if let Some((sender, writer)) = self.heap.take() {
            drop(sender);
            let _ = writer.join();
        }
        if stays_open {
            // It waits for nothing: standing still for longer than anybody waits is what is wrong with it.
            thread::sleep(Duration::from_secs(5));
            linger(&mut self.stream, Duration::from_secs(5));
        } else {
            end(self.stream);
        }
    }

    /// A server that wants whole frames cannot tell a slow client from a wrong one.
    fn first_read(&mut self) -> Result<(), Stop> {
        if self.fault.is("byte-by-byte") {
            self.fill()?;
            // A header of two bytes, and a mask.
            if self.unread.len() < 6 {
                return Err(Stop::Fail(1002));
            }
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<(), Stop> {
        let mut scratch = [0; 16 << 10];
        match self.stream.read(&mut scratch) {
            Ok(len @ 1..) => self.unread.extend_from_slice(&scratch[..len]),
            _ => return Err(Stop::Gone),
        }
        Ok(())
    }

    fn take(&mut self, len: usize) -> Result<Vec<u8>, Stop> {
        while self.unread.len() < len {
            self.fill()?;
        }
        Ok(self.unread.drain(..len).collect())
    }

    fn header(&mut self) -> Result<Header, Stop> {
        let start = self.take(2)?;
        let (len, is_shortest) = match start[1] & 0x7f {
            126 => {
                let len = self.take(2)?;
                let len = u64::from(u16::from_be_bytes([len[0], len[1]]));
                (len, len > 125)
            }
            127 => {
                let len = self.take(8)?;
                let len = u64::from_be_bytes(len.try_into().expect("eight bytes"));
                (len, len > 65_535)
            }
            len => (len.into(), true),
        };
        Ok(Header { first: start[0], is_masked: start[1] & 0x80 != 0, is_shortest, len })
    }

    fn frame(&mut self) -> Result<(), Stop> {
        let mut header = self.header()?;
        self.check(&header).map_err(Stop::Fail)?;
        // Who does not look at the top bit reads a length without it.
        header.len &= !(1 << 63);
        let mask = if header.is_masked { self.take(4)? } else { vec![0; 4] };
        if header.is_control() {
            let len = usize::try_from(header.len).expect("a short one");
            let payload = unmasked(self.take(len)?, &mask, 0);
            return self.control(header.opcode(), &payload);
        }
        self.assembly.begin(header.first).map_err(Stop::Fail)?;
        let mut read = 0;
        while read < header.len {
            let left = usize::try_from(header.len - read).unwrap_or(usize::MAX);
            if self.unread.is_empty() {
                self.fill()?;
            }
            let piece = self.take(left.min(self.unread.len()))?;
            let piece = unmasked(piece, &mask, read);
            read += piece.len() as u64;
            self.assembly.push(&piece).map_err(Stop::Fail)?;
        }
        self.assembly.end_frame(header.is_last()).map_err(Stop::Fail)
    }

    fn check(&self, header: &Header) -> Result<(), u16> {
        let (opcode, is_control, len) = (header.opcode(), header.is_control(), header.len);
        let is_in_message = self.assembly.is_begun();
        let total = self.assembly.len() as u64 + len;
        let max_message = super::MAX_MESSAGE as u64 - u64::from(self.fault.is("message-at-limit"));
        let has_stray_rsv = header.first & 0x30 != 0 || header.has_rsv1() && !self.deflate;
        let is_over = !is_control && total > max_message;
        self.fault.first_broken(&[
            ("unmasked-frame", 1002, !header.is_masked),
            ("rsv-bits", 1002, has_stray_rsv),
            ("reserved-opcodes", 1002, matches!(opcode, 3..=7 | 11..)),
            ("fragmented-ping", 1002, is_control && !header.is_last()),
            ("long-ping", 1002, is_control && len > 125),
            ("compressed-ping", 1002, header.has_rsv1() && is_control && !has_stray_rsv),
            ("compressed-continuation", 1002, header.has_rsv1() && opcode == 0 && !has_stray_rsv),
            ("shortest-length", 1002, !header.is_shortest),
            ("top-bit-of-length", 1002, len >> 63 == 1),
            ("lone-continuation", 1002, opcode == 0 && !is_in_message),
            ("message-in-message", 1002, matches!(opcode, 1..=2) && is_in_message),
            ("huge-claim", 1009, (HUGE..1 << 63).contains(&len)),
            ("message-over-limit", 1009, is_over && len < HUGE && !is_in_message),
            ("fragments-over-limit", 1009, is_over && len < HUGE && is_in_message),
        ])
    }

    fn control(&mut self, opcode: u8, payload: &[u8]) -> Result<(), Stop> {
        self.control_frames += 1;
        let floods = self.control_frames > MAX_CONTROL_FRAMES;
        self.fault.first_broken(&[("ping-flood", 1008, floods)]).map_err(Stop::Fail)?;
        let is_in_message = self.assembly.is_begun();
        match opcode {
            8 => {
                return goodbye::answer(payload, is_in_message, self.fault).map_or_else(
                    |code| Err(Stop::Fail(code)),
                    |goodbye| Err(Stop::Goodbye(goodbye)),
                );
            }
            // It waits for the end of the message, which does not come.
            9 if is_in_message && self.fault.is("ping-in-message") => {}
            9 if self.fault.is("ping-answered") && payload.len() == 125 => {
                self.send(0x8a, &payload[..124]);
            }
            9 => self.send(0x8a, payload),
            10 if self.fault.is("unasked-pong") => return Err(Stop::Fail(1002)),
            _ => {}
        }
        Ok(())
    }

    /// A frame of at most 125 bytes.
    fn send(&mut self, first: u8, payload: &[u8]) {
        let len = u8::try_from(payload.len()).expect("a short one");
        let frame = if self.fault.is("no-mask-back") {
            [&[first, 0x80 | len, 0, 0, 0, 0], payload].concat()
        } else {
            [&[first, len], payload].concat()
        };
        match &self.heap {
            Some((heap, _)) => drop(heap.send(frame)),
            None => drop(self.stream.write_all(&frame)),
        }
    }
}

fn unmasked(mut payload: Vec<u8>, mask: &[u8], from: u64) -> Vec<u8> {
    let phase = usize::try_from(from % 4).expect("less than four");
    for (byte, key) in payload.iter_mut().zip(mask.iter().cycle().skip(phase)) {
        *byte ^= key;
    }
    payload
}
