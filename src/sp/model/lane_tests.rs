//! inproc: the lanes lose nothing and double nothing; descriptors tell the truth afterwards.
#![forbid(unsafe_code)]

use super::rig::{check, connect, message, recv, send};
use crate::base::options::{SENDBUF, Value};
use crate::rt::aio::{Aio, Timeout};
use crate::rt::model::{explore_bounded, spawn};
use crate::sp::proto::CtxId;
use crate::sp::proto::pair::Pair;
use crate::sp::proto::pipeline0::{Pull0, Push0};
use crate::sp::{Dialer, Listener, Socket, Wait};
use crate::sys::poll::readable;
use std::sync::Arc;

#[test]
fn two_senders_one_reader() {
    explore_bounded("lanes: two threads send, one receives", 2, || {
        let rig = connect("inproc://a", Pull0::new(false), Push0::new(false));
        let senders: Vec<_> = (0..2u8)
            .map(|who| {
                let push = rig.two.clone();
                spawn(move || (0..3).for_each(|n| send(&push, who, n).unwrap()))
            })
            .collect();
        let received: Vec<_> = (0..6).map(|_| recv(&rig.one).unwrap()).collect();
        check(&received, &[(0, 3), (1, 3)]);
        senders.into_iter().for_each(|s| s.join().unwrap());
        rig.shut();
    });
}

/// With room for more than one: the lane is filled, fetched in batches, taken back from.
#[test]
fn a_buffered_sender() {
    explore_bounded("lanes: a buffer, two threads send, one receives", 2, || {
        let rig = connect("inproc://j", Pull0::new(false), Push0::new(false));
        rig.two.set_proto_option(CtxId::SOCKET, SENDBUF, Value::Int(2)).unwrap();
        let push = rig.two.clone();
        let one = spawn(move || (0..3).for_each(|n| send(&push, 1, n).unwrap()));
        let (pull, push) = (rig.one.clone(), rig.two.clone());
        let two = spawn(move || {
            let received: Vec<_> = (0..6).map(|_| recv(&pull).unwrap()).collect();
            check(&received, &[(0, 3), (1, 3)]);
        });
        (0..2).for_each(|n| send(&push, 0, n).unwrap());
        push.set_proto_option(CtxId::SOCKET, SENDBUF, Value::Int(4)).unwrap();
        send(&push, 0, 2).unwrap();
        drop(push);
        one.join().unwrap();
        two.join().unwrap();
        rig.shut();
    });
}

#[test]
fn both_ways_at_once() {
    explore_bounded("lanes: both ways", 2, || {
        let rig = connect("inproc://b", Pair::new(0, false), Pair::new(0, false));
        let other = rig.two.clone();
        let far = spawn(move || {
            (0..2).for_each(|n| send(&other, 1, n).unwrap());
            let received: Vec<_> = (0..2).map(|_| recv(&other).unwrap()).collect();
            check(&received, &[(0, 2)]);
        });
        let reader = rig.one.clone();
        let near = spawn(move || {
            let received: Vec<_> = (0..2).map(|_| recv(&reader).unwrap()).collect();
            check(&received, &[(1, 2)]);
        });
        (0..2).for_each(|n| send(&rig.one, 0, n).unwrap());
        far.join().unwrap();
        near.join().unwrap();
        rig.shut();
    });
}

#[test]
fn connected_while_sending() {
    explore_bounded("lanes: dialled while one sends and one receives", 2, || {
        super::mem::register();
        let (pull, push) = (Socket::open(Pull0::new(false)), Socket::open(Push0::new(false)));
        Listener::create(&pull, "inproc://c").unwrap().start().unwrap();
        let (sender, reader) = (push.clone(), pull.clone());
        let one = spawn(move || (0..2).for_each(|n| send(&sender, 0, n).unwrap()));
        let two = spawn(move || {
            let received: Vec<_> = (0..2).map(|_| recv(&reader).unwrap()).collect();
            check(&received, &[(0, 2)]);
        });
        Dialer::create(&push, "inproc://c").unwrap().start(false).unwrap();
        one.join().unwrap();
        two.join().unwrap();
        super::rig::Rig { one: pull, two: push }.shut();
    });
}

#[test]
fn an_operation_is_cancelled_meanwhile() {
    explore_bounded("lanes: send and receive, both cancelled meanwhile", 2, || {
        let rig = connect("inproc://d", Pull0::new(false), Push0::new(false));
        let (sending, receiving) = (Aio::new(), Aio::new());
        let stopped = (sending.clone(), receiving.clone());
        let one = spawn(move || {
            stopped.1.stop();
            stopped.0.stop();
        });
        rig.one.recv_aio(CtxId::SOCKET, &receiving, Timeout::Infinite);
        let mut sent = 0;
        for n in 0..3 {
            rig.two.send_aio(CtxId::SOCKET, &sending, Some(message(0, n)), Timeout::Infinite);
            sending.wait();
            let (result, back) = sending.take_outcome();
            if result.is_some() {
                assert_eq!(back.expect("it comes back").body(), [0, n]);
                break;
            }
            sent += 1;
            if sent == 2 {
                // The lane is full, and nobody has to take it out.
                break;
            }
        }
        one.join().unwrap();
        receiving.wait();
        let mut received = Vec::new();
        if let Some(msg) = receiving.take_msg() {
            received.push((msg.body()[0], msg.body()[1]));
        }
        while received.len() < usize::from(sent) {
            received.push(recv(&rig.one).unwrap());
        }
        check(&received, &[(0, sent)]);
        rig.shut();
    });
}

/// A descriptor agrees with its socket once everybody has returned.
#[test]
fn descriptors_tell_the_truth() {
    explore_bounded("lanes: the receive descriptor", 2, || {
        let rig = connect("inproc://e", Pull0::new(false), Push0::new(false));
        let fd = rig.one.recv_event.fd().unwrap();
        let push = rig.two.clone();
        let one = spawn(move || {
            for n in 0..2 {
                let sent = push.send(CtxId::SOCKET, message(0, n), Wait::No);
                drop(sent);
            }
        });
        let taken = rig.one.recv(CtxId::SOCKET, Wait::No).is_ok();
        one.join().unwrap();
        let raised = readable(&[fd], 0).unwrap()[0];
        let there = rig.one.recv(CtxId::SOCKET, Wait::No).is_ok();
        assert_eq!(raised, there, "taken before: {taken}");
        rig.shut();
    });
}

/// The last of a peer's messages arrive though it has closed.
#[test]
fn what_was_accepted_arrives() {
    explore_bounded("lanes: send and close, received elsewhere", 2, || {
        let rig = connect("inproc://f", Pull0::new(false), Push0::new(false));
        let push = rig.two.clone();
        let one = spawn(move || {
            let mut sent = 0;
            while push.send(CtxId::SOCKET, message(0, sent), Wait::No).is_ok() && sent < 2 {
                sent += 1;
            }
            push.close().unwrap();
        });
        let first = recv(&rig.one).unwrap();
        assert_eq!(first, (0, 0));
        one.join().unwrap();
        rig.shut();
    });
}

/// Nobody waits for a peer that never reads.
#[test]
fn closing_ends_a_blocked_send() {
    explore_bounded("lanes: a full lane, a blocked send, a close", 2, || {
        let rig = connect("inproc://g", Pull0::new(false), Push0::new(false));
        let push = rig.two.clone();
        let blocked = spawn(move || {
            let mut n = 0;
            while send(&push, 0, n).is_ok() {
                n += 1;
                assert!(n < 10, "a lane does not take that much");
            }
        });
        let closing = rig.two.clone();
        let one = spawn(move || closing.close().unwrap());
        one.join().unwrap();
        blocked.join().unwrap();
        rig.shut();
    });
}

#[test]
fn the_same_aio_again_and_again() {
    explore_bounded("lanes: one aio receives from its callback", 2, || {
        let rig = connect("inproc://h", Pull0::new(false), Push0::new(false));
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let (pull, kept) = (Arc::downgrade(&rig.one), seen.clone());
        let itself = Arc::new(std::sync::OnceLock::<std::sync::Weak<Aio>>::new());
        let me = itself.clone();
        let aio = Aio::with_callback(move || {
            let aio = me.get().and_then(|me| me.upgrade()).expect("it is running");
            if let Some(msg) = aio.take_msg() {
                kept.lock().unwrap().push((msg.body()[0], msg.body()[1]));
                if let Some(pull) = pull.upgrade() {
                    pull.recv_aio(CtxId::SOCKET, &aio, Timeout::Infinite);
                }
            }
        });
        itself.set(Arc::downgrade(&aio)).unwrap();
        rig.one.recv_aio(CtxId::SOCKET, &aio, Timeout::Infinite);
        (0..3).for_each(|n| send(&rig.two, 0, n).unwrap());
        aio.stop();
        // What it had not got before is still in the socket.
        let mut received = seen.lock().unwrap().clone();
        while received.len() < 3 {
            received.push(recv(&rig.one).unwrap());
        }
        check(&received, &[(0, 3)]);
        rig.shut();
    });
}
