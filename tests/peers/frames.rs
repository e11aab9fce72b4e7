//! Raw frames at WebSocket endpoints of ours, listening and dialing, streams and sockets: the case
//! groups of the Autobahn suite, in a table.
use crate::program::*;
use base64::Engine;
use sha1::{Digest, Sha1};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
/// The last, or only, frame of its message.
const FIN: u8 = 0x80;

type Frames = Vec<(u8, Vec<u8>)>;

/// What is to come of some frames.
enum Comes {
    /// These bytes of data and these pongs, and a normal end.
    Back(Vec<u8>, Vec<Vec<u8>>),
    /// A close frame with this code.
    Close(u16),
}

struct Case {
    name: String,
    frames: Frames,
    comes: Comes,
}

/// Both kinds of endpoint, at both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    StreamListener,
    SocketListener,
    StreamDialer,
    SocketDialer,
}
use End::*;

impl End {
    fn listens(self) -> bool {
        matches!(self, StreamListener | SocketListener)
    }

    fn is_socket(self) -> bool {
        matches!(self, SocketListener | SocketDialer)
    }
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    let mut case = |name: String, frames: Frames, comes: Comes| {
        all.push(Case { name, frames, comes });
    };
    let back = |data: &[u8]| Comes::Back(data.to_vec(), vec![]);
    let f = |first: u8, payload: &[u8]| (first, payload.to_vec());
    // 1: framing.
    for len in [0, 1, 125, 126, 127, 128, 65535, 65536] {
        for opcode in [TEXT, BINARY] {
            // No bytes at all give a stream nothing to say.
            let frames = vec![f(FIN | opcode, &bytes(len)), f(FIN | BINARY, b"end")];
            let expected = [bytes(len), b"end".to_vec()].concat();
            case(format!("a message of {len}, opcode {opcode}"), frames, back(&expected));
        }
    }
    // 2: pings and pongs.
    for payload in [&b""[..], b"Hello", &[0, 255, 254, 253], &[0xfe; 125]] {
        let frames = vec![f(FIN | PING, payload), f(FIN | BINARY, b"x")];
        let comes = Comes::Back(b"x".to_vec(), vec![payload.to_vec()]);
        case(format!("a ping of {}", payload.len()), frames, comes);
    }
    case("a ping of 126".into(), vec![f(FIN | PING, &[0; 126])], Comes::Close(1002));
    for payload in [&b""[..], b"unasked"] {
        let frames = vec![f(FIN | PONG, payload), f(FIN | BINARY, b"x")];
        case(format!("a pong of {}", payload.len()), frames, back(b"x"));
    }
    let pings: Vec<Vec<u8>> = (0..10).map(|i| format!("ping {i}").into_bytes()).collect();
    let mut frames: Frames = pings.iter().map(|p| f(FIN | PING, p)).collect();
    frames.push(f(FIN | BINARY, b"x"));
    case("ten pings".into(), frames, Comes::Back(b"x".to_vec(), pings));
    // 3 and 4: reserved bits and opcodes.
    for bits in 1..8u8 {
        for opcode in [TEXT, BINARY, CLOSE, PING, PONG] {
            let frames = vec![f(FIN | bits << 4 | opcode, b"xy")];
            case(format!("reserved bits {bits}, opcode {opcode}"), frames, Comes::Close(1002));
        }
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for payload in [&b""[..], b"payload"] {
            let frames = vec![f(FIN | opcode, payload)];
            case(format!("opcode {opcode}"), frames, Comes::Close(1002));
        }
    }
    // 5: fragments.
    for opcode in [TEXT, BINARY] {
        let frames = vec![f(opcode, b"one "), f(0, b""), f(0, b"two "), f(FIN, b"three")];
        case(format!("fragments, opcode {opcode}"), frames, back(b"one two three"));
        let frames = vec![
            f(opcode, b"a"),
            f(FIN | PING, b"p"),
            f(0, b"b"),
            f(FIN | PONG, b""),
            f(FIN, b"c"),
        ];
        let comes = Comes::Back(b"abc".to_vec(), vec![b"p".to_vec()]);
        case(format!("control frames between fragments, opcode {opcode}"), frames, comes);
        let frames = vec![f(opcode, b"a"), f(FIN | opcode, b"b")];
        case(format!("a message within one, opcode {opcode}"), frames, Comes::Close(1002));
    }
    let mut frames = vec![f(BINARY, &bytes(60_000))];
    frames.extend((0..8).map(|_| f(0, &bytes(60_000))));
    frames.push(f(FIN, &bytes(60_000)));
    case("large fragments".into(), frames, back(&bytes(60_000).repeat(10)));
    case("a fragmented ping".into(), vec![f(PING, b"a"), f(FIN, b"b")], Comes::Close(1002));
    case("a fragmented close".into(), vec![f(CLOSE, b"\x03\xe8")], Comes::Close(1002));
    for first in [0, FIN] {
        let frames = vec![f(first, b"nothing to go on with")];
        case(format!("a continuation of nothing, {first}"), frames, Comes::Close(1002));
    }
    // 6: text is not looked into, as the manual says.
    let frames = vec![f(FIN | TEXT, b"\xce\xba\xed\xa0\x80\xff")];
    case("text that is none".into(), frames, back(b"\xce\xba\xed\xa0\x80\xff"));
    // 7: closing.
    for payload in
        [&b""[..], b"\x03\xe8", b"\x03\xe8why", &[&b"\x0b\xb8"[..], &[b'x'; 123]].concat()]
    {
        let name = format!("a close of {}", payload.len());
        case(name, vec![f(FIN | CLOSE, payload)], Comes::Close(1000));
    }
    let frames = vec![f(FIN | CLOSE, b"\x03\xe8"), f(FIN | BINARY, b"late"), f(FIN | PING, b"")];
    case("more after a close".into(), frames, Comes::Close(1000));
    for code in [1000u16, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        let frames = vec![f(FIN | CLOSE, &code.to_be_bytes())];
        case(format!("closed with {code}"), frames, Comes::Close(1000));
    }
    for code in [0u16, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535] {
        let frames = vec![f(FIN | CLOSE, &code.to_be_bytes())];
        case(format!("closed with {code}"), frames, Comes::Close(1002));
    }
    for (name, payload) in [
        ("a close of one byte", vec![3]),
        ("a close of 126", [&b"\x03\xe8"[..], &[b'x'; 124]].concat()),
        ("a close with a reason that is no text", b"\x03\xe8\xce\xba\xed\xa0\x80".to_vec()),
    ] {
        case(name.into(), vec![f(FIN | CLOSE, &payload)], Comes::Close(1002));
    }
    // 9: limits.
    case("a mebibyte".into(), vec![f(FIN | BINARY, &bytes(1 << 20))], back(&bytes(1 << 20)));
    let frames = vec![f(FIN | BINARY, &bytes((1 << 20) + 1))];
    case("more than a mebibyte".into(), frames, Comes::Close(1009));
    all
}

/// The peer of an endpoint.
struct Raw {
    stream: TcpStream,
    masks: bool,
    input: Vec<u8>,
}

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

impl Raw {
    /// Reads a request or a response.
    fn head(&mut self) -> String {
        let mut byte = [0];
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            self.stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        String::from_utf8(head).unwrap()
    }

    fn new(stream: TcpStream, masks: bool) -> Raw {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Raw { stream, masks, input: Vec::new() }
    }

    fn connect(port: u16, sub_protocol: &str) -> Raw {
        let mut raw = Raw::new(TcpStream::connect(("127.0.0.1", port)).unwrap(), true);
        let ask = format!(
            "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n{sub_protocol}\r\n"
        );
        raw.stream.write_all(ask.as_bytes()).unwrap();
        assert!(raw.head().starts_with("HTTP/1.1 101 "));
        raw
    }

    fn accept(listener: &TcpListener, sub_protocol: &str) -> Raw {
        let mut raw = Raw::new(listener.accept().unwrap().0, false);
        let head = raw.head();
        let mut lines = head.lines();
        let key = lines.find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let hash =
            Sha1::new().chain_update(key).chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        let accept = base64::engine::general_purpose::STANDARD.encode(hash.finalize());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n{sub_protocol}\r\n"
        );
        raw.stream.write_all(answer.as_bytes()).unwrap();
        raw
    }

    fn encode(&self, first: u8, payload: &[u8], out: &mut Vec<u8>) {
        let mask = if self.masks { 0x80 } else { 0 };
        out.push(first);
        match payload.len() {
            len @ 0..126 => out.push(mask | len as u8),
            len @ 126..65536 => {
                out.push(mask | 126);
                out.extend_from_slice(&(len as u16).to_be_bytes());
            }
            len => {
                out.push(mask | 127);
                out.extend_from_slice(&(len as u64).to_be_bytes());
            }
        }
        if self.masks {
            let key = [0x37, 0xfa, 0x21, 0x3d];
            out.extend_from_slice(&key);
            out.extend(payload.iter().zip(key.iter().cycle()).map(|(b, k)| b ^ k));
        } else {
            out.extend_from_slice(payload);
        }
    }

    /// Sends from a thread of its own, so that nobody waits for us to read.
    fn send(&self, bytes: Vec<u8>, step: usize) {
        let mut stream = self.stream.try_clone().unwrap();
        std::thread::spawn(move || {
            // Who has closed does not read on.
            let _ = bytes.chunks(step).try_for_each(|part| stream.write_all(part));
        });
    }

    fn need(&mut self, len: usize) -> Option<()> {
        let mut buf = [0; 65536];
        while self.input.len() < len {
            match self.stream.read(&mut buf) {
                Ok(0) => return None,
                Ok(n) => self.input.extend_from_slice(&buf[..n]),
                Err(e) if e.kind() == ErrorKind::ConnectionReset => return None,
                Err(e) => panic!("{e}"),
            }
        }
        Some(())
    }

    /// The next frame; none at the end.
    fn receive(&mut self) -> Option<(u8, Vec<u8>)> {
        self.need(2)?;
        let (first, second) = (self.input[0], self.input[1]);
        // They mask when we do not.
        assert_eq!(second & 0x80 != 0, !self.masks);
        let more = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        self.need(2 + more)?;
        let len = match more {
            0 => usize::from(second & 0x7f),
            _ => self.input[2..2 + more].iter().fold(0, |len, b| len << 8 | usize::from(*b)),
        };
        let key = if self.masks { 0 } else { 4 };
        let head = 2 + more + key;
        self.need(head + len)?;
        let mut frame: Vec<u8> = self.input.drain(..head + len).collect();
        let mut payload = frame.split_off(head);
        if key > 0 {
            let key = &frame[head - 4..];
            payload.iter_mut().zip(key.iter().cycle()).for_each(|(b, k)| *b ^= k);
        }
        Some((first, payload))
    }
}

fn run(case: &Case, end: End, raw: &mut Raw, step: usize) {
    let what = format!("{}, {end:?}, {step} bytes at a time", case.name);
    let mut out = Vec::new();
    for (first, payload) in &case.frames {
        raw.encode(*first, payload, &mut out);
    }
    raw.send(out, step);
    let (mut data, mut pongs, mut messages) = (Vec::new(), Vec::new(), 0);
    let code = loop {
        if let Comes::Back(all, answers) = &case.comes
            && data.len() >= all.len()
            && pongs.len() == answers.len()
        {
            break None;
        }
        let (first, payload) = raw.receive().unwrap_or_else(|| panic!("{what}: no close frame"));
        match first & 0x7f {
            CLOSE => break Some(u16::from_be_bytes([payload[0], payload[1]])),
            PONG => pongs.push(payload),
            opcode => {
                assert!(matches!(opcode, 0 | TEXT | BINARY), "{what}: opcode {opcode}");
                messages += usize::from(first & FIN != 0);
                data.extend(payload);
            }
        }
    };
    match &case.comes {
        Comes::Close(expected) => assert_eq!(code, Some(*expected), "{what}"),
        Comes::Back(all, answers) => {
            assert_eq!(code, None, "{what}");
            assert!(data == *all, "{what}: {} bytes", data.len());
            assert_eq!(pongs, *answers, "{what}");
            if end.is_socket() {
                let sent = |&&(first, _): &&(u8, Vec<u8>)| first & FIN != 0 && first & 8 == 0;
                assert_eq!(messages, case.frames.iter().filter(sent).count(), "{what}");
            }
            let mut close = Vec::new();
            raw.encode(FIN | CLOSE, &1000u16.to_be_bytes(), &mut close);
            raw.send(close, 100);
            let answer = raw.receive().unwrap_or_else(|| panic!("{what}: no answer to a close"));
            assert_eq!(answer, (FIN | CLOSE, vec![3, 0xe8]), "{what}");
        }
    }
    assert_eq!(raw.receive(), None, "{what}");
}

/// Whether a socket has taken us for its only peer, which the last one may still be.
fn is_taken(raw: &mut Raw) -> bool {
    let mut hello = Vec::new();
    raw.encode(FIN | BINARY, b"hello", &mut hello);
    raw.send(hello, usize::MAX);
    raw.receive().is_some_and(|(first, payload)| first == FIN | BINARY && payload == b"hello")
}

fn all_at(end: End) {
    let named = match end.is_socket() {
        true => "Sec-WebSocket-Protocol: pair.sp.nanomsg.org\r\n",
        false => "",
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = match end.listens() {
        true => "ws://127.0.0.1:0/".to_owned(),
        false => format!("ws://{}/", listener.local_addr().unwrap()),
    };
    let role = match end {
        StreamListener => "stream-listen",
        SocketListener => "pair-listen",
        StreamDialer => "stream-dial",
        SocketDialer => "pair-dial",
    };
    let ours = endpoint(&[role, &url, "recv-text", "frame=0", "echo"]);
    let port = if end.listens() { ours.port() } else { 0 };
    let next = || loop {
        let mut raw = match end.listens() {
            true => Raw::connect(port, named),
            false => Raw::accept(&listener, named),
        };
        if !end.is_socket() || is_taken(&mut raw) {
            return raw;
        }
    };
    for case in cases() {
        let small = case.frames.iter().map(|(_, payload)| payload.len()).sum::<usize>() < 300;
        for step in if small { [usize::MAX, 1] } else { [usize::MAX, 9973] } {
            run(&case, end, &mut next(), step);
        }
    }
}

#[test]
fn at_a_listening_stream() {
    all_at(StreamListener);
}

#[test]
fn at_a_listening_socket() {
    all_at(SocketListener);
}

#[test]
fn at_a_dialing_stream() {
    all_at(StreamDialer);
}

#[test]
fn at_a_dialing_socket() {
    all_at(SocketDialer);
}

#[test]
fn frames_masked_by_the_wrong_side() {
    let ours = endpoint(&["stream-listen", "ws://127.0.0.1:0/"]);
    let mut raw = Raw::connect(ours.port(), "");
    raw.stream.write_all(b"\x82\x01x").unwrap();
    assert_eq!(raw.receive(), Some((FIN | CLOSE, vec![3, 0xea])));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let _dials = endpoint(&["stream-dial", &url, "echo"]);
    let mut raw = Raw::accept(&listener, "");
    raw.stream.write_all(b"\x82\x81\x01\x02\x03\x04x").unwrap();
    assert_eq!(raw.receive(), Some((FIN | CLOSE, vec![3, 0xea])));
}
