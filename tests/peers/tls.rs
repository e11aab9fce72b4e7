//! TLS against openssl's client and server.
use crate::program::*;
use std::process::Command;

const SIZE: usize = 300 * 64;

/// openssl's command, if there is one.
fn openssl(command: &str, args: &[&str]) -> Option<Command> {
    let mut openssl = Command::new(found("openssl")?);
    openssl.args([command, "-quiet"]).args(args);
    Some(openssl)
}

fn flag(version: &str) -> &'static str {
    if version == "1.2" { "-tls1_2" } else { "-tls1_3" }
}

/// What came of a client at a listener of ours: what the listener said of it.
fn client(listener: &[&str], args: &[&str]) -> Option<String> {
    let mut ours = endpoint(&[&["stream-listen", "tls+tcp://127.0.0.1:0"], listener].concat());
    let at = format!("127.0.0.1:{}", ours.port());
    let mut theirs =
        Program::start(&mut openssl("s_client", &[&["-connect", &at], args].concat())?);
    let data = pattern(SIZE);
    theirs.say(&data);
    let said = ours.line();
    if said.starts_with("peer") {
        for (i, expected) in data.chunks(64).enumerate() {
            assert_eq!(theirs.line().as_bytes(), &expected[..63], "line {i}");
        }
        theirs.end_now();
        assert!(ours.line().starts_with("end: "));
    } else {
        assert!(theirs.end_now().contains("error") || said.starts_with("end: "), "{said}");
    }
    ours.say(b"");
    ours.ends_well();
    Some(said)
}

#[test]
fn s_client_at_our_server() {
    let (ca, server) = (pem("ca.pem"), format!("cert={}", pem("server.pem")));
    let (good, other) = (pem("client.pem"), pem("self.pem"));
    let trusted = format!("ca={ca}");
    let checking = ["-CAfile", &ca, "-verify_return_error", "-verify_hostname", "localhost"];
    for version in ["1.2", "1.3"] {
        let with = |listener: &[&str], args: &[&str]| {
            let listener = [&[server.as_str()], listener].concat();
            client(&listener, &[&checking[..], &[flag(version)], args].concat())
        };
        let Some(said) = with(&[], &[]) else { return };
        assert_eq!(said, "peer unverified -", "{version}");
        let asked = [trusted.as_str(), "auth=required"];
        let certified = ["-cert", &good, "-key", &good];
        assert_eq!(with(&asked, &certified).unwrap(), "peer verified A Client", "{version}");
        for args in [&[][..], &["-cert", &other, "-key", &other]] {
            let said = with(&asked, args).unwrap();
            assert!(said.starts_with("end: "), "{version} {args:?}: {said}");
        }
        let maybe = [trusted.as_str(), "auth=optional"];
        assert_eq!(with(&maybe, &certified).unwrap(), "peer verified A Client", "{version}");
        assert_eq!(with(&maybe, &[]).unwrap(), "peer unverified -", "{version}");
        // Only the other version.
        let bound = if version == "1.2" { "min=1.3" } else { "max=1.2" };
        let said = with(&[bound], &[]).unwrap();
        assert!(said.starts_with("end: "), "{bound}: {said}");
    }
}

#[test]
fn s_client_that_does_not_trust_our_server() {
    let server = format!("cert={}", pem("server.pem"));
    for args in [
        ["-CAfile", &pem("self.pem"), "-verify_hostname", "localhost"],
        ["-CAfile", &pem("ca.pem"), "-verify_hostname", "elsewhere"],
    ] {
        let Some(said) = client(&[&server], &[&args[..], &["-verify_return_error"]].concat())
        else {
            return;
        };
        assert!(said.starts_with("end: "), "{args:?}: {said}");
    }
}

#[test]
fn keys_and_ciphers() {
    let folder = Folder::new("keys");
    let Some(program) = found("openssl") else { return };
    for (i, key) in [
        &["rsa:2048"][..],
        &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        &["ed25519"],
    ]
    .iter()
    .enumerate()
    {
        let place = |what: &str| folder.0.join(format!("{i}-{what}")).display().to_string();
        let made = Command::new(&program)
            .args(["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost", "-newkey"])
            .args(*key)
            .args(["-keyout", &place("key"), "-out", &place("cert")])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let both = [place("cert"), place("key")].map(|p| std::fs::read(p).unwrap()).concat();
        let server = format!("cert={}", folder.write(&format!("{i}-both"), &both));
        let cert = place("cert");
        let checking = ["-CAfile", &cert, "-verify_return_error", "-verify_hostname", "localhost"];
        for cipher in ["AES128-GCM", "AES256-GCM", "CHACHA20"] {
            let (one, more) = match cipher {
                "AES128-GCM" => ("ECDHE+AES128+AESGCM", "TLS_AES_128_GCM_SHA256"),
                "AES256-GCM" => ("ECDHE+AES256+AESGCM", "TLS_AES_256_GCM_SHA384"),
                _ => ("ECDHE+CHACHA20", "TLS_CHACHA20_POLY1305_SHA256"),
            };
            for args in [["-tls1_2", "-cipher", one], ["-tls1_3", "-ciphersuites", more]] {
                let said = client(&[&server], &[&checking[..], &args].concat()).unwrap();
                assert_eq!(said, "peer unverified -", "{key:?} {args:?}");
            }
        }
    }
}

/// Our client at a server of theirs: its first line after an exchange, or what failed.
fn server(dialer: &[&str], args: &[&str]) -> Option<String> {
    let port = free_port();
    let at = format!("127.0.0.1:{port}");
    let mut theirs = Program::start(&mut openssl("s_server", &[&["-accept", &at], args].concat())?);
    assert!(crate::harness::await_listener(&port.to_string()));
    let url = format!("tls+tcp://{at}");
    let (send, recv) = (format!("send={SIZE}"), format!("recv={SIZE}"));
    let ours = endpoint(&[&["stream-dial", &url, &send, &recv], dialer].concat());
    let data = pattern(SIZE);
    let first = theirs.line_or_end_of(&ours);
    let said = match first {
        Ok(line) => {
            assert_eq!(line.as_bytes(), &data[..63]);
            for expected in data.chunks(64).skip(1) {
                assert_eq!(theirs.line().as_bytes(), &expected[..63]);
            }
            theirs.say(&data);
            let said = ours.line();
            if said.starts_with("peer") {
                assert_eq!(ours.line(), "ok");
                ours.ends_well();
            }
            said
        }
        Err(said) => said,
    };
    Some(said)
}

#[test]
fn our_client_at_s_server() {
    let (ca, cert) = (pem("ca.pem"), pem("server.pem"));
    let (trusting, name) = (format!("ca={ca}"), "name=localhost");
    let own = format!("cert={}", pem("client.pem"));
    let strange = format!("cert={}", pem("self.pem"));
    let base = ["-cert", &cert, "-key", &cert];
    let asking = ["-Verify", "1", "-CAfile", &ca, "-verify_return_error"];
    for version in ["1.2", "1.3"] {
        let with = |dialer: &[&str], args: &[&str]| {
            server(dialer, &[&base[..], &[flag(version)], args].concat())
        };
        let Some(said) = with(&[&trusting, name], &[]) else { return };
        assert_eq!(said, "peer verified server", "{version}");
        assert_eq!(with(&[&trusting, name, &own], &asking).unwrap(), "peer verified server");
        assert_eq!(with(&["auth=none"], &[]).unwrap(), "peer unverified server", "{version}");
        // Who is not trusted, and who is somebody else.
        let other = format!("ca={}", pem("self.pem"));
        for dialer in [[other.as_str(), name], [&trusting, "name=elsewhere"]] {
            let said = with(&dialer, &[]).unwrap();
            assert!(said.contains("could not be authenticated"), "{version} {dialer:?}: {said}");
        }
        // Whom the server does not let in.
        for dialer in [&[trusting.as_str(), name][..], &[&trusting, name, &strange]] {
            let said = with(dialer, &asking).unwrap();
            assert!(said.starts_with("recv: ") || said.starts_with("send: "), "{version}: {said}");
        }
        let bound = if version == "1.2" { "min=1.3" } else { "max=1.2" };
        let said = with(&[&trusting, name, bound], &[]).unwrap();
        assert!(said.starts_with("recv: ") || said.starts_with("send: "), "{bound}: {said}");
    }
}

#[test]
fn a_revoked_server() {
    let (crl, ca) = (format!("crl={}", pem("crl.pem")), format!("ca={}", pem("ca.pem")));
    for version in ["1.2", "1.3"] {
        let with = |cert: &str, dialer: &[&str]| {
            let args = ["-cert", &pem(cert), "-key", &pem(cert), flag(version)];
            server(&[dialer, &["name=localhost"]].concat(), &args)
        };
        let Some(said) = with("server.pem", &[&ca, &crl]) else { return };
        assert_eq!(said, "peer verified server", "{version}");
        let said = with("revoked.pem", &[&ca]).unwrap();
        assert_eq!(said, "peer verified localhost", "{version}");
        let said = with("revoked.pem", &[&ca, &crl]).unwrap();
        assert!(said.contains("could not be authenticated"), "{version}: {said}");
    }
}

#[cfg(not(feature = "tls-openssl"))]
#[test]
fn no_shared_keys() {
    let ours = endpoint(&["stream-listen", "tls+tcp://127.0.0.1:0", "psk=me:secret"]);
    assert_eq!(ours.line(), "psk: Not supported");
}

#[cfg(feature = "tls-openssl")]
#[test]
fn shared_keys() {
    let (key, hex) = ("psk=me:0123456789abcdef", "30313233343536373839616263646566");
    let wrong = hex.replace("30", "31");
    for version in ["1.2", "1.3"] {
        // Without certificates on either side.
        let args = |secret, identity| {
            let bare = ["-psk", secret, "-psk_identity", identity, flag(version)];
            [&bare[..], if version == "1.2" { &["-cipher", "PSK"] } else { &[] }].concat()
        };
        let Some(said) = client(&[key], &args(hex, "me")) else { return };
        assert_eq!(said, "peer verified -", "{version}");
        for args in [args(&wrong, "me"), args(hex, "you")] {
            let said = client(&[key], &args).unwrap();
            assert!(said.starts_with("end: "), "{version}: {said}");
        }
        let args = |secret| [&args(secret, "me")[..], &["-nocert"]].concat();
        assert_eq!(server(&[key], &args(hex)).unwrap(), "peer verified -", "{version}");
        let said = server(&[key], &args(&wrong)).unwrap();
        assert!(said.starts_with("recv: ") || said.starts_with("send: "), "{version}: {said}");
    }
}
