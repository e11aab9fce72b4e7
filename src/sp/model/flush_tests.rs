//! Stream pipes: what was accepted is written once and in order, whoever holds the flush token,
//! and no batch waits for somebody who does not come.
#![forbid(unsafe_code)]

use super::rig::{Clock, check, connect, message, recv, send};
use crate::base::options::{SUB_SUBSCRIBE, Value};
use crate::rt::aio::{Aio, Timeout};
use crate::rt::model::{explore_bounded, spawn};
use crate::sp::proto::pair::Pair;
use crate::sp::proto::pipeline0::{Pull0, Push0};
use crate::sp::proto::{CtxId, pub0::Pub0, sub0::Sub0};
use crate::sp::proto::{rep0::Rep0, req0::Req0};
use crate::sp::{Dialer, Socket};
use std::sync::Arc;

#[test]
fn two_senders_one_reader() {
    explore_bounded("flush: two threads send, one receives", 2, || {
        let rig = connect("mem://a", Pull0::new(false), Push0::new(false));
        let senders: Vec<_> = (0..2u8)
            .map(|who| {
                let push = rig.two.clone();
                spawn(move || (0..2).for_each(|n| send(&push, who, n).unwrap()))
            })
            .collect();
        let received: Vec<_> = (0..4).map(|_| recv(&rig.one).unwrap()).collect();
        check(&received, &[(0, 2), (1, 2)]);
        senders.into_iter().for_each(|s| s.join().unwrap());
        rig.shut();
    });
}

/// The sender leaves after a streak: what it gathered is not its own to flush any more.
#[test]
fn a_streak_is_flushed_by_others() {
    explore_bounded("flush: a streak, read by operations", 2, || {
        let rig = connect("mem://b", Pull0::new(false), Push0::new(false));
        let aios: Vec<Arc<Aio>> = (0..3).map(|_| Aio::new()).collect();
        for aio in &aios {
            rig.one.recv_aio(CtxId::SOCKET, aio, Timeout::Infinite);
        }
        (0..3).for_each(|n| send(&rig.two, 0, n).unwrap());
        for (n, aio) in aios.iter().enumerate() {
            aio.wait();
            let msg = aio.take_msg().expect("received");
            assert_eq!(msg.body(), [0, n as u8]);
        }
        rig.shut();
    });
}

#[test]
fn both_ways_at_once() {
    explore_bounded("flush: both ways over one pipe", 2, || {
        let rig = connect("mem://c", Pair::new(0, false), Pair::new(0, false));
        // A write that was cut may wait for the polling thread's next tick.
        let clock = Clock::start();
        let other = rig.two.clone();
        let far = spawn(move || {
            (0..2).for_each(|n| send(&other, 1, n).unwrap());
            let received: Vec<_> = (0..2).map(|_| recv(&other).unwrap()).collect();
            check(&received, &[(0, 2)]);
        });
        (0..2).for_each(|n| send(&rig.one, 0, n).unwrap());
        let received: Vec<_> = (0..2).map(|_| recv(&rig.one).unwrap()).collect();
        check(&received, &[(1, 2)]);
        far.join().unwrap();
        clock.stop();
        rig.shut();
    });
}

/// A receive that is cancelled loses no message.
#[test]
fn a_cancelled_receive_loses_nothing() {
    explore_bounded("flush: receive, cancelled meanwhile", 2, || {
        let rig = connect("mem://d", Pull0::new(false), Push0::new(false));
        let aio = Aio::new();
        rig.one.recv_aio(CtxId::SOCKET, &aio, Timeout::Infinite);
        let canceled = aio.clone();
        let one = spawn(move || canceled.stop());
        send(&rig.two, 0, 0).unwrap();
        send(&rig.two, 0, 1).unwrap();
        aio.wait();
        let mut received = Vec::new();
        if let Some(msg) = aio.take_msg() {
            assert_eq!(aio.result(), None);
            received.push((msg.body()[0], msg.body()[1]));
        }
        while received.len() < 2 {
            received.push(recv(&rig.one).unwrap());
        }
        check(&received, &[(0, 2)]);
        one.join().unwrap();
        rig.shut();
    });
}

#[test]
fn two_receivers_share() {
    explore_bounded("flush: two threads receive, one sends", 2, || {
        let rig = connect("mem://e", Pull0::new(false), Push0::new(false));
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let receivers: Vec<_> = (0..2)
            .map(|_| {
                let (pull, seen) = (rig.one.clone(), seen.clone());
                spawn(move || {
                    let got = recv(&pull).unwrap();
                    seen.lock().unwrap().push(got);
                })
            })
            .collect();
        (0..2).for_each(|n| send(&rig.two, 0, n).unwrap());
        receivers.into_iter().for_each(|r| r.join().unwrap());
        let mut seen = seen.lock().unwrap().clone();
        seen.sort();
        check(&seen, &[(0, 2)]);
        rig.shut();
    });
}

#[test]
fn requests_are_answered() {
    explore_bounded("flush: requests on two contexts, answered", 2, || {
        let rig = connect("mem://f", Rep0::new(), Req0::new());
        let server = rig.one.clone();
        let far = spawn(move || {
            for _ in 0..2 {
                let msg = server.recv(CtxId::SOCKET, super::rig::FOREVER).unwrap();
                server
                    .send(CtxId::SOCKET, msg, super::rig::FOREVER)
                    .map_err(|(why, _)| why)
                    .unwrap();
            }
        });
        let ask = |ctx: CtxId, who: u8| {
            let req = rig.two.clone();
            spawn(move || {
                req.send(ctx, message(who, 7), super::rig::FOREVER).map_err(|(w, _)| w).unwrap();
                let reply = req.recv(ctx, super::rig::FOREVER).unwrap();
                assert_eq!(reply.body(), [who, 7]);
            })
        };
        let (first, second) = (rig.two.open_ctx().unwrap(), rig.two.open_ctx().unwrap());
        let all = [ask(first, 1), ask(second, 2)];
        all.into_iter().for_each(|a| a.join().unwrap());
        far.join().unwrap();
        rig.shut();
    });
}

/// What goes to many is gathered once for all: each gets all of it.
#[test]
fn a_publisher_and_its_subscribers() {
    explore_bounded("flush: one publishes, two receive", 2, || {
        let rig = connect("mem://g", Pub0::new(false), Sub0::new());
        let third = Socket::open(Sub0::new());
        let everything = || Value::Bytes(Vec::new());
        for sub in [&rig.two, &third] {
            sub.set_proto_option(CtxId::SOCKET, SUB_SUBSCRIBE, everything()).unwrap();
        }
        Dialer::create(&third, "mem://g").unwrap().start(false).unwrap();
        let clock = Clock::start();
        let readers: Vec<_> = [rig.two.clone(), third.clone()]
            .into_iter()
            .map(|sub| spawn(move || (0..3).for_each(|n| assert_eq!(recv(&sub).unwrap(), (0, n)))))
            .collect();
        (0..3).for_each(|n| send(&rig.one, 0, n).unwrap());
        readers.into_iter().for_each(|r| r.join().unwrap());
        clock.stop();
        third.close().unwrap();
        drop(third);
        rig.shut();
    });
}
