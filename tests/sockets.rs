//! Sockets end to end, through the Rust side of the library.
use nng::base::Error;
use nng::init;
use nng::msg::Message;
use nng::rt::aio::Timeout;
use nng::sp::proto::CtxId;
use nng::sp::proto::{pair::Pair, pipeline0, rep0::Rep0, req0::Req0};
use nng::sp::{Dialer, Listener, Socket, Wait};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const FOREVER: Wait = Wait::Until(None);

fn addresses() -> Vec<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let id = std::process::id();
    vec![
        format!("inproc://t{id}-{n}"),
        format!("abstract://t{id}-{n}"),
        "tcp://127.0.0.1:0".to_owned(),
    ]
}

/// Listens with one, dials with the other.
fn connect(listener: &Arc<Socket>, dialer: &Arc<Socket>, url: &str) {
    let l = Listener::create(listener, url).unwrap();
    l.start().unwrap();
    let url = match l.get_option("tcp-bound-port", nng::base::options::Type::Int) {
        Ok(nng::base::options::Value::Int(port)) => format!("tcp://127.0.0.1:{port}"),
        _ => url.to_owned(),
    };
    Dialer::create(dialer, &url).unwrap().start(false).unwrap();
}

fn message(text: &[u8]) -> Message {
    Message::from_slice(text).unwrap()
}

fn send(socket: &Socket, text: &[u8]) {
    socket.send(CtxId::SOCKET, message(text), FOREVER).map_err(|(why, _)| why).unwrap();
}

fn recv(socket: &Socket) -> Message {
    socket.recv(CtxId::SOCKET, FOREVER).unwrap()
}

#[test]
fn requests_and_replies() {
    init::start().unwrap();
    for url in addresses() {
        let (req, rep) = (Socket::open(Req0::new()), Socket::open(Rep0::new()));
        connect(&rep, &req, &url);
        let server = std::thread::spawn({
            let rep = rep.clone();
            move || {
                for _ in 0..1000 {
                    let msg = recv(&rep);
                    rep.send(CtxId::SOCKET, msg, FOREVER).map_err(|(why, _)| why).unwrap();
                }
            }
        });
        for i in 0..1000u32 {
            send(&req, &i.to_be_bytes());
            assert_eq!(recv(&req).body(), i.to_be_bytes(), "{url}");
        }
        server.join().unwrap();
        req.close().unwrap();
        rep.close().unwrap();
        assert_eq!(req.close(), Err(Error::CLOSED));
    }
}

#[test]
fn pushing_keeps_order_and_loses_nothing() {
    init::start().unwrap();
    for url in addresses() {
        for size in [4usize, 1000, 100_000] {
            let count = if size > 50_000 { 300u32 } else { 20_000 };
            let (push, pull) = (
                Socket::open(pipeline0::Push0::new(false)),
                Socket::open(pipeline0::Pull0::new(false)),
            );
            connect(&pull, &push, &url);
            let sender = std::thread::spawn({
                let push = push.clone();
                move || {
                    let mut body = vec![7u8; size];
                    for i in 0..count {
                        body[..4].copy_from_slice(&i.to_be_bytes());
                        send(&push, &body);
                    }
                    push.close().unwrap();
                }
            });
            for i in 0..count {
                let msg = recv(&pull);
                assert_eq!(msg.len(), size);
                assert_eq!(msg.body()[..4], i.to_be_bytes(), "{url} {size}");
            }
            sender.join().unwrap();
            pull.close().unwrap();
        }
    }
}

#[test]
fn closing_ends_a_blocked_receive() {
    init::start().unwrap();
    for url in addresses() {
        for _ in 0..50 {
            let (one, two) = (Socket::open(Pair::new(1, false)), Socket::open(Pair::new(1, false)));
            connect(&one, &two, &url);
            let blocked = std::thread::spawn({
                let one = one.clone();
                move || one.recv(CtxId::SOCKET, FOREVER).err()
            });
            std::thread::yield_now();
            one.close().unwrap();
            assert_eq!(blocked.join().unwrap(), Some(Error::CLOSED));
            two.close().unwrap();
        }
    }
}

#[test]
fn a_timeout_ends_a_receive() {
    init::start().unwrap();
    for url in addresses() {
        let (one, two) = (Socket::open(Pair::new(0, false)), Socket::open(Pair::new(0, false)));
        connect(&one, &two, &url);
        let wait = Wait::for_timeout(Timeout::Ms(10));
        assert_eq!(one.recv(CtxId::SOCKET, wait).err(), Some(Error::TIMEDOUT));
        assert_eq!(one.recv(CtxId::SOCKET, Wait::No).err(), Some(Error::AGAIN));
        send(&two, b"still alive");
        assert_eq!(recv(&one).body(), b"still alive");
    }
}
