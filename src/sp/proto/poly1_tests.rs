//! Polyamorous PAIR under simulated time.
#![forbid(unsafe_code)]

use super::conformance::{Facts, conformance};
use super::poly1::Poly1;
use super::schedule::{Fate, Ledger, Subject, payload, schedules, token};
use super::sim::{Ended, Rng, Sim};
use super::{CtxId, Identity, Pipe, Protocol};
use crate::base::Error;
use crate::base::options::{self, Value};
use crate::msg::Message;
use std::collections::HashMap;

const SOCKET: CtxId = CtxId::SOCKET;

#[test]
fn conforms() {
    let facts = Facts {
        identity: Identity { id: 17, name: "pair1", peer: 17, peer_name: "pair1" },
        raw: false,
        sends: true,
        receives: true,
        contexts: false,
        options: vec![
            (options::MAXTTL, Value::Int(8), true),
            (options::PAIR1_POLY, Value::Bool(true), false),
            (options::SENDBUF, Value::Int(0), true),
            (options::RECVBUF, Value::Int(1), true),
        ],
        ctx_options: vec![],
        counters: vec![
            "mismatch",
            "already",
            "ttl_drop",
            "tx_drop",
            "rx_malformed",
            "tx_malformed",
            "rx_drop",
        ],
    };
    conformance(&facts, Poly1::new);
}

#[derive(Default)]
struct Model {
    ttl: u32,
    /// The oldest first, and whether there ever was one.
    pipes: Vec<Pipe>,
    started: bool,
    named: HashMap<u64, u32>,
}

impl Subject for Model {
    fn build(&mut self, _: &mut Rng) -> Box<dyn Protocol> {
        *self = Model { ttl: 8, ..Model::default() };
        Poly1::new()
    }

    fn outgoing(&mut self, rng: &mut Rng, _: CtxId, token: u64) -> Message {
        let mut msg = payload(token);
        match rng.below(4) {
            0 => msg.set_pipe(5),
            1 => {}
            _ => msg.set_pipe(rng.pick(&self.pipes).map_or(0, |pipe| pipe.id)),
        }
        self.named.insert(token, msg.pipe());
        msg
    }

    fn incoming(&mut self, rng: &mut Rng, _: Pipe, token: u64) -> (Vec<u8>, Fate) {
        let (hops, fate) = match rng.below(10) {
            0 => return (vec![0; rng.below(4)], Fate::Junk),
            1 => (0x100, Fate::Junk),
            2 => (self.ttl + 1, Fate::Drop),
            3 => (self.ttl, Fate::Deliver),
            _ => (1, Fate::Deliver),
        };
        ([&u32::to_be_bytes(hops)[..], &token.to_be_bytes()].concat(), fate)
    }

    fn wired(&mut self, pipe: Pipe, msg: &Message) {
        assert_eq!(msg.header(), [0, 0, 0, 1]);
        let named = self.named[&token(msg.body())];
        assert!(named == 0 || named == pipe.id, "sent to another");
    }

    fn received(&mut self, _: CtxId, msg: &Message) {
        assert!(msg.header_len() == 4 && msg.pipe() != 0);
    }

    fn pipe_added(&mut self, pipe: Pipe) {
        self.started = true;
        self.pipes.push(pipe);
    }

    fn pipe_lost(&mut self, pipe: Pipe) {
        self.pipes.retain(|p| *p != pipe);
    }

    fn tweak(&mut self, rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        Some(match rng.below(3) {
            0 => (SOCKET, options::SENDBUF, Value::Int(7)),
            1 => (SOCKET, options::RECVBUF, Value::Int(7)),
            _ => {
                self.ttl = 1 + rng.below(15) as u32;
                (SOCKET, options::MAXTTL, Value::Int(self.ttl as i32))
            }
        })
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        if self.started {
            assert_eq!(sim.counted(&["tx_drop"]), ledger.unsent());
        }
        assert_eq!(sim.counted(&["ttl_drop", "rx_malformed"]), ledger.refused());
        assert_eq!(sim.counted(&["rx_drop"]), ledger.unreceived());
    }
}

#[test]
fn schedules_hold() {
    schedules("pair1 polyamorous", &mut Model::default());
}

#[test]
fn who_names_no_pipe_gets_the_first() {
    let mut sim = Sim::new(Poly1::new());
    let waits = sim.send(SOCKET, payload(1)).unwrap().expect("no peer was ever there");
    assert_eq!(sim.try_send(SOCKET, payload(2)).unwrap_err().0, Error::AGAIN);
    let one = sim.add_pipe(9).unwrap();
    let two = sim.add_pipe(9).unwrap();
    assert!(matches!(sim.result(waits), Some(Ended::Sent)));
    sim.try_send(SOCKET, payload(3)).unwrap();
    sim.lose_pipe(one);
    sim.try_send(SOCKET, payload(4)).unwrap();
    let to: Vec<Pipe> = sim.wire().iter().map(|(pipe, _)| *pipe).collect();
    assert_eq!(to, [one, one, two]);
}

#[test]
fn a_slow_peer_loses_messages() {
    let mut sim = Sim::new(Poly1::new());
    let pipe = sim.add_pipe(1).unwrap();
    for n in 0..10 {
        sim.try_send(SOCKET, payload(n)).unwrap();
    }
    sim.drain(pipe);
    sim.drain(pipe);
    assert_eq!(sim.wire().len(), 3);
    assert_eq!(sim.counted(&["tx_drop"]), 7);
    sim.lose_pipe(pipe);
    // Nobody is there any more, which holds up nothing.
    sim.try_send(SOCKET, payload(10)).unwrap();
    assert_eq!(sim.counted(&["tx_drop"]), 8);
}
