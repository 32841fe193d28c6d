//! `planted FAULT`: an echo over raw sockets with one fault of our choice, for a suite that has to find it.
//!
//! Its frames are read and written by hand, because the core would not let it do wrong. It knows what the cases need
//! that it is shown and no more: one frame a message, a Close answered, no compression.

use std::{
    env, fmt,
    io::{self, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    process::ExitCode,
};

use sockeye_proto::handshake::{
    Choice, HeadLimits, Offer, Progress, RequestReader, write_response,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Text is echoed whatever its bytes are.
    UncheckedText,
    /// A server's frames are masked.
    MaskedFrames,
}

fn main() -> ExitCode {
    let fault = match env::args().nth(1).as_deref() {
        Some("none") => Fault::None,
        Some("unchecked-text") => Fault::UncheckedText,
        Some("masked-frames") => Fault::MaskedFrames,
        _ => return failed("expected none, unchecked-text or masked-frames"),
    };
    match run(fault) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(error),
    }
}

fn failed(why: impl fmt::Display) -> ExitCode {
    // Whoever closed the pipe does not ask why.
    let _ = writeln!(io::stderr(), "planted: {why}");
    ExitCode::FAILURE
}

/// One connection after the other, as the suite has it.
fn run(fault: Fault) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    loop {
        // What ends a connection is the suite's business.
        let _ = listener.accept().and_then(|(stream, _)| echo(stream, fault));
    }
}

fn echo(mut stream: TcpStream, fault: Fault) -> io::Result<()> {
    open(&mut stream)?;
    loop {
        let (opcode, payload) = read_frame(&mut stream)?;
        let is_text = opcode == 1;
        if is_text && fault != Fault::UncheckedText && str::from_utf8(&payload).is_err() {
            return write_frame(&mut stream, 8, &1007_u16.to_be_bytes(), fault);
        }
        write_frame(&mut stream, opcode, &payload, fault)?;
        if opcode == 8 {
            return Ok(());
        }
    }
}

/// Reads the request a byte at a time, so that nothing behind it is taken, and answers it.
fn open(stream: &mut TcpStream) -> io::Result<()> {
    let mut reader = RequestReader::new(HeadLimits::default());
    let refused = |_| io::Error::from(ErrorKind::InvalidData);
    let request = loop {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        if let Progress::Finished { head, .. } = reader.read(&byte).map_err(refused)? {
            break head;
        }
    };
    let offer = Offer::from_request(&request).map_err(refused)?;
    let acceptance = offer.accept(&Choice::default()).map_err(refused)?;
    stream.write_all(&write_response(&acceptance.response))
}

/// A frame of a client, shorter than 126 bytes: its opcode and its payload without the mask.
fn read_frame(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 6];
    stream.read_exact(&mut head)?;
    let [first, len, mask @ ..] = head;
    let mut payload = vec![0; usize::from(len & 0x7F)];
    stream.read_exact(&mut payload)?;
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    Ok((first & 0x0F, payload))
}

fn write_frame(stream: &mut TcpStream, opcode: u8, payload: &[u8], fault: Fault) -> io::Result<()> {
    let len = u8::try_from(payload.len()).map_err(io::Error::other)?;
    let mut frame = vec![0x80 | opcode, len];
    if fault == Fault::MaskedFrames {
        // A key of zeros leaves the payload as it is; the bit is the fault.
        frame = vec![0x80 | opcode, 0x80 | len, 0, 0, 0, 0];
    }
    frame.extend_from_slice(payload);
    stream.write_all(&frame)
}
