//! PUB under simulated time.
#![forbid(unsafe_code)]

use super::conformance::{Facts, conformance};
use super::copies::Copies;
use super::pub0::Pub0;
use super::schedule::{Fate, Ledger, Subject, schedules};
use super::sim::{Rng, Sim};
use super::{CtxId, Identity, Pipe, Protocol};
use crate::base::options::{self, Value};
use crate::msg::Message;

const SOCKET: CtxId = CtxId::SOCKET;

#[test]
fn conforms() {
    for raw in [false, true] {
        let facts = Facts {
            identity: Identity { id: 32, name: "pub", peer: 33, peer_name: "sub" },
            raw,
            sends: true,
            receives: false,
            contexts: false,
            options: vec![(options::SENDBUF, Value::Int(16), true)],
            ctx_options: vec![],
            counters: vec!["tx_drop"],
        };
        conformance(&facts, if raw { || Pub0::new(true) } else { || Pub0::new(false) });
    }
    let mut sim = Sim::new(Pub0::new(false));
    assert!(sim.set(SOCKET, options::SENDBUF, Value::Int(0)).is_err());
}

fn send(sim: &mut Sim, n: u8) {
    let msg = Message::from_slice(&[n]).unwrap();
    assert!(sim.proto.can_send());
    sim.try_send(SOCKET, msg).map_err(|(why, _)| why).unwrap();
}

fn went(sim: &mut Sim) -> Vec<u8> {
    sim.wire().iter().map(|(_, msg)| msg.body()[0]).collect()
}

#[test]
fn slow_subscribers_lose_the_oldest() {
    let mut sim = Sim::new(Pub0::new(false));
    send(&mut sim, 0);
    let slow = sim.add_pipe(1).unwrap();
    sim.set(SOCKET, options::SENDBUF, Value::Int(2)).unwrap();
    for n in 1..=5 {
        send(&mut sim, n);
    }
    assert_eq!(went(&mut sim), [1]);
    for _ in 0..3 {
        sim.drain(slow);
    }
    assert_eq!(went(&mut sim), [4, 5]);
    assert_eq!(sim.counted(&["tx_drop"]), 2);
}

#[test]
fn a_shorter_buffer_keeps_the_oldest() {
    let mut sim = Sim::new(Pub0::new(false));
    let slow = sim.add_pipe(1).unwrap();
    for n in 1..=4 {
        send(&mut sim, n);
    }
    sim.set(SOCKET, options::SENDBUF, Value::Int(1)).unwrap();
    sim.drain(slow);
    assert_eq!(went(&mut sim), [1, 2]);
    sim.lose_pipe(slow);
    assert_eq!(sim.counted(&["tx_drop"]), 2);
}

#[test]
fn all_copies_share_one_body() {
    let mut sim = Sim::new(Pub0::new(false));
    for _ in 0..5 {
        sim.add_pipe(1).unwrap();
    }
    let msg = Message::from_slice(&[9; 5000]).unwrap();
    sim.try_send(SOCKET, msg).map_err(|(why, _)| why).unwrap();
    let wire = sim.wire();
    assert_eq!(wire.len(), 5);
    assert!(wire.iter().all(|(_, msg)| msg.body().as_ptr() == wire[0].1.body().as_ptr()));
}

#[derive(Default)]
struct Publisher(Copies);

impl Subject for Publisher {
    fn build(&mut self, rng: &mut Rng) -> Box<dyn Protocol> {
        self.0 = Copies::default();
        Pub0::new(rng.chance(50))
    }

    fn incoming(&mut self, _: &mut Rng, _: Pipe, token: u64) -> (Vec<u8>, Fate) {
        (token.to_be_bytes().into(), Fate::Junk)
    }

    fn accepted(&mut self, _: CtxId, _: u64) {
        self.0.accepted(None);
    }

    fn wired(&mut self, pipe: Pipe, msg: &Message) {
        self.0.wired(pipe, msg);
    }

    fn pipe_added(&mut self, pipe: Pipe) {
        self.0.pipes.push(pipe);
    }

    fn pipe_lost(&mut self, pipe: Pipe) {
        self.0.lost(pipe);
    }

    fn tweak(&mut self, rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        Some((SOCKET, options::SENDBUF, Value::Int(1 + rng.below(4) as i32)))
    }

    fn most_copies(&self) -> usize {
        usize::MAX
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        self.0.settled(ledger, sim.counted(&["tx_drop"]));
    }
}

#[test]
fn random_schedules() {
    schedules("pub", &mut Publisher::default());
}
