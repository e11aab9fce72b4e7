//! REP under simulated time.
#![forbid(unsafe_code)]

use super::conformance::{Facts, conformance};
use super::rep0::Rep0;
use super::schedule::{Fate, Ledger, Subject, backtrace, payload, schedules, token};
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
        identity: Identity { id: 49, name: "rep", peer: 48, peer_name: "req" },
        raw: false,
        sends: true,
        receives: true,
        contexts: true,
        options: vec![(options::MAXTTL, Value::Int(8), true)],
        ctx_options: vec![],
        counters: vec!["rx_drop", "tx_drop", "rx_malformed"],
    };
    conformance(&facts, Rep0::new);
}

type Trail = (Pipe, Vec<u8>);

struct Model {
    ttl: usize,
    /// Where the answer to each request belongs.
    trails: HashMap<u64, Trail>,
    owed: HashMap<CtxId, Trail>,
    /// Where each answer has to go.
    answers: HashMap<u64, Trail>,
}

impl Subject for Model {
    fn build(&mut self, _: &mut Rng) -> Box<dyn Protocol> {
        *self = model();
        Rep0::new()
    }

    fn contexts(&self) -> bool {
        true
    }

    fn incoming(&mut self, rng: &mut Rng, pipe: Pipe, token: u64) -> (Vec<u8>, Fate) {
        match rng.below(10) {
            0 => (vec![0; 4 * rng.below(self.ttl) + rng.below(4)], Fate::Junk),
            1 => ([backtrace(rng, self.ttl + 1), vec![0; 8]].concat(), Fate::Drop),
            n => {
                let hops = if n == 2 { self.ttl } else { 1 + rng.below(self.ttl) };
                let trace = backtrace(rng, hops);
                self.trails.insert(token, (pipe, trace.clone()));
                ([trace, token.to_be_bytes().to_vec()].concat(), Fate::Deliver)
            }
        }
    }

    fn received(&mut self, ctx: CtxId, msg: &Message) {
        assert!(msg.header().is_empty());
        self.owed.insert(ctx, self.trails[&token(msg.body())].clone());
    }

    fn accepted(&mut self, ctx: CtxId, token: u64) {
        let trail = self.owed.remove(&ctx).expect("an answer to nothing");
        self.answers.insert(token, trail);
    }

    fn returned(&mut self, ctx: CtxId, _: u64, why: Error, msg: &Message) {
        assert!(msg.header().is_empty());
        match why {
            Error::STATE => assert!(!self.owed.contains_key(&ctx), "an answer was refused"),
            Error::AGAIN | Error::CANCELED | Error::TIMEDOUT | Error::CLOSED => {}
            other => panic!("{other}"),
        }
    }

    fn wired(&mut self, pipe: Pipe, msg: &Message) {
        assert_eq!(self.answers[&token(msg.body())], (pipe, msg.header().to_vec()));
    }

    fn ctx_closed(&mut self, ctx: CtxId) {
        self.owed.remove(&ctx);
    }

    fn tweak(&mut self, rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        self.ttl = 1 + rng.below(15);
        Some((SOCKET, options::MAXTTL, Value::Int(self.ttl as i32)))
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        let of = |fate| ledger.came.values().filter(|m| m.fate == fate).count() as u64;
        assert_eq!(sim.counted(&["rx_drop"]), of(Fate::Drop) + ledger.unreceived());
        assert_eq!(sim.counted(&["rx_malformed"]), of(Fate::Junk));
        assert_eq!(sim.counted(&["tx_drop"]), ledger.unsent());
    }
}

fn model() -> Model {
    Model { ttl: 8, trails: HashMap::new(), owed: HashMap::new(), answers: HashMap::new() }
}

#[test]
fn schedules_hold() {
    schedules("rep0", &mut model());
}

const ID: [u8; 4] = [0x80, 0, 0, 1];

#[test]
fn one_answer_to_one_request() {
    let mut sim = Sim::new(Rep0::new());
    let pipe = sim.add_pipe(10).unwrap();
    assert_eq!(sim.send(SOCKET, payload(1)).unwrap_err().0, Error::STATE);
    sim.deliver(pipe, &[&ID[..], b"ask"].concat());
    assert!(sim.proto.can_recv() && !sim.proto.can_send());
    assert_eq!(sim.try_recv(SOCKET).unwrap().body(), b"ask");
    assert!(sim.proto.can_send());
    sim.try_send(SOCKET, payload(1)).unwrap();
    assert_eq!(sim.send(SOCKET, payload(2)).unwrap_err().0, Error::STATE);
    let wire = sim.wire();
    assert_eq!((wire.len(), wire[0].1.header()), (1, &ID[..]));
}

#[test]
fn a_full_pipe_holds_its_answers_only() {
    let mut sim = Sim::new(Rep0::new());
    let one = sim.add_pipe(1).unwrap();
    let two = sim.add_pipe(1).unwrap();
    let contexts = [CtxId(1), CtxId(2), CtxId(3)];
    for (ctx, pipe) in contexts.iter().zip([one, one, two]) {
        sim.open_ctx(*ctx).unwrap();
        sim.deliver(pipe, &ID);
        assert!(sim.try_recv(*ctx).unwrap().is_empty());
    }
    assert!(sim.send(contexts[0], payload(1)).unwrap().is_none());
    let second = sim.send(contexts[1], payload(2)).unwrap().expect("the pipe is full");
    assert!(sim.send(contexts[2], payload(3)).unwrap().is_none());
    sim.drain(one);
    assert!(matches!(sim.result(second), Some(Ended::Sent)));
    assert_eq!(sim.wire().len(), 3);
}

#[test]
fn answers_to_nobody_are_dropped() {
    let mut sim = Sim::new(Rep0::new());
    let one = sim.add_pipe(1).unwrap();
    sim.deliver(one, &ID);
    sim.try_recv(SOCKET).unwrap();
    sim.lose_pipe(one);
    // In its place there is somebody else now, who gets nothing.
    let other = sim.add_pipe(1).unwrap();
    assert_eq!(one.slot, other.slot);
    assert!(sim.proto.can_send());
    sim.try_send(SOCKET, payload(1)).unwrap();
    assert!(sim.wire().is_empty());
    assert_eq!(sim.counted(&["tx_drop"]), 1);
    assert_eq!(sim.try_send(SOCKET, payload(2)).unwrap_err().0, Error::STATE);
}

#[test]
fn a_pipe_waits_while_its_request_does() {
    let mut sim = Sim::new(Rep0::new());
    let pipe = sim.add_pipe(1).unwrap();
    for _ in 0..3 {
        sim.deliver(pipe, &ID);
    }
    assert!(sim.is_paused(pipe));
    assert_eq!(sim.undelivered(pipe), 2);
    sim.try_recv(SOCKET).unwrap();
    assert_eq!(sim.undelivered(pipe), 1);
}
