//! TLS records on their way between two sessions, changed, cut, repeated and left out; and junk
//! from the first byte on: `cargo +nightly fuzz run tls_records`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nng::sp::transport::script::Script;
use nng::stream::Link;
use nng::stream::tls::TlsLink;
use nng::tls::{AuthMode, Config, Mode, Session};
use std::ffi::CString;
use std::sync::{Arc, LazyLock};

fn pem(name: &str) -> CString {
    let header = include_str!("../../capi-tests/stress/cert.h");
    let begin = header.find(&format!("-----BEGIN {name}")).unwrap();
    let end = begin + header[begin..].find(';').unwrap();
    let lines = header[begin..end].replace(['"', ' '], " ").replace("\\n", "\n");
    let text: Vec<&str> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    CString::new(text.join("\n") + "\n").unwrap()
}

static CONFIGS: LazyLock<[Arc<Config>; 2]> = LazyLock::new(|| {
    let cert = pem("CERTIFICATE");
    let client = Config::new(Mode::Client).unwrap();
    client.server_name(c"localhost").unwrap();
    client.ca_chain(&cert, None).unwrap();
    client.auth_mode(AuthMode::Required).unwrap();
    let server = Config::new(Mode::Server).unwrap();
    server.own_cert(&cert, &pem("PRIVATE KEY"), None).unwrap();
    server.ca_chain(&cert, None).unwrap();
    server.auth_mode(AuthMode::Optional).unwrap();
    [client, server]
});

struct Side {
    session: Box<dyn Session>,
    shaken: bool,
    dead: bool,
}

impl Side {
    fn new(which: usize) -> Side {
        Side { session: CONFIGS[which].session().unwrap(), shaken: false, dead: false }
    }

    /// Goes as far as it can; what it has to say.
    fn go(&mut self) -> Vec<u8> {
        match self.session.handshake() {
            Ok(done) => self.shaken = done,
            Err(_) => self.dead = true,
        }
        let mut out = Vec::new();
        while self.session.wants_write() && self.session.write_tls(&mut out).is_ok_and(|n| n > 0) {}
        out
    }

    fn take(&mut self, mut data: &[u8]) {
        let mut buf = [0; 500];
        while !data.is_empty() && !self.dead {
            match self.session.read_tls(&mut data) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if self.shaken {
                while let Ok(Some(1..)) = self.session.read(&mut buf) {}
            } else {
                match self.session.handshake() {
                    Ok(done) => self.shaken = done,
                    Err(_) => self.dead = true,
                }
            }
        }
        let _ = (self.session.verified(), self.session.peer_cn(), self.session.peer_alt_names());
    }
}

/// A flight as it arrives.
fn mistreat(flight: &mut Vec<u8>, how: &[u8], kept: &mut Vec<u8>) {
    let [what, high, low, value] = how else { return };
    let at = (usize::from(*high) << 8 | usize::from(*low)) % flight.len().max(1);
    match what % 10 {
        0 if !flight.is_empty() => flight[at] = *value,
        1 => flight.truncate(at),
        2 => drop(flight.splice(at..at, [*value, *value])),
        3 => flight.extend_from_slice(kept),
        4 => drop(flight.splice(0..0, kept.iter().copied())),
        5 => drop(flight.drain(..at)),
        _ => {}
    }
    kept.clone_from(flight);
}

fuzz_target!(|data: &[u8]| {
    let Some((first, data)) = data.split_first() else { return };
    if first % 4 == 0 {
        // Junk, to a link.
        let config = &CONFIGS[usize::from(first >> 7)];
        let (cuts, junk) = data.split_at(usize::from(first >> 2 & 15).min(data.len()));
        let link = TlsLink::new(Script::new(Script::cut(junk, cuts)), config.session().unwrap());
        let mut buf = [0; 100];
        for _ in 0..2 * cuts.len() + 4 {
            let _ = link.read(&mut buf);
            let _ = link.write(&[std::io::IoSlice::new(b"out")]);
        }
        link.shut_down();
        return;
    }
    let mut sides = [Side::new(0), Side::new(1)];
    let mut kept = Vec::new();
    let mut hows = data.chunks_exact(4);
    for turn in 0..12 {
        let mut flight = sides[turn % 2].go();
        mistreat(&mut flight, hows.next().unwrap_or_default(), &mut kept);
        sides[1 - turn % 2].take(&flight);
        if sides[turn % 2].shaken {
            let _ = sides[turn % 2].session.write(b"some plaintext");
        }
        if turn == 10 {
            sides[0].session.close();
        }
    }
});
