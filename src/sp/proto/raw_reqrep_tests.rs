//! Raw REQ and REP under simulated time.
#![forbid(unsafe_code)]

use super::conformance::{Facts, conformance};
use super::raw::Raw;
use super::schedule::{Fate, Ledger, Subject, backtrace, payload, schedules, token};
use super::sim::{Rng, Sim};
use super::{CtxId, Identity, Pipe, Protocol};
use crate::base::options::{self, Value};
use crate::msg::Message;
use std::collections::HashMap;

const SOCKET: CtxId = CtxId::SOCKET;

fn facts(identity: Identity) -> Facts {
    Facts {
        identity,
        raw: true,
        sends: true,
        receives: true,
        contexts: false,
        options: vec![
            (options::MAXTTL, Value::Int(8), true),
            (options::SENDBUF, Value::Int(0), true),
            (options::RECVBUF, Value::Int(1), true),
        ],
        ctx_options: vec![],
        counters: vec!["rx_drop", "tx_drop", "rx_malformed"],
    }
}

#[test]
fn req_conforms() {
    conformance(&facts(Identity { id: 48, name: "req", peer: 49, peer_name: "rep" }), Raw::req);
}

#[test]
fn rep_conforms() {
    conformance(&facts(Identity { id: 49, name: "rep", peer: 48, peer_name: "req" }), Raw::rep);
}

/// Raw REQ, or REP if `routes`.
struct Model {
    routes: bool,
    ttl: usize,
    pipes: Vec<Pipe>,
    /// Headers as messages that were received must have them.
    came: HashMap<u64, Vec<u8>>,
    /// Headers as they must go out, and by which pipe.
    goes: HashMap<u64, (Option<u32>, Vec<u8>)>,
}

fn model(routes: bool) -> Model {
    Model { routes, ttl: 8, pipes: vec![], came: HashMap::new(), goes: HashMap::new() }
}

impl Subject for Model {
    fn build(&mut self, _: &mut Rng) -> Box<dyn Protocol> {
        *self = model(self.routes);
        if self.routes { Raw::rep() } else { Raw::req() }
    }

    fn outgoing(&mut self, rng: &mut Rng, _: CtxId, token: u64) -> Message {
        let mut msg = payload(token);
        let hops = 1 + rng.below(4);
        let trace = backtrace(rng, hops);
        if self.routes {
            let to = match rng.below(8) {
                0 => 5,
                _ => rng.pick(&self.pipes).map_or(6, |pipe| pipe.id),
            };
            // Sometimes too short to name anybody.
            if rng.chance(95) {
                msg.header_push_u32(to);
                msg.header_append(&trace).expect("room");
            }
            self.goes.insert(token, (Some(to), trace));
        } else {
            msg.header_append(&trace).expect("room");
            self.goes.insert(token, (None, trace));
        }
        msg
    }

    fn returned(&mut self, _: CtxId, token: u64, _: crate::base::Error, msg: &Message) {
        assert!(!self.routes && msg.header() == self.goes[&token].1);
    }

    fn wired(&mut self, pipe: Pipe, msg: &Message) {
        let (to, header) = &self.goes[&token(msg.body())];
        assert_eq!(msg.header(), header);
        assert!(to.is_none_or(|to| to == pipe.id));
    }

    fn incoming(&mut self, rng: &mut Rng, pipe: Pipe, token: u64) -> (Vec<u8>, Fate) {
        let most = if self.routes { self.ttl } else { 16 };
        let (hops, fate) = match rng.below(10) {
            0 => return (vec![0; 4 * rng.below(most) + rng.below(4)], Fate::Junk),
            1 if self.routes => (most + 1, Fate::Drop),
            1 => (most + 1, Fate::Junk),
            2 => (most, Fate::Deliver),
            _ => (1 + rng.below(most), Fate::Deliver),
        };
        let trace = backtrace(rng, hops);
        let own = if self.routes { pipe.id.to_be_bytes().to_vec() } else { vec![] };
        self.came.insert(token, [own, trace.clone()].concat());
        ([trace, token.to_be_bytes().to_vec()].concat(), fate)
    }

    fn received(&mut self, _: CtxId, msg: &Message) {
        assert_eq!(msg.header(), self.came[&token(msg.body())]);
    }

    fn pipe_added(&mut self, pipe: Pipe) {
        self.pipes.push(pipe);
    }

    fn pipe_lost(&mut self, pipe: Pipe) {
        self.pipes.retain(|p| *p != pipe);
    }

    fn tweak(&mut self, rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        Some(match rng.below(3) {
            0 => (SOCKET, options::SENDBUF, Value::Int(70)),
            1 => (SOCKET, options::RECVBUF, Value::Int(7)),
            _ => {
                self.ttl = 1 + rng.below(15);
                (SOCKET, options::MAXTTL, Value::Int(self.ttl as i32))
            }
        })
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        let of = |fate| ledger.came.values().filter(|m| m.fate == fate).count() as u64;
        assert_eq!(sim.counted(&["rx_drop"]), of(Fate::Drop) + ledger.unreceived());
        assert_eq!(sim.counted(&["rx_malformed"]), of(Fate::Junk));
        if self.routes || !self.pipes.is_empty() {
            assert_eq!(sim.counted(&["tx_drop"]), ledger.unsent());
        }
    }
}

#[test]
fn req_schedules() {
    schedules("raw req0", &mut model(false));
}

#[test]
fn rep_schedules() {
    schedules("raw rep0", &mut model(true));
}

#[test]
fn a_slow_requester_loses_replies() {
    for (mut sim, depth) in [(Sim::new(Raw::rep()), 64), (Sim::new(Raw::respondent()), 2)] {
        let pipe = sim.add_pipe(1).unwrap();
        for n in 0..70 {
            let mut msg = payload(n);
            msg.header_push_u32(pipe.id);
            msg.header_push_u32(0x8000_0001);
            sim.try_send(SOCKET, msg).unwrap();
        }
        assert_eq!(sim.counted(&["tx_drop"]), 70 - 1 - depth);
    }
}
