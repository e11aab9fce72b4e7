//! PAIR under simulated time.
#![forbid(unsafe_code)]

use super::conformance::{Facts, conformance};
use super::pair::Pair;
use super::schedule::{Fate, Ledger, Subject, payload, schedules};
use super::sim::{Ended, Rng, Sim};
use super::{CtxId, Identity, Pipe, Protocol};
use crate::base::Error;
use crate::base::options::{self, Value};
use crate::msg::Message;
use std::collections::HashMap;

const SOCKET: CtxId = CtxId::SOCKET;

fn facts(version: u8, raw: bool) -> Facts {
    let buffers =
        [(options::SENDBUF, Value::Int(0), true), (options::RECVBUF, Value::Int(0), true)];
    let (identity, mut options, counters) = match version {
        0 => (
            Identity { id: 16, name: "pair", peer: 16, peer_name: "pair" },
            vec![],
            vec!["mismatch", "already", "tx_drop", "rx_drop"],
        ),
        _ => (
            Identity { id: 17, name: "pair1", peer: 17, peer_name: "pair1" },
            vec![(options::MAXTTL, Value::Int(8), true)],
            vec!["mismatch", "already", "ttl_drop", "tx_drop", "rx_malformed"],
        ),
    };
    options.extend(buffers);
    let mut counters = counters;
    if raw && version == 1 {
        counters.push("tx_malformed");
    }
    if version == 1 {
        counters.push("rx_drop");
    }
    Facts {
        identity,
        raw,
        sends: true,
        receives: true,
        contexts: false,
        options,
        ctx_options: vec![],
        counters,
    }
}

#[test]
fn conforms() {
    conformance(&facts(0, false), || Pair::new(0, false));
    conformance(&facts(0, true), || Pair::new(0, true));
    conformance(&facts(1, false), || Pair::new(1, false));
    let raw = Pair::new(1, true);
    assert_eq!((raw.identity().id, raw.raw()), (17, true));
}

struct Any {
    version: u8,
    raw: bool,
    ttl: u32,
    /// Tokens in the order they were sent, to be found on the wire in that order.
    order: Vec<u64>,
    headers: HashMap<u64, Vec<u8>>,
}

impl Subject for Any {
    fn build(&mut self, rng: &mut Rng) -> Box<dyn Protocol> {
        self.raw = rng.chance(50);
        self.ttl = 8;
        self.order.clear();
        self.headers.clear();
        Pair::new(self.version, self.raw)
    }

    fn outgoing(&mut self, rng: &mut Rng, _: CtxId, token: u64) -> Message {
        let mut msg = payload(token);
        if self.version == 1 && self.raw {
            match rng.below(10) {
                0 => {}
                1 => msg.header_push_u32(0xff),
                n => msg.header_push_u32(n as u32),
            }
        }
        self.headers.insert(token, msg.header().to_vec());
        msg
    }

    fn incoming(&mut self, rng: &mut Rng, _: Pipe, token: u64) -> (Vec<u8>, Fate) {
        let body = token.to_be_bytes().to_vec();
        if self.version == 0 {
            return (body, Fate::Deliver);
        }
        let (hops, fate) = match rng.below(10) {
            0 => return (vec![0; rng.below(4)], Fate::Junk),
            1 => (0x100, Fate::Junk),
            2 => (self.ttl + 1, Fate::Drop),
            3 => (self.ttl, Fate::Deliver),
            _ => (1, Fate::Deliver),
        };
        ([&u32::to_be_bytes(hops)[..], &body].concat(), fate)
    }

    fn wired(&mut self, _: Pipe, msg: &Message) {
        let token = super::schedule::token(msg.body());
        assert!(self.order.last().is_none_or(|last| *last < token), "sent out of order");
        self.order.push(token);
        match (self.version, self.raw) {
            (0, _) => assert!(msg.header().is_empty()),
            (_, false) => assert_eq!(msg.header(), [0, 0, 0, 1]),
            _ => assert!(msg.header_len() == 4 && msg.header()[3] > 2),
        }
    }

    fn returned(&mut self, _: CtxId, token: u64, why: Error, msg: &Message) {
        assert_eq!(msg.header(), self.headers[&token]);
        let known = [Error::AGAIN, Error::CANCELED, Error::TIMEDOUT, Error::CLOSED];
        let malformed = self.version == 1 && self.raw && why == Error::PROTO;
        assert!(known.contains(&why) || malformed, "{why}");
    }

    fn tweak(&mut self, rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        match rng.below(3) {
            // Never less than before: what is queued would go.
            0 => Some((SOCKET, options::SENDBUF, Value::Int(7))),
            1 => Some((SOCKET, options::RECVBUF, Value::Int(7))),
            _ if self.version == 1 => {
                self.ttl = 1 + rng.below(15) as u32;
                Some((SOCKET, options::MAXTTL, Value::Int(self.ttl as i32)))
            }
            _ => None,
        }
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        if !sim.pipes().is_empty() {
            assert_eq!(ledger.unsent(), 0);
        }
        if self.version == 1 {
            let dropped = sim.counted(&["ttl_drop", "rx_malformed"]);
            assert_eq!(dropped, ledger.refused());
        }
    }
}

fn any(version: u8) -> Any {
    Any { version, raw: false, ttl: 0, order: Vec::new(), headers: HashMap::new() }
}

#[test]
fn schedules_0() {
    schedules("pair0", &mut any(0));
}

#[test]
fn schedules_1() {
    schedules("pair1", &mut any(1));
}

#[test]
fn a_second_peer_is_rejected() {
    let mut sim = Sim::new(Pair::new(1, false));
    let first = sim.add_pipe(1).unwrap();
    assert_eq!(sim.add_pipe(1), Err(Error::BUSY));
    assert_eq!(sim.counted(&["already"]), 1);
    sim.lose_pipe(first);
    sim.add_pipe(1).unwrap();
}

#[test]
fn queues_hold_what_they_say() {
    let mut sim = Sim::new(Pair::new(0, false));
    sim.set(SOCKET, options::SENDBUF, Value::Int(2)).unwrap();
    assert!(sim.send(SOCKET, payload(1)).unwrap().is_none());
    assert!(sim.send(SOCKET, payload(2)).unwrap().is_none());
    let third = sim.send(SOCKET, payload(3)).unwrap().expect("no room");
    assert_eq!(sim.try_send(SOCKET, payload(4)).unwrap_err().0, Error::AGAIN);
    let pipe = sim.add_pipe(1).unwrap();
    assert!(matches!(sim.result(third), Some(Ended::Sent)));
    sim.drain(pipe);
    sim.drain(pipe);
    let bodies: Vec<_> = sim.wire().iter().map(|(_, m)| super::schedule::token(m.body())).collect();
    assert_eq!(bodies, [1, 2, 3]);
}
