//! BUS under simulated time.
#![forbid(unsafe_code)]

use super::bus0::Bus0;
use super::conformance::{Facts, conformance};
use super::copies::{Copies, all_received};
use super::schedule::{Fate, Ledger, Subject, payload, schedules, token};
use super::sim::{Rng, Sim};
use super::{CtxId, Identity, Pipe, Protocol};
use crate::base::Error;
use crate::base::options::{self, Value};
use crate::msg::Message;
use std::collections::HashMap;

const SOCKET: CtxId = CtxId::SOCKET;

#[test]
fn conforms() {
    for raw in [false, true] {
        let facts = Facts {
            identity: Identity { id: 112, name: "bus", peer: 112, peer_name: "bus" },
            raw,
            sends: true,
            receives: true,
            contexts: false,
            options: vec![
                (options::SENDBUF, Value::Int(16), true),
                (options::RECVBUF, Value::Int(16), true),
            ],
            ctx_options: vec![],
            counters: vec!["tx_drop", "rx_drop"],
        };
        conformance(&facts, if raw { || Bus0::new(true) } else { || Bus0::new(false) });
    }
    let mut sim = Sim::new(Bus0::new(false));
    for name in [options::SENDBUF, options::RECVBUF] {
        assert_eq!(sim.set(SOCKET, name, Value::Int(0)), Err(Error::INVAL));
    }
}

#[test]
fn a_forwarded_message_does_not_go_back() {
    let mut sim = Sim::new(Bus0::new(true));
    let (a, b) = (sim.add_pipe(9).unwrap(), sim.add_pipe(9).unwrap());
    sim.deliver(a, b"hop");
    let msg = sim.try_recv(SOCKET).unwrap();
    assert_eq!((msg.header(), msg.pipe()), (&a.id.to_be_bytes()[..], a.id));
    sim.try_send(SOCKET, msg).map_err(|(why, _)| why).unwrap();
    let wire = sim.wire();
    assert_eq!(wire.len(), 1);
    assert_eq!((wire[0].0, wire[0].1.header(), wire[0].1.body()), (b, &[][..], &b"hop"[..]));
}

#[test]
fn the_newest_is_lost_when_there_is_no_room() {
    let mut sim = Sim::new(Bus0::new(false));
    let pipe = sim.add_pipe(1).unwrap();
    sim.set(SOCKET, options::SENDBUF, Value::Int(1)).unwrap();
    sim.set(SOCKET, options::RECVBUF, Value::Int(1)).unwrap();
    for n in 1..=3u8 {
        sim.try_send(SOCKET, Message::from_slice(&[n]).unwrap()).map_err(|(why, _)| why).unwrap();
        sim.deliver(pipe, &[n]);
    }
    sim.drain(pipe);
    let went: Vec<_> = sim.wire().iter().map(|(_, msg)| msg.body()[0]).collect();
    assert_eq!(went, [1, 2]);
    assert_eq!(sim.try_recv(SOCKET).unwrap().body(), [1]);
    assert_eq!(sim.try_recv(SOCKET).unwrap_err(), Error::AGAIN);
    assert_eq!((sim.counted(&["tx_drop"]), sim.counted(&["rx_drop"])), (1, 2));
}

#[derive(Default)]
struct Neighbour {
    raw: bool,
    copies: Copies,
    /// Where a raw message is not to go, by its token.
    origins: HashMap<u64, u32>,
}

impl Subject for Neighbour {
    fn build(&mut self, rng: &mut Rng) -> Box<dyn Protocol> {
        *self = Neighbour { raw: rng.chance(50), ..Neighbour::default() };
        Bus0::new(self.raw)
    }

    fn outgoing(&mut self, rng: &mut Rng, _: CtxId, token: u64) -> Message {
        let mut msg = payload(token);
        match rng.below(3) {
            0 => {}
            1 => {
                if let Some(pipe) = rng.pick(&self.copies.pipes) {
                    msg.header_push_u32(pipe.id);
                    self.origins.insert(token, pipe.id);
                }
            }
            _ => msg.header_push_u32(rng.draw() as u32 | 0x8000_0000),
        }
        msg
    }

    fn incoming(&mut self, _: &mut Rng, _: Pipe, token: u64) -> (Vec<u8>, Fate) {
        (token.to_be_bytes().into(), Fate::Maybe)
    }

    fn accepted(&mut self, _: CtxId, token: u64) {
        let origin = self.origins.get(&token).filter(|_| self.raw);
        self.copies.accepted(origin.copied());
    }

    fn wired(&mut self, pipe: Pipe, msg: &Message) {
        assert!(msg.header().is_empty());
        assert!(!self.raw || self.origins.get(&token(msg.body())) != Some(&pipe.id));
        self.copies.wired(pipe, msg);
    }

    fn received(&mut self, _: CtxId, msg: &Message) {
        let from = msg.pipe().to_be_bytes();
        assert_eq!(msg.header(), if self.raw { &from[..] } else { &[] });
    }

    fn pipe_added(&mut self, pipe: Pipe) {
        self.copies.pipes.push(pipe);
    }

    fn pipe_lost(&mut self, pipe: Pipe) {
        self.copies.lost(pipe);
    }

    fn tweak(&mut self, rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        let name = [options::SENDBUF, options::RECVBUF][rng.below(2)];
        Some((SOCKET, name, Value::Int(1 + rng.below(3) as i32)))
    }

    fn most_copies(&self) -> usize {
        usize::MAX
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        self.copies.settled(ledger, sim.counted(&["tx_drop"]));
        all_received(ledger, sim.counted(&["rx_drop"]));
    }
}

#[test]
fn random_schedules() {
    schedules("bus", &mut Neighbour::default());
}
