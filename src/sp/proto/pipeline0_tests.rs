//! PUSH and PULL under simulated time.
#![forbid(unsafe_code)]

use super::conformance::{Facts, conformance};
use super::copies::all_received;
use super::pipeline0::{Pull0, Push0};
use super::schedule::{Fate, Ledger, Subject, schedules, token};
use super::sim::{Ended, Rng, Sim};
use super::{CtxId, Identity, Pipe, Protocol};
use crate::base::options::{self, Value};
use crate::msg::Message;

const SOCKET: CtxId = CtxId::SOCKET;

fn facts(push: bool, raw: bool) -> Facts {
    let identity = match push {
        true => Identity { id: 80, name: "push", peer: 81, peer_name: "pull" },
        false => Identity { id: 81, name: "pull", peer: 80, peer_name: "push" },
    };
    Facts {
        identity,
        raw,
        sends: push,
        receives: !push,
        contexts: false,
        options: if push { vec![(options::SENDBUF, Value::Int(0), true)] } else { vec![] },
        ctx_options: vec![],
        counters: vec![if push { "tx_drop" } else { "rx_drop" }],
    }
}

#[test]
fn conform() {
    conformance(&facts(true, false), || Push0::new(false));
    conformance(&facts(true, true), || Push0::new(true));
    conformance(&facts(false, false), || Pull0::new(false));
    conformance(&facts(false, true), || Pull0::new(true));
}

fn message(n: u8) -> Message {
    Message::from_slice(&[n]).unwrap()
}

fn went(sim: &mut Sim) -> Vec<(Pipe, u8)> {
    sim.wire().iter().map(|(pipe, msg)| (*pipe, msg.body()[0])).collect()
}

#[test]
fn pullers_take_turns() {
    let mut sim = Sim::new(Push0::new(false));
    let pipes = [(); 3].map(|()| sim.add_pipe(9).unwrap());
    for n in 0..6 {
        sim.try_send(SOCKET, message(n)).map_err(|(why, _)| why).unwrap();
    }
    let turns: Vec<_> = (0..6).map(|n| (pipes[n % 3], n as u8)).collect();
    assert_eq!(went(&mut sim), turns);
}

#[test]
fn pushers_wait_in_line_behind_the_buffer() {
    let mut sim = Sim::new(Push0::new(false));
    assert!(!sim.proto.can_send());
    sim.set(SOCKET, options::SENDBUF, Value::Int(2)).unwrap();
    assert!(sim.proto.can_send());
    let sent: Vec<_> = (1..=4).map(|n| sim.send(SOCKET, message(n)).ok().unwrap()).collect();
    assert_eq!(sent.iter().filter(|s| s.is_some()).count(), 2);
    assert!(!sim.proto.can_send());
    let pipe = sim.add_pipe(1).unwrap();
    assert_eq!(went(&mut sim), [(pipe, 1)]);
    assert!(matches!(sim.result(sent[2].unwrap()), Some(Ended::Sent)));
    // A shrunken buffer drops the newest of what it holds, and counts them.
    sim.set(SOCKET, options::SENDBUF, Value::Int(0)).unwrap();
    assert_eq!(sim.counted(&["tx_drop"]), 2);
    sim.drain(pipe);
    assert_eq!(went(&mut sim), [(pipe, 4)]);
    assert!(matches!(sim.result(sent[3].unwrap()), Some(Ended::Sent)));
}

#[test]
fn a_deeper_buffer_lets_waiting_senders_go() {
    let mut sim = Sim::new(Push0::new(false));
    let ticket = sim.send(SOCKET, message(1)).ok().unwrap().unwrap();
    sim.set(SOCKET, options::SENDBUF, Value::Int(1)).unwrap();
    assert!(matches!(sim.result(ticket), Some(Ended::Sent)));
}

#[test]
fn a_pull_socket_reads_one_message_ahead_of_each_pipe() {
    let mut sim = Sim::new(Pull0::new(false));
    let (a, b) = (sim.add_pipe(1).unwrap(), sim.add_pipe(1).unwrap());
    for n in [1, 2, 3] {
        sim.deliver(a, &[n]);
        sim.deliver(b, &[10 + n]);
    }
    assert_eq!((sim.undelivered(a), sim.undelivered(b)), (2, 2));
    let mut got = Vec::new();
    while let Ok(msg) = sim.try_recv(SOCKET) {
        got.push(msg.body()[0]);
    }
    assert_eq!(got, [1, 11, 2, 12, 3, 13]);
    assert!(!sim.proto.can_recv());
}

#[test]
fn a_closed_pipe_takes_its_message_along() {
    let mut sim = Sim::new(Pull0::new(false));
    let pipe = sim.add_pipe(1).unwrap();
    sim.deliver(pipe, b"1");
    assert!(sim.proto.can_recv());
    sim.lose_pipe(pipe);
    assert!(!sim.proto.can_recv());
    assert_eq!(sim.counted(&["rx_drop"]), 1);
}

#[derive(Default)]
struct Pusher {
    pipes: usize,
    last: u64,
}

impl Subject for Pusher {
    fn build(&mut self, rng: &mut Rng) -> Box<dyn Protocol> {
        *self = Pusher::default();
        Push0::new(rng.chance(50))
    }

    fn incoming(&mut self, _: &mut Rng, _: Pipe, token: u64) -> (Vec<u8>, Fate) {
        (token.to_be_bytes().into(), Fate::Drop)
    }

    fn wired(&mut self, _: Pipe, msg: &Message) {
        let token = token(msg.body());
        assert!(self.last < token, "sent out of order");
        self.last = token;
    }

    fn pipe_added(&mut self, _: Pipe) {
        self.pipes += 1;
    }

    fn pipe_lost(&mut self, _: Pipe) {
        self.pipes -= 1;
    }

    fn tweak(&mut self, rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        Some((SOCKET, options::SENDBUF, Value::Int(rng.below(4) as i32)))
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        if self.pipes > 0 {
            assert_eq!(ledger.unsent(), sim.counted(&["tx_drop"]), "messages went missing");
        }
    }
}

#[test]
fn random_schedules_of_push() {
    schedules("push", &mut Pusher::default());
}

struct Puller;

impl Subject for Puller {
    fn build(&mut self, rng: &mut Rng) -> Box<dyn Protocol> {
        Pull0::new(rng.chance(50))
    }

    fn incoming(&mut self, _: &mut Rng, _: Pipe, token: u64) -> (Vec<u8>, Fate) {
        (token.to_be_bytes().into(), Fate::Deliver)
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        all_received(ledger, sim.counted(&["rx_drop"]));
    }
}

#[test]
fn random_schedules_of_pull() {
    schedules("pull", &mut Puller);
}
