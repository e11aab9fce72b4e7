//! Closing: calls return, pipe callbacks come in order and once, accepted output is written.
#![forbid(unsafe_code)]

use super::rig::{connect, is_closed, recv, send};
use crate::rt::aio::{Aio, Timeout};
use crate::rt::model::{explore_bounded, spawn};
use crate::sp::notify::Event;
use crate::sp::proto::CtxId;
use crate::sp::proto::pipeline0::{Pull0, Push0};
use crate::sp::{Dialer, Listener, Socket};
use crate::sys::sync::Mutex;
use std::sync::Arc;

fn closing_ends_receives(url: &'static str) {
    let rig = connect(url, Pull0::new(false), Push0::new(false));
    let waiters: Vec<_> = (0..2)
        .map(|_| {
            let pull = rig.one.clone();
            spawn(move || is_closed(recv(&pull).unwrap_err()))
        })
        .collect();
    let aio = Aio::new();
    rig.one.recv_aio(CtxId::SOCKET, &aio, Timeout::Infinite);
    rig.one.close().unwrap();
    aio.wait();
    is_closed(aio.result().unwrap());
    waiters.into_iter().for_each(|w| w.join().unwrap());
    rig.shut();
}

#[test]
fn closing_ends_receives_from_lanes() {
    explore_bounded("close: two threads receive from a lane", 2, || {
        closing_ends_receives("inproc://i");
    });
}

#[test]
fn closing_ends_receives_from_streams() {
    explore_bounded("close: two threads receive from a stream", 2, || {
        closing_ends_receives("mem://i");
    });
}

/// Sent, then closed at once: all of it arrives, in order, and then the end.
#[test]
fn what_was_accepted_is_written() {
    explore_bounded("close: a stream is closed right after sends", 2, || {
        let rig = connect("mem://j", Pull0::new(false), Push0::new(false));
        let push = rig.two.clone();
        let one = spawn(move || {
            (0..3).for_each(|n| send(&push, 0, n).unwrap());
            push.close().unwrap();
        });
        (0..3).for_each(|n| assert_eq!(recv(&rig.one).unwrap(), (0, n)));
        one.join().unwrap();
        rig.shut();
    });
}

fn callbacks(url: &'static str) {
    super::mem::register();
    let (pull, push) = (Socket::open(Pull0::new(false)), Socket::open(Push0::new(false)));
    let seen: Arc<Mutex<Vec<(u32, Event)>>> = Arc::default();
    for event in [Event::AddPre, Event::AddPost, Event::RemPost] {
        let seen = seen.clone();
        pull.notify.set(event, Some(Arc::new(move |id| seen.lock().push((id, event)))));
    }
    Listener::create(&pull, url).unwrap().start().unwrap();
    let dialing = push.clone();
    let one = spawn(move || {
        if let Ok(dialer) = Dialer::create(&dialing, url) {
            let _ = dialer.start(false);
        }
    });
    let closing = push.clone();
    let two = spawn(move || closing.close().unwrap());
    pull.close().unwrap();
    let after = seen.lock().len();
    one.join().unwrap();
    two.join().unwrap();
    super::rig::Rig { one: pull, two: push }.shut();
    let seen = seen.lock().clone();
    // A pipe that came while the socket closed is rejected after it, and still told of in order.
    let ids: std::collections::BTreeSet<u32> = seen.iter().map(|(id, _)| *id).collect();
    for id in ids {
        let events: Vec<Event> = seen.iter().filter(|s| s.0 == id).map(|s| s.1).collect();
        let whole = events == [Event::AddPre, Event::AddPost, Event::RemPost];
        let rejected = events == [Event::AddPre] || events == [Event::AddPre, Event::RemPost];
        assert!(whole || rejected, "{events:?}, {after} before the close returned");
    }
}

#[test]
fn callbacks_come_in_order_over_lanes() {
    explore_bounded("close: pipe callbacks, dialled and closed from both sides, lanes", 2, || {
        callbacks("inproc://k");
    });
}

#[test]
fn callbacks_come_in_order_over_streams() {
    explore_bounded(
        "close: pipe callbacks, dialled and closed from both sides, streams",
        2,
        || {
            callbacks("mem://k");
        },
    );
}
