//! Sockets of one process and what goes between them, for several test files.
#![allow(dead_code)]
use nng::base::Error;
use nng::base::options::{self, Type, Value};
use nng::base::stats::Content;
use nng::init;
use nng::msg::Message;
use nng::sp::proto::{CtxId, Protocol};
use nng::sp::{Dialer, Listener, Socket, Wait, stats};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

pub const FOREVER: Wait = Wait::Until(None);

pub fn open(proto: Box<dyn Protocol>) -> Arc<Socket> {
    init::start().unwrap();
    Socket::open(proto)
}

/// An address of each transport that nobody uses.
pub fn addresses() -> [String; 3] {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let id = std::process::id();
    [
        format!("inproc://between{id}-{n}"),
        format!("abstract://between{id}-{n}"),
        "tcp://127.0.0.1:0".to_owned(),
    ]
}

/// Where others can dial to.
pub fn listen(socket: &Arc<Socket>, url: &str) -> String {
    let listener = Listener::create(socket, url).unwrap();
    listener.start().unwrap();
    match listener.get_option(options::TCP_BOUND_PORT, Type::Int) {
        Ok(Value::Int(port)) => format!("tcp://127.0.0.1:{port}"),
        _ => url.to_owned(),
    }
}

pub fn dial(socket: &Arc<Socket>, url: &str) -> Result<(), Error> {
    Dialer::create(socket, url).unwrap().start(false)
}

/// Listens with one and dials with the other; both have their pipe when this returns.
pub fn connect(listening: &Arc<Socket>, dialing: &Arc<Socket>, url: &str) {
    let before = listening.pipe_count();
    dial(dialing, &listen(listening, url)).unwrap();
    // The dialer knows of its connection first.
    while listening.pipe_count() == before {
        thread::yield_now();
    }
}

pub fn send(socket: &Socket, body: &[u8]) {
    let msg = Message::from_slice(body).unwrap();
    socket.send(CtxId::SOCKET, msg, FOREVER).map_err(|(why, _)| why).unwrap();
}

pub fn recv(socket: &Socket) -> Message {
    socket.recv(CtxId::SOCKET, FOREVER).unwrap()
}

/// A statistic of a socket.
pub fn counter(socket: &Socket, name: &str) -> u64 {
    let all = stats::snapshot();
    let found = all.find_scope("socket", socket.id().into()).and_then(|s| s.find(name));
    match found.map(|stat| &stat.content) {
        Some(Content::Counter(n)) => *n,
        other => panic!("{name}: {other:?}"),
    }
}
