//! Sockets end to end, through the Rust side of the library.
mod between;

use between::*;
use nng::base::Error;
use nng::rt::aio::Timeout;
use nng::sp::Wait;
use nng::sp::proto::CtxId;
use nng::sp::proto::{pair::Pair, pipeline0, rep0::Rep0, req0::Req0};

#[test]
fn requests_and_replies() {
    for url in addresses() {
        let (req, rep) = (open(Req0::new()), open(Rep0::new()));
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
    for url in addresses() {
        for size in [4usize, 1000, 100_000] {
            let count = if size > 50_000 { 300u32 } else { 20_000 };
            let (push, pull) =
                (open(pipeline0::Push0::new(false)), open(pipeline0::Pull0::new(false)));
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
    for url in addresses() {
        for _ in 0..50 {
            let (one, two) = (open(Pair::new(1, false)), open(Pair::new(1, false)));
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
    for url in addresses() {
        let (one, two) = (open(Pair::new(0, false)), open(Pair::new(0, false)));
        connect(&one, &two, &url);
        let wait = Wait::for_timeout(Timeout::Ms(10));
        assert_eq!(one.recv(CtxId::SOCKET, wait).err(), Some(Error::TIMEDOUT));
        assert_eq!(one.recv(CtxId::SOCKET, Wait::No).err(), Some(Error::AGAIN));
        send(&two, b"still alive");
        assert_eq!(recv(&one).body(), b"still alive");
    }
}
