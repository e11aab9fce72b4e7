//! Handshakes between two sessions over a pipe in memory.
#![forbid(unsafe_code)]

use super::*;
use crate::base::{Error, Result};
use std::ffi::{CStr, CString};
use std::io::{self, Read, Write};
use std::sync::Arc;

const CA: &str = include_str!("testdata/ca.pem");
const CRL: &str = include_str!("testdata/crl.pem");
const SERVER: &str = include_str!("testdata/server.pem");
const CLIENT: &str = include_str!("testdata/client.pem");
const OLD: &str = include_str!("testdata/old.pem");
const SELF: &str = include_str!("testdata/self.pem");
const REVOKED: &str = include_str!("testdata/revoked.pem");
const ENCRYPTED: &str = include_str!("testdata/server-encrypted-key.pem");

/// Which engine is under test.
const OPENSSL: bool = cfg!(feature = "tls-openssl");

fn c(s: &str) -> CString {
    CString::new(s).unwrap()
}

fn server(pem: &str) -> Arc<Config> {
    let config = Config::new(Mode::Server).unwrap();
    config.own_cert(&c(pem), &c(pem), None).unwrap();
    config
}

fn client(ca: &str, name: Option<&CStr>) -> Arc<Config> {
    let config = Config::new(Mode::Client).unwrap();
    config.ca_chain(&c(ca), None).unwrap();
    if let Some(name) = name {
        config.server_name(name).unwrap();
    }
    config
}

#[derive(Default)]
struct Wire(Vec<u8>);

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = buf.len().min(self.0.len());
        buf[..n].copy_from_slice(&self.0[..n]);
        self.0.drain(..n);
        Ok(n)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn carry(from: &mut dyn Session, to: &mut dyn Session) {
    let mut wire = Wire::default();
    while from.wants_write() {
        from.write_tls(&mut wire).unwrap();
    }
    while !wire.0.is_empty() && to.read_tls(&mut wire).is_ok() {
        let _ = to.handshake();
    }
}

type Pair = (Box<dyn Session>, Box<dyn Session>);

/// Runs the handshake: the client's and the server's outcomes.
fn shake(client: &Config, server: &Config) -> (Pair, Result<bool>, Result<bool>) {
    let (mut c, mut s) = (client.session().unwrap(), server.session().unwrap());
    let _ = c.handshake();
    for _ in 0..10 {
        carry(&mut *c, &mut *s);
        carry(&mut *s, &mut *c);
    }
    let (rc, rs) = (c.handshake(), s.handshake());
    ((c, s), rc, rs)
}

fn good(client: &Config, server: &Config) -> Pair {
    let (pair, rc, rs) = shake(client, server);
    assert_eq!((rc, rs), (Ok(true), Ok(true)));
    pair
}

#[test]
fn data_both_ways_in_both_versions() {
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        let (cc, sc) = (client(CA, Some(c"localhost")), server(SERVER));
        cc.version(version, version).unwrap();
        let (mut c, mut s) = good(&cc, &sc);
        assert!(c.verified() && !s.verified());
        assert_eq!(c.peer_cn().as_deref(), Some("server"));
        assert_eq!(c.peer_alt_names(), ["localhost", "*.example.org", "127.0.0.1"]);
        assert_eq!((s.peer_cn(), s.peer_alt_names()), (None, vec![]));
        let mut buf = [0; 16];
        assert_eq!(s.read(&mut buf), Ok(None));
        assert_eq!(c.write(b"hello"), Ok(Some(5)));
        carry(&mut *c, &mut *s);
        assert!(s.has_plaintext());
        assert_eq!(s.read(&mut buf[..2]), Ok(Some(2)));
        assert!(s.has_plaintext());
        assert_eq!(s.read(&mut buf[2..]), Ok(Some(3)));
        assert_eq!(&buf[..5], b"hello");
        assert!(!s.has_plaintext());
        s.close();
        carry(&mut *s, &mut *c);
        assert!(c.has_plaintext());
        assert_eq!(c.read(&mut buf), Ok(Some(0)));
    }
}

#[test]
fn write_is_bounded() {
    let (mut c, mut s) = good(&client(CA, Some(c"localhost")), &server(SERVER));
    let data = vec![7; 1 << 20];
    let first = c.write(&data).unwrap().unwrap();
    assert!(first < 128 << 10);
    assert_eq!(c.write(&data[first..]), Ok(None));
    let mut got = 0;
    let mut sent = first;
    let mut buf = vec![0; 1 << 16];
    let mut wire = Wire::default();
    while got < data.len() {
        while c.wants_write() {
            c.write_tls(&mut wire).unwrap();
        }
        while s.read_tls(&mut wire).is_ok() {
            while let Some(n) = s.read(&mut buf).unwrap() {
                got += n;
            }
        }
        sent += c.write(&data[sent..]).unwrap().unwrap_or(0);
    }
    assert_eq!(got, data.len());
}

#[test]
fn names() {
    let sc = server(SERVER);
    for name in [c"localhost", c"a.example.org", c"127.0.0.1"] {
        good(&client(CA, Some(name)), &sc);
    }
    // Without a name the chain alone is verified.
    good(&client(CA, None), &sc);
    for name in [c"server", c"example.org", c"127.0.0.2", c""] {
        let (_, rc, rs) = shake(&client(CA, Some(name)), &sc);
        assert_eq!((rc, rs), (Err(Error::PEERAUTH), Err(Error::CRYPTO)), "{name:?}");
    }
}

#[test]
fn strangers_are_refused() {
    for pem in [SERVER, OLD] {
        let (_, rc, _) = shake(&client(SELF, Some(c"localhost")), &server(pem));
        assert_eq!(rc, Err(Error::PEERAUTH));
    }
    let (_, rc, _) = shake(&client(CA, Some(c"localhost")), &server(SELF));
    assert_eq!(rc, Err(Error::PEERAUTH));
    // Nobody is trusted by default.
    let (_, rc, _) = shake(&Config::new(Mode::Client).unwrap(), &server(SERVER));
    assert_eq!(rc, Err(Error::PEERAUTH));
}

#[test]
fn version_1_certificates() {
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        for (ca, pem) in [(CA, OLD), (SELF, SELF)] {
            let cc = client(ca, Some(c"localhost"));
            cc.version(version, version).unwrap();
            let (c, _) = good(&cc, &server(pem));
            assert_eq!(c.peer_cn().as_deref(), Some("localhost"));
            let (_, rc, _) = shake(&client(ca, Some(c"elsewhere")), &server(pem));
            assert_eq!(rc, Err(Error::PEERAUTH));
        }
    }
}

#[test]
fn auth_modes_of_a_client() {
    let sc = server(SERVER);
    for (mode, trusted) in
        [(AuthMode::None, false), (AuthMode::Optional, false), (AuthMode::Optional, true)]
    {
        let cc = client(if trusted { CA } else { SELF }, Some(c"localhost"));
        cc.auth_mode(mode).unwrap();
        let (c, _) = good(&cc, &sc);
        assert_eq!(c.verified(), trusted);
        assert_eq!(c.peer_cn().as_deref(), Some("server"));
    }
}

#[test]
fn auth_modes_of_a_server() {
    for (mode, pem, verified) in [
        (AuthMode::None, Some(CLIENT), false),
        (AuthMode::Optional, None, false),
        (AuthMode::Optional, Some(SELF), false),
        (AuthMode::Optional, Some(CLIENT), true),
        (AuthMode::Required, Some(CLIENT), true),
    ] {
        let (cc, sc) = (client(CA, Some(c"localhost")), server(SERVER));
        sc.auth_mode(mode).unwrap();
        sc.ca_chain(&c(CA), None).unwrap();
        if let Some(pem) = pem {
            cc.own_cert(&c(pem), &c(pem), None).unwrap();
        }
        let (_, s) = good(&cc, &sc);
        assert_eq!(s.verified(), verified);
        if verified {
            assert_eq!(s.peer_cn().as_deref(), Some("A Client"));
            assert_eq!(s.peer_alt_names(), ["a@example.org"]);
        }
    }
    for pem in [None, Some(SELF)] {
        let (cc, sc) = (client(CA, Some(c"localhost")), server(SERVER));
        sc.auth_mode(AuthMode::Required).unwrap();
        sc.ca_chain(&c(CA), None).unwrap();
        if let Some(pem) = pem {
            cc.own_cert(&c(pem), &c(pem), None).unwrap();
        }
        let (_, _, rs) = shake(&cc, &sc);
        assert_eq!(rs, Err(Error::PEERAUTH));
    }
}

/// A certificate with another's key matters only to who asks for it.
#[test]
fn keys_that_do_not_fit() {
    let (cc, sc) = (client(CA, Some(c"localhost")), server(SERVER));
    cc.own_cert(&c(CLIENT), &c(SERVER), None).unwrap();
    good(&cc, &sc);
    let sc = server(SERVER);
    sc.auth_mode(AuthMode::Required).unwrap();
    sc.ca_chain(&c(CA), None).unwrap();
    let (_, _, rs) = shake(&cc, &sc);
    assert!(rs.is_err());
}

#[test]
fn revocation() {
    let sc = server(REVOKED);
    good(&client(CA, Some(c"localhost")), &sc);
    let cc = Config::new(Mode::Client).unwrap();
    cc.ca_chain(&c(CA), Some(&c(CRL))).unwrap();
    cc.server_name(c"localhost").unwrap();
    let (_, rc, _) = shake(&cc, &sc);
    assert_eq!(rc, Err(Error::PEERAUTH));
    good(&cc, &server(SERVER));
    good(&cc, &server(OLD));
}

#[test]
fn used_configurations_do_not_change() {
    let sc = server(SERVER);
    sc.session().unwrap();
    assert_eq!(sc.server_name(c"x"), Err(Error::BUSY));
    assert_eq!(sc.auth_mode(AuthMode::None), Err(Error::BUSY));
    assert_eq!(sc.ca_chain(&c(CA), None), Err(Error::BUSY));
    assert_eq!(sc.own_cert(&c(SERVER), &c(SERVER), None), Err(Error::BUSY));
    assert_eq!(sc.psk(c"x", b"y"), Err(Error::BUSY));
    assert_eq!(sc.version(Version::TLS_1_2, Version::TLS_1_3), Err(Error::BUSY));
}

#[test]
fn unusable_settings() {
    let config = Config::new(Mode::Server).unwrap();
    let garbled = SERVER.replacen("MII", "MIJ", 1);
    assert_eq!(config.own_cert(&c(&garbled), &c(SERVER), None), Err(Error::CRYPTO));
    assert_eq!(config.own_cert(&c(SERVER), c"no key", None), Err(Error::CRYPTO));
    let encrypted = |pass| config.own_cert(&c(SERVER), &c(ENCRYPTED), Some(pass));
    assert_eq!(encrypted(c"wrong"), Err(Error::CRYPTO));
    assert_eq!(encrypted(c"secret").is_ok(), OPENSSL);
    assert_eq!(config.ca_chain(c"nothing", None), Err(Error::CRYPTO));
    assert_eq!(config.ca_chain(&c(CA), Some(c"nothing")), Err(Error::CRYPTO));
    let psk = |key: &[u8]| config.psk(c"identity", key);
    assert_eq!(psk(&[1, 2, 3]), if OPENSSL { Ok(()) } else { Err(Error::NOTSUP) });
    assert_eq!(psk(&[0; 5000]), Err(if OPENSSL { Error::CRYPTO } else { Error::NOTSUP }));
    assert_eq!(config.ca_file("/nonexistent/ca.pem".as_ref()), Err(Error::NOENT));
    let v = Version;
    for (min, max, ok) in [
        (0x304, 0x301, false),
        (0x300, 0x301, false),
        (0x301, 0x305, false),
        (0x301, 0x302, false),
        (0x301, 0x303, true),
        (0x303, 0x303, true),
        (0x303, 0x304, true),
        (0x304, 0x304, true),
    ] {
        assert_eq!(config.version(v(min), v(max)).is_ok(), ok, "{min:x} {max:x}");
    }
}

#[test]
fn versions_that_do_not_meet() {
    let (cc, sc) = (client(CA, Some(c"localhost")), server(SERVER));
    cc.version(Version::TLS_1_2, Version::TLS_1_2).unwrap();
    sc.version(Version::TLS_1_3, Version::TLS_1_3).unwrap();
    let (_, rc, rs) = shake(&cc, &sc);
    assert!(rc.is_err() && rs.is_err());
}

#[test]
fn rubbish_ends_a_handshake() {
    let mut s = server(SERVER).session().unwrap();
    let mut wire = Wire(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec());
    s.read_tls(&mut wire).unwrap();
    assert_eq!(s.handshake(), Err(Error::CRYPTO));
    assert_eq!(s.handshake(), Err(Error::CRYPTO));
}

#[cfg(feature = "tls-openssl")]
#[test]
fn shared_keys() {
    let with = |mode, keys: &[(&CStr, &[u8])]| {
        let config = Config::new(mode).unwrap();
        for (identity, key) in keys {
            config.psk(identity, key).unwrap();
        }
        config
    };
    let server =
        || with(Mode::Server, &[(c"one", &[1; 32]), (c"two", &[9; 32]), (c"two", &[2; 32])]);
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        for (identity, key, good) in [
            (c"one", [1; 32], true),
            (c"two", [2; 32], true),
            (c"two", [9; 32], false),
            (c"three", [1; 32], false),
        ] {
            let client = with(Mode::Client, &[(identity, &key)]);
            client.version(version, version).unwrap();
            let ((mut c, mut s), rc, rs) = shake(&client, &server());
            if good {
                assert_eq!((rc, rs), (Ok(true), Ok(true)), "{identity:?} {version:?}");
                assert!(c.verified() && s.verified());
                c.write(b"hello").unwrap().unwrap();
                carry(&mut *c, &mut *s);
                assert_eq!(s.read(&mut [0; 9]), Ok(Some(5)));
            } else {
                assert!(rs.is_err(), "{identity:?} {version:?}");
            }
        }
    }
}
