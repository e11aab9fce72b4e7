//! The messaging patterns between real sockets: publishing, pipelines, the bus, surveys.
mod between;

use between::*;
use nng::base::Error;
use nng::base::options::{self, Value};
use nng::msg::Message;
use nng::rt::Aio;
use nng::sp::proto::{CtxId, surveyor0::Surveyor0};
use nng::sp::proto::{bus0::Bus0, pipeline0, pub0::Pub0, raw::Raw, rep0::Rep0, sub0::Sub0};
use nng::sp::{Ctx, Socket, Wait, device};
use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};
use std::thread;

fn number(msg: &Message) -> u32 {
    u32::from_be_bytes(*msg.body().last_chunk().unwrap())
}

#[test]
fn subscribers_get_what_they_asked_for() {
    for kind in 0..3 {
        let publisher = open(Pub0::new(false));
        let subscribers: Vec<_> = (0..10u8)
            .map(|n| {
                let sub = open(Sub0::new());
                sub.set_option(options::RECVBUF, Value::Int(2000)).unwrap();
                for topic in [&[n][..], b"all"] {
                    sub.set_option(options::SUB_SUBSCRIBE, Value::Bytes(topic.into())).unwrap();
                }
                connect(&sub, &publisher, &addresses()[kind]);
                (n, sub)
            })
            .collect();
        let readers: Vec<_> = subscribers
            .into_iter()
            .map(|(n, sub)| {
                thread::spawn(move || {
                    for i in 0..200 {
                        let (own, all) = (recv(&sub), recv(&sub));
                        assert_eq!((own.body()[0], number(&own)), (n, i));
                        assert_eq!((&all.body()[..3], number(&all)), (&b"all"[..], i));
                    }
                    sub.close().unwrap();
                })
            })
            .collect();
        for i in 0..200u32 {
            for n in 0..10u8 {
                send(&publisher, &[&[n][..], &i.to_be_bytes()].concat());
            }
            send(&publisher, &[&b"all"[..], &i.to_be_bytes()].concat());
        }
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        publisher.close().unwrap();
    }
}

#[test]
fn what_a_slow_subscriber_loses_is_counted() {
    let (publisher, sub) = (open(Pub0::new(false)), open(Sub0::new()));
    sub.set_option(options::RECVBUF, Value::Int(4)).unwrap();
    sub.set_option(options::SUB_SUBSCRIBE, Value::Bytes(Vec::new())).unwrap();
    connect(&sub, &publisher, &addresses()[0]);
    for i in 0..100u32 {
        send(&publisher, &i.to_be_bytes());
    }
    let got: Vec<_> = (0..4).map(|_| number(&recv(&sub))).collect();
    assert_eq!(got, [96, 97, 98, 99]);
    assert_eq!((counter(&sub, "rx_drop"), counter(&publisher, "tx_drop")), (96, 0));
    publisher.close().unwrap();
    sub.close().unwrap();
}

#[test]
fn whoever_does_not_receive_has_what_fits_in_the_end() {
    for (kind, prefer_new) in [(1, true), (1, false), (2, true), (2, false)] {
        let (publisher, sub) = (open(Pub0::new(false)), open(Sub0::new()));
        sub.set_option(options::RECVBUF, Value::Int(100)).unwrap();
        sub.set_option(options::SUB_PREFNEW, Value::Bool(prefer_new)).unwrap();
        sub.set_option(options::SUB_SUBSCRIBE, Value::Bytes(b"y".to_vec())).unwrap();
        connect(&sub, &publisher, &addresses()[kind]);
        for i in 0..1000u32 {
            send(&publisher, &[&b"n"[..], &i.to_be_bytes()].concat());
            send(&publisher, &[&b"y"[..], &i.to_be_bytes()].concat());
        }
        while counter(&sub, "rx_drop") < 900 {
            thread::sleep(std::time::Duration::from_millis(1));
        }
        let first = if prefer_new { 900 } else { 0 };
        for i in first..first + 100 {
            assert_eq!(number(&recv(&sub)), i);
        }
        assert_eq!((counter(&sub, "rx_drop"), counter(&publisher, "tx_drop")), (900, 0));
        assert_eq!(sub.totals().rx_msgs, 2000);
        publisher.close().unwrap();
        sub.close().unwrap();
    }
}

#[test]
fn copies_of_all_sizes_reach_everybody_whole() {
    let publisher = open(Pub0::new(false));
    let subscribers: Vec<_> = (0..9)
        .map(|n| {
            let sub = open(Sub0::new());
            sub.set_option(options::SUB_SUBSCRIBE, Value::Bytes(Vec::new())).unwrap();
            connect(&publisher, &sub, &addresses()[n % 3]);
            sub
        })
        .collect();
    let sizes = [4, 64, 160, 3000, 16_383, 16_384, 40_000, 5, 100, 1000];
    for round in 0..30u8 {
        let bodies: Vec<_> = sizes.iter().map(|&size| vec![round; size]).collect();
        bodies.iter().for_each(|body| send(&publisher, body));
        for sub in &subscribers {
            bodies.iter().for_each(|body| assert!(recv(sub).body() == body));
        }
    }
    assert_eq!(counter(&publisher, "tx_drop"), 0);
    subscribers.iter().chain([&publisher]).for_each(|socket| socket.close().unwrap());
}

#[test]
fn every_piece_of_work_is_done_once() {
    const COUNT: u32 = 20_000;
    for kind in 0..3 {
        let push = open(pipeline0::Push0::new(false));
        let (done, results) = mpsc::channel();
        let pullers: Vec<_> = (0..3)
            .map(|_| {
                let pull = open(pipeline0::Pull0::new(false));
                connect(&pull, &push, &addresses()[kind]);
                let reader = thread::spawn({
                    let (pull, done) = (pull.clone(), done.clone());
                    move || {
                        let mut last = None;
                        while let Ok(msg) = pull.recv(CtxId::SOCKET, FOREVER) {
                            let n = number(&msg);
                            assert!(last < Some(n), "out of order");
                            last = Some(n);
                            done.send(n).unwrap();
                        }
                    }
                });
                (pull, reader)
            })
            .collect();
        for n in 0..COUNT {
            send(&push, &n.to_be_bytes());
        }
        let all: BTreeSet<_> = results.iter().take(COUNT as usize).collect();
        assert_eq!(all.len(), COUNT as usize);
        for (pull, reader) in pullers {
            pull.close().unwrap();
            reader.join().unwrap();
        }
        push.close().unwrap();
        drop(done);
        assert!(results.recv().is_err(), "a message came twice");
    }
}

#[test]
fn everybody_on_the_bus_hears_everybody_else() {
    for kind in 0..3 {
        let all: Vec<_> = (0..4).map(|_| open(Bus0::new(false))).collect();
        for (i, one) in all.iter().enumerate() {
            for two in &all[i + 1..] {
                connect(one, two, &addresses()[kind]);
            }
        }
        // A listening side's pipe may come a little later: each calls until all have heard it.
        let mut heard = vec![BTreeSet::new(); all.len()];
        while heard.iter().any(|others| others.len() < all.len() - 1) {
            for (n, bus) in all.iter().enumerate() {
                send(bus, &(n as u32).to_be_bytes());
                while let Ok(msg) = bus.recv(CtxId::SOCKET, Wait::No) {
                    assert_ne!(number(&msg), n as u32, "heard itself");
                    heard[n].insert(number(&msg));
                }
            }
            thread::yield_now();
        }
        all.iter().for_each(|bus| bus.close().unwrap());
    }
}

/// A respondent that answers with the survey and its own number.
fn respondent(
    n: u32,
    kind: usize,
    surveyor: &Arc<Socket>,
) -> (Arc<Socket>, thread::JoinHandle<()>) {
    let socket = open(Rep0::respondent());
    connect(&socket, surveyor, &addresses()[kind]);
    let answering = thread::spawn({
        let socket = socket.clone();
        move || {
            while let Ok(mut msg) = socket.recv(CtxId::SOCKET, FOREVER) {
                msg.append(&n.to_be_bytes()).unwrap();
                match socket.send(CtxId::SOCKET, msg, FOREVER) {
                    Ok(()) | Err((Error::CLOSED, _)) => {}
                    Err((why, _)) => panic!("{why}"),
                }
            }
        }
    });
    (socket, answering)
}

#[test]
fn surveys_hear_from_everybody_and_end() {
    for kind in 0..3 {
        let surveyor = open(Surveyor0::new());
        surveyor.set_option(options::SURVEYOR_SURVEYTIME, Value::Ms(60_000)).unwrap();
        let respondents: Vec<_> = (0..5).map(|n| respondent(n, kind, &surveyor)).collect();
        let contexts = [Ctx::open(&surveyor).unwrap(), Ctx::open(&surveyor).unwrap()];
        for round in 0..100u32 {
            for (c, ctx) in contexts.iter().enumerate() {
                let mut msg = Message::from_slice(&round.to_be_bytes()).unwrap();
                msg.append(&[c as u8]).unwrap();
                ctx.send(msg, false).map_err(|(why, _)| why).unwrap();
            }
            for (c, ctx) in contexts.iter().enumerate() {
                let answers: BTreeSet<_> = (0..5)
                    .map(|_| {
                        let msg = ctx.recv(false).unwrap();
                        assert_eq!(
                            msg.body()[..5],
                            [&round.to_be_bytes()[..], &[c as u8]].concat()
                        );
                        number(&msg)
                    })
                    .collect();
                assert_eq!(answers, (0..5).collect());
            }
        }
        surveyor.set_option(options::SURVEYOR_SURVEYTIME, Value::Ms(20)).unwrap();
        for (socket, answering) in respondents {
            socket.close().unwrap();
            answering.join().unwrap();
        }
        send(&surveyor, b"anybody?");
        assert_eq!(surveyor.recv(CtxId::SOCKET, FOREVER).err(), Some(Error::TIMEDOUT));
        assert_eq!(surveyor.recv(CtxId::SOCKET, FOREVER).err(), Some(Error::STATE));
        surveyor.close().unwrap();
    }
}

#[test]
fn surveys_pass_devices() {
    for kind in 0..3 {
        let surveyor = open(Surveyor0::new());
        surveyor.set_option(options::SURVEYOR_SURVEYTIME, Value::Ms(60_000)).unwrap();
        let (front, back) = (open(Raw::respondent()), open(Raw::surveyor()));
        connect(&front, &surveyor, &addresses()[kind]);
        let respondents: Vec<_> = (0..3).map(|n| respondent(n, kind, &back)).collect();
        let aio = Aio::new();
        device::start(&aio, Some(front.clone()), Some(back.clone()));
        for round in 0..100u32 {
            send(&surveyor, &round.to_be_bytes());
            let answers: BTreeSet<_> = (0..3).map(|_| number(&recv(&surveyor))).collect();
            assert_eq!(answers, (0..3).collect());
        }
        for socket in [&surveyor, &front, &back] {
            socket.close().unwrap();
        }
        aio.wait();
        assert!(aio.result().is_some());
        for (socket, answering) in respondents {
            socket.close().unwrap();
            answering.join().unwrap();
        }
    }
}
