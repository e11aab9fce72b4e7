//! What every protocol owes its socket, whatever else it does: each protocol's tests begin here.
#![forbid(unsafe_code)]

use super::sim::{Ended, Sim};
use super::{CtxId, Identity, Protocol};
use crate::base::Error;
use crate::base::options::{self, Value};
use crate::msg::Message;

/// What a protocol is, for the list below.
pub struct Facts {
    pub identity: Identity,
    pub raw: bool,
    pub sends: bool,
    pub receives: bool,
    pub contexts: bool,
    /// The socket's options with their defaults, and whether they can be set.
    pub options: Vec<(&'static str, Value, bool)>,
    /// The contexts' options with their defaults.
    pub ctx_options: Vec<(&'static str, Value)>,
    pub counters: Vec<&'static str>,
}

const ALL_OPTIONS: &[&str] = &[
    options::MAXTTL,
    options::PAIR1_POLY,
    options::RECVBUF,
    options::SENDBUF,
    options::REQ_RESENDTICK,
    options::REQ_RESENDTIME,
    options::SUB_PREFNEW,
    options::SUB_SUBSCRIBE,
    options::SUB_UNSUBSCRIBE,
    options::SURVEYOR_SURVEYTIME,
];

fn text(body: &str) -> Message {
    Message::from_slice(body.as_bytes()).unwrap()
}

/// Runs the list on a protocol that `new` makes.
pub fn conformance(facts: &Facts, new: fn() -> Box<dyn Protocol>) {
    identity(facts, &*new());
    options(facts, Sim::new(new()));
    directions(facts, Sim::new(new()));
    pipes(Sim::new(new()));
    junk(Sim::new(new()));
    cancels(facts, new);
    closes(facts, new);
    contexts(facts, new);
}

fn identity(facts: &Facts, proto: &dyn Protocol) {
    assert_eq!(proto.identity(), facts.identity);
    assert_eq!(proto.raw(), facts.raw);
    assert_eq!((proto.sends(), proto.receives()), (facts.sends, facts.receives));
    let names: Vec<_> = proto.counters().iter().map(|c| c.name).collect();
    assert_eq!(names, facts.counters);
    assert!(proto.counters().iter().all(|c| c.value == 0 && !c.desc.is_empty()));
    assert!(!proto.can_recv(), "nothing is there to be received");
}

fn options(facts: &Facts, mut sim: Sim) {
    for name in ALL_OPTIONS {
        let known = facts.options.iter().find(|(n, ..)| n == name);
        let ty = sim.proto.option_type(CtxId::SOCKET, name);
        assert_eq!(ty.is_some(), known.is_some(), "{name}");
    }
    for (name, default, settable) in &facts.options {
        let subscription = [options::SUB_SUBSCRIBE, options::SUB_UNSUBSCRIBE].contains(name);
        if !subscription {
            let ty = sim.proto.option_type(CtxId::SOCKET, name);
            assert_eq!(ty, Some(default.ty()), "{name}");
            assert_eq!(sim.proto.get_option(CtxId::SOCKET, name).as_ref(), Ok(default), "{name}");
        }
        let set = sim.set(CtxId::SOCKET, name, default.clone());
        assert_eq!(set.err(), (!settable).then_some(Error::READONLY), "{name}");
        let refused = match (*name, default) {
            (_, _) if !settable => None,
            (options::MAXTTL, _) => Some((Value::Int(0), Value::Int(16))),
            (_, Value::Int(_)) => Some((Value::Int(-1), Value::Int(8193))),
            (_, Value::Ms(_)) => Some((Value::Ms(-2), Value::Ms(-3))),
            _ => None,
        };
        if let Some((low, high)) = refused {
            assert_eq!(sim.set(CtxId::SOCKET, name, low), Err(Error::INVAL), "{name}");
            assert_eq!(sim.set(CtxId::SOCKET, name, high), Err(Error::INVAL), "{name}");
            assert_eq!(sim.proto.get_option(CtxId::SOCKET, name).as_ref(), Ok(default), "{name}");
        }
        if let (true, Value::Int(_)) = (settable, default) {
            sim.set(CtxId::SOCKET, name, Value::Int(3)).unwrap();
            assert_eq!(sim.proto.get_option(CtxId::SOCKET, name), Ok(Value::Int(3)), "{name}");
        }
    }
}

fn directions(facts: &Facts, mut sim: Sim) {
    assert!(!sim.proto.can_recv());
    if facts.receives {
        let why = sim.try_recv(CtxId::SOCKET).unwrap_err();
        assert!([Error::AGAIN, Error::STATE].contains(&why), "{why}");
    } else {
        assert_eq!(sim.try_recv(CtxId::SOCKET).unwrap_err(), Error::NOTSUP);
        assert_eq!(sim.recv(CtxId::SOCKET).unwrap_err(), Error::NOTSUP);
    }
    if !facts.sends {
        let (why, msg) = sim.try_send(CtxId::SOCKET, text("back")).unwrap_err();
        assert_eq!((why, msg.body()), (Error::NOTSUP, &b"back"[..]));
        assert!(!sim.proto.can_send());
    }
    // A context that nobody opened.
    let ctx = CtxId(77);
    if facts.contexts {
        assert_eq!(sim.try_recv(ctx).unwrap_err(), Error::CLOSED);
    }
}

/// Pipes come and go, and their places are taken by others.
fn pipes(mut sim: Sim) {
    for round in 0..3 {
        let mut all = Vec::new();
        for capacity in 1..4 {
            match sim.add_pipe(capacity) {
                Ok(pipe) => all.push(pipe),
                Err(why) => assert_eq!((why, all.len()), (Error::BUSY, 1)),
            }
        }
        if round == 1 {
            all.reverse();
        }
        for pipe in all {
            sim.lose_pipe(pipe);
        }
    }
    let pipe = sim.add_pipe(1).unwrap();
    sim.drain(pipe);
    sim.close();
}

/// Whatever a peer says, nothing breaks; messages too short for anything are not delivered.
fn junk(mut sim: Sim) {
    for body in [&[][..], &[0], &[0; 3], &[0; 4], &[0xff; 4], &[0; 64], &[0x80; 64], &[0xff; 200]] {
        if let Ok(pipe) = sim.add_pipe(1) {
            sim.deliver(pipe, body);
            sim.deliver(pipe, body);
            while sim.try_recv(CtxId::SOCKET).is_ok() {}
            sim.lose_pipe(pipe);
        }
    }
    sim.close();
}

fn cancels(facts: &Facts, new: fn() -> Box<dyn Protocol>) {
    let mut sim = Sim::new(new());
    for why in [Error::CANCELED, Error::TIMEDOUT] {
        if let Ok(Err(ticket)) = sim.recv(CtxId::SOCKET) {
            sim.cancel(ticket, why);
            assert!(matches!(sim.result(ticket), Some(Ended::Failed(w, None)) if w == why));
            sim.cancel_ended();
        }
        if facts.sends
            && let Ok(Some(ticket)) = sim.send(CtxId::SOCKET, text("to nobody"))
        {
            sim.cancel(ticket, why);
            match sim.result(ticket) {
                Some(Ended::Failed(w, Some(msg))) => {
                    assert_eq!((w, msg.body()), (why, &b"to nobody"[..]));
                }
                other => panic!("{other:?}"),
            }
            sim.cancel_ended();
        }
    }
    // One of several is cancelled, and only that one.
    let first = sim.recv(CtxId::SOCKET);
    let second = sim.recv(CtxId::SOCKET);
    if let (Ok(Err(first)), Ok(Err(second))) = (first, second) {
        sim.cancel(second, Error::TIMEDOUT);
        assert_eq!(sim.outstanding(), [first]);
    }
    sim.close();
}

fn closes(facts: &Facts, new: fn() -> Box<dyn Protocol>) {
    let mut sim = Sim::new(new());
    let sent = match facts.sends {
        true => sim.send(CtxId::SOCKET, text("lost")).ok().flatten(),
        false => None,
    };
    let received = sim.recv(CtxId::SOCKET).ok().and_then(Result::err);
    sim.close();
    if let Some(ticket) = sent {
        match sim.result(ticket) {
            Some(Ended::Failed(Error::CLOSED, Some(msg))) => assert_eq!(msg.body(), b"lost"),
            other => panic!("{other:?}"),
        }
    }
    if let Some(ticket) = received {
        assert!(matches!(sim.result(ticket), Some(Ended::Failed(Error::CLOSED, None))));
    }
}

fn contexts(facts: &Facts, new: fn() -> Box<dyn Protocol>) {
    let mut sim = Sim::new(new());
    let (one, two) = (CtxId(1), CtxId(2));
    if !facts.contexts {
        assert_eq!(sim.open_ctx(one), Err(Error::NOTSUP));
        return;
    }
    sim.open_ctx(one).unwrap();
    sim.open_ctx(two).unwrap();
    for name in ALL_OPTIONS {
        let known = facts.ctx_options.iter().find(|(n, _)| n == name);
        assert_eq!(sim.proto.option_type(one, name).is_some(), known.is_some(), "{name}");
        if let Some((name, default)) = known
            && ![options::SUB_SUBSCRIBE, options::SUB_UNSUBSCRIBE].contains(name)
        {
            assert_eq!(sim.proto.get_option(one, name).as_ref(), Ok(default), "{name}");
        }
    }
    let waits = [sim.recv(one), sim.recv(two)].map(|r| r.ok().and_then(Result::err));
    sim.close_ctx(one);
    if let [Some(first), Some(second)] = waits {
        assert!(matches!(sim.result(first), Some(Ended::Failed(Error::CLOSED, None))));
        assert_eq!(sim.outstanding(), [second]);
    }
    assert_eq!(sim.try_recv(one).unwrap_err(), Error::CLOSED);
    if facts.sends {
        assert_eq!(sim.try_send(one, text("x")).unwrap_err().0, Error::CLOSED);
    }
    sim.close_ctx(one);
    sim.close();
}
