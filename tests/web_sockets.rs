//! Sockets over tls+tcp, ws and wss, through the Rust side of the library.
use nng::base::Error;
use nng::base::options::{self, Type, Value};
use nng::init;
use nng::msg::Message;
use nng::rt::aio::Timeout;
use nng::sp::proto::CtxId;
use nng::sp::proto::{pair::Pair, pipeline0, rep0::Rep0, req0::Req0};
use nng::sp::{Dialer, Listener, Socket, Wait};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

const SCHEMES: [&str; 3] = ["tls+tcp", "ws", "wss"];

fn soon() -> Wait {
    Wait::for_timeout(Timeout::Ms(20_000))
}

fn data(name: &str) -> Value {
    Value::Str(format!("{}/src/tls/testdata/{name}", env!("CARGO_MANIFEST_DIR")))
}

fn listen(socket: &Arc<Socket>, scheme: &str) -> (Arc<Listener>, String) {
    let path = if scheme.starts_with("ws") { "/sp" } else { "" };
    let l = Listener::create(socket, &format!("{scheme}://127.0.0.1:0{path}")).unwrap();
    if scheme != "ws" {
        l.set_option(options::TLS_CERT_KEY_FILE, data("server.pem")).unwrap();
    }
    l.start().unwrap();
    let Ok(Value::Int(port)) = l.get_option(options::TCP_BOUND_PORT, Type::Int) else {
        panic!("no port")
    };
    (l, format!("{scheme}://127.0.0.1:{port}{path}"))
}

fn dialer(socket: &Arc<Socket>, url: &str) -> Arc<Dialer> {
    let d = Dialer::create(socket, url).unwrap();
    if !url.starts_with("ws:") {
        d.set_option(options::TLS_CA_FILE, data("ca.pem")).unwrap();
    }
    d
}

fn connect(listener: &Arc<Socket>, dialing: &Arc<Socket>, scheme: &str) -> String {
    let (_, url) = listen(listener, scheme);
    dialer(dialing, &url).start(false).unwrap();
    url
}

fn send(socket: &Socket, body: &[u8]) {
    let msg = Message::from_slice(body).unwrap();
    socket.send(CtxId::SOCKET, msg, soon()).map_err(|(why, _)| why).unwrap();
}

fn recv(socket: &Socket) -> Message {
    socket.recv(CtxId::SOCKET, soon()).unwrap()
}

#[test]
fn requests_and_replies() {
    init::start().unwrap();
    for scheme in SCHEMES {
        let (req, rep) = (Socket::open(Req0::new()), Socket::open(Rep0::new()));
        connect(&rep, &req, scheme);
        let server = std::thread::spawn({
            let rep = rep.clone();
            move || {
                for _ in 0..300 {
                    let msg = recv(&rep);
                    rep.send(CtxId::SOCKET, msg, soon()).map_err(|(why, _)| why).unwrap();
                }
            }
        });
        for i in 0..300u32 {
            send(&req, &i.to_be_bytes());
            let got =
                req.recv(CtxId::SOCKET, soon()).unwrap_or_else(|e| panic!("{scheme} {i} {e}"));
            assert_eq!(got.body(), i.to_be_bytes(), "{scheme}");
        }
        server.join().unwrap();
        req.close().unwrap();
        rep.close().unwrap();
    }
}

#[test]
fn pushing_both_ways_keeps_order_and_loses_nothing() {
    init::start().unwrap();
    for scheme in SCHEMES {
        for (size, listener_pushes) in
            [(4usize, false), (4, true), (1000, false), (200_000, false), (200_000, true)]
        {
            let count = if size > 50_000 { 100u32 } else { 5_000 };
            let push = Socket::open(pipeline0::Push0::new(false));
            let pull = Socket::open(pipeline0::Pull0::new(false));
            match listener_pushes {
                true => connect(&push, &pull, scheme),
                false => connect(&pull, &push, scheme),
            };
            let sender = std::thread::spawn(move || {
                let mut body: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
                for i in 0..count {
                    body[..4].copy_from_slice(&i.to_be_bytes());
                    send(&push, &body);
                }
                push
            });
            let rest: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            for i in 0..count {
                let got = pull.recv(CtxId::SOCKET, soon());
                let msg =
                    got.unwrap_or_else(|e| panic!("{scheme} {size} {listener_pushes} {i} {e}"));
                assert_eq!(msg.body()[..4], i.to_be_bytes(), "{scheme} {size}");
                assert!(msg.body()[4..] == rest[4..]);
            }
            sender.join().unwrap().close().unwrap();
            pull.close().unwrap();
        }
    }
}

#[test]
fn wrong_peers() {
    init::start().unwrap();
    // Nobody is trusted.
    for scheme in ["tls+tcp", "wss"] {
        let (one, two) = (Socket::open(Pair::new(0, false)), Socket::open(Pair::new(0, false)));
        let (_, url) = listen(&one, scheme);
        let d = Dialer::create(&two, &url).unwrap();
        assert_eq!(d.start(false), Err(Error::PEERAUTH), "{scheme}");
    }
    // Another protocol, which the handshake of ws tells.
    let (one, two) = (Socket::open(Pair::new(0, false)), Socket::open(Req0::new()));
    let (_, url) = listen(&one, "ws");
    assert_eq!(dialer(&two, &url).start(false), Err(Error::PROTO));
    // Another path.
    let (one, two) = (Socket::open(Pair::new(0, false)), Socket::open(Pair::new(0, false)));
    let (_, url) = listen(&one, "ws");
    assert_eq!(dialer(&two, &(url + "x")).start(false), Err(Error::CONNREFUSED));
}

#[test]
fn options_of_pipes() {
    init::start().unwrap();
    for scheme in SCHEMES {
        let (one, two) = (Socket::open(Pair::new(0, false)), Socket::open(Pair::new(0, false)));
        let (l, url) = listen(&one, scheme);
        let d = dialer(&two, &url);
        if scheme != "tls+tcp" {
            d.set_option("ws:request-header:X-Test", Value::Str("yes".into())).unwrap();
            assert_eq!(
                l.get_option(options::WS_RECVMAXFRAME, Type::Size),
                Ok(Value::Size(1 << 20))
            );
        }
        d.start(false).unwrap();
        send(&two, b"hello");
        let msg = recv(&one);
        let pipe = nng::sp::registry::PIPES.find(msg.pipe()).unwrap();
        let get = |name, ty| pipe.get_option(name, ty);
        assert!(matches!(get(options::REMADDR, Type::Addr), Ok(Value::Addr(_))));
        if scheme != "ws" {
            assert_eq!(get(options::TLS_VERIFIED, Type::Bool), Ok(Value::Bool(false)));
        }
        if scheme != "tls+tcp" {
            let header = get("ws:request-header:x-test", Type::Str);
            assert_eq!(header, Ok(Value::Str("yes".into())));
            assert_eq!(get(options::WS_REQUEST_URI, Type::Str), Ok(Value::Str("/sp".into())));
            assert_eq!(get("ws:request-header:none", Type::Str), Err(Error::NOENT));
        }
    }
}

/// Strangers that say nothing or rubbish keep nobody else out, and lengths cost nothing.
#[test]
fn strangers() {
    init::start().unwrap();
    for scheme in SCHEMES {
        let (one, two) = (Socket::open(Pair::new(0, false)), Socket::open(Pair::new(0, false)));
        let (_, url) = listen(&one, scheme);
        let addr = url.split("://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        let mut strangers = Vec::new();
        for junk in [&b""[..], b"\x16\x03\x01", b"GET / HTTP/1.1\r\n", &[0xff; 100], b"\n\n\n\n"] {
            let mut stranger = TcpStream::connect(&addr).unwrap();
            stranger.write_all(junk).unwrap();
            strangers.push(stranger);
        }
        dialer(&two, &url).start(false).unwrap();
        send(&two, b"hello");
        assert_eq!(recv(&one).body(), b"hello", "{scheme}");
        // What is no handshake at all is shown the door.
        let rude = if scheme == "ws" { 4 } else { 3 };
        let _ = strangers[rude].read(&mut [0; 512]).unwrap_or(0);
    }
}

#[test]
fn frames_with_hostile_lengths() {
    init::start().unwrap();
    for len in [u64::MAX, i64::MAX as u64, 1 << 44] {
        let (one, two) = (Socket::open(Pair::new(0, false)), Socket::open(Pair::new(0, false)));
        let (_, url) = listen(&one, "ws");
        let addr = url.split("://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        let mut stranger = TcpStream::connect(&addr).unwrap();
        stranger
            .write_all(
                format!(
                    "GET /sp HTTP/1.1\r\nHost: {addr}\r\nUpgrade: websocket\r\n\
                     Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                     Sec-WebSocket-Version: 13\r\n\
                     Sec-WebSocket-Protocol: pair.sp.nanomsg.org\r\n\r\n"
                )
                .as_bytes(),
            )
            .unwrap();
        let mut answer = vec![0; 1024];
        let n = stranger.read(&mut answer).unwrap();
        assert!(answer[..n].starts_with(b"HTTP/1.1 101"));
        let mut frame = vec![0x82, 0xff];
        frame.extend_from_slice(&len.to_be_bytes());
        frame.extend_from_slice(&[1, 2, 3, 4, 5]);
        stranger.write_all(&frame).unwrap();
        // A close frame with its reason, then the end.
        let mut rest = Vec::new();
        stranger.read_to_end(&mut rest).unwrap();
        assert!(matches!(rest.as_slice(), [0x88, 2, 3, 0xea | 0xf1]), "{rest:?}");
        dialer(&two, &url).start(false).unwrap();
        send(&two, b"hello");
        assert_eq!(recv(&one).body(), b"hello");
    }
}

#[test]
fn closing_while_connecting_and_sending() {
    init::start().unwrap();
    for scheme in SCHEMES {
        for round in 0..30 {
            let (one, two) = (Socket::open(Pair::new(0, false)), Socket::open(Pair::new(0, false)));
            let (_, url) = listen(&one, scheme);
            dialer(&two, &url).start(true).unwrap();
            let sender = std::thread::spawn({
                let two = two.clone();
                move || {
                    let body = vec![1; 100_000];
                    loop {
                        let msg = Message::from_slice(&body).unwrap();
                        if two.send(CtxId::SOCKET, msg, soon()).is_err() {
                            break;
                        }
                    }
                }
            });
            if round % 2 == 0 {
                let _ = one.recv(CtxId::SOCKET, soon());
            }
            two.close().unwrap();
            sender.join().unwrap();
            one.close().unwrap();
        }
    }
}
