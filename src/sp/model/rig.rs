//! Two connected sockets, and calls on them.
#![forbid(unsafe_code)]

use super::mem;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::model::{finish, spawn};
use crate::sp::proto::{CtxId, Protocol};
use crate::sp::{Dialer, Listener, Socket, Wait};
use crate::sys::model;
use crate::sys::sync::atomic::{AtomicBool, Ordering::*};
use crate::sys::sync::thread::JoinHandle;
use std::sync::Arc;

pub const FOREVER: Wait = Wait::Until(None);

/// A listening and a dialling socket, connected.
pub struct Rig {
    pub one: Arc<Socket>,
    pub two: Arc<Socket>,
}

pub fn connect(url: &str, one: Box<dyn Protocol>, two: Box<dyn Protocol>) -> Rig {
    mem::register();
    let rig = Rig { one: Socket::open(one), two: Socket::open(two) };
    Listener::create(&rig.one, url).unwrap().start().unwrap();
    Dialer::create(&rig.two, url).unwrap().start(false).unwrap();
    rig
}

impl Rig {
    /// Closes what is open, and sees that nothing of it stays.
    pub fn shut(self) {
        let Rig { one, two } = self;
        let _ = one.close();
        let _ = two.close();
        let kept = [Arc::downgrade(&one), Arc::downgrade(&two)];
        drop((one, two));
        finish();
        let kept = kept.iter().filter(|socket| socket.upgrade().is_some()).count();
        assert_eq!(kept, 0, "somebody keeps a closed socket");
    }
}

/// Lets time pass until it is stopped.
pub struct Clock {
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Clock {
    pub fn start() -> Clock {
        let over = Arc::new(AtomicBool::new(false));
        let seen = over.clone();
        let thread = spawn(move || {
            while !seen.load(Acquire) {
                model::advance(1);
            }
        });
        Clock { over, thread }
    }

    pub fn stop(self) {
        self.over.store(true, Release);
        self.thread.join().unwrap();
    }
}

/// A message of two bytes: who sends, and which.
pub fn message(who: u8, n: u8) -> Message {
    Message::from_slice(&[who, n]).expect("memory")
}

pub fn send(socket: &Socket, who: u8, n: u8) -> Result<()> {
    socket.send(CtxId::SOCKET, message(who, n), FOREVER).map_err(|(why, _)| why)
}

pub fn recv(socket: &Socket) -> Result<(u8, u8)> {
    let msg = socket.recv(CtxId::SOCKET, FOREVER)?;
    match msg.body() {
        [who, n] => Ok((*who, *n)),
        other => panic!("{other:?} is no message of ours"),
    }
}

/// What was received is what was sent: each sender's `n` from 0 up, in order, once.
pub fn check(received: &[(u8, u8)], expected: &[(u8, u8)]) {
    for &(who, n) in expected {
        let seen: Vec<u8> = received.iter().filter(|r| r.0 == who).map(|r| r.1).collect();
        assert_eq!(seen, (0..n).collect::<Vec<_>>(), "from {who}, of {received:?}");
    }
    let all: usize = expected.iter().map(|e| usize::from(e.1)).sum();
    assert_eq!(received.len(), all);
}

pub fn is_closed(why: Error) {
    assert_eq!(why, Error::CLOSED);
}
