//! SURVEYOR under simulated time.
#![forbid(unsafe_code)]

use super::conformance::{Facts, conformance};
use super::copies::{Copies, all_received};
use super::schedule::{Fate, Ledger, Subject, schedules, token};
use super::sim::{Ended, Rng, Sim};
use super::surveyor0::Surveyor0;
use super::{CtxId, Identity, Pipe, Protocol};
use crate::base::Error;
use crate::base::options::{self, Value};
use crate::msg::Message;
use std::collections::HashMap;

const SOCKET: CtxId = CtxId::SOCKET;

#[test]
fn conforms() {
    let facts = Facts {
        identity: Identity { id: 98, name: "surveyor", peer: 99, peer_name: "respondent" },
        raw: false,
        sends: true,
        receives: true,
        contexts: true,
        options: vec![
            (options::SURVEYOR_SURVEYTIME, Value::Ms(1000), true),
            (options::MAXTTL, Value::Int(8), true),
        ],
        ctx_options: vec![(options::SURVEYOR_SURVEYTIME, Value::Ms(1000))],
        counters: vec!["tx_drop", "rx_drop", "rx_malformed"],
    };
    conformance(&facts, Surveyor0::new);
}

/// Sends a survey and returns its id.
fn survey(sim: &mut Sim, ctx: CtxId) -> u32 {
    sim.wire();
    let msg = Message::from_slice(b"who?").unwrap();
    assert!(sim.proto.can_send());
    sim.try_send(ctx, msg).map_err(|(why, _)| why).unwrap();
    id_of(&sim.wire()[0].1)
}

fn id_of(msg: &Message) -> u32 {
    let id = u32::from_be_bytes(msg.header().try_into().unwrap());
    assert!(id & 0x8000_0000 != 0);
    id
}

fn answer(sim: &mut Sim, pipe: Pipe, id: u32, text: &str) {
    sim.deliver(pipe, &[&id.to_be_bytes(), text.as_bytes()].concat());
}

#[test]
fn answers_come_until_time_is_up() {
    let mut sim = Sim::new(Surveyor0::new());
    let pipe = sim.add_pipe(9).unwrap();
    assert_eq!(sim.try_recv(SOCKET).unwrap_err(), Error::STATE);
    let id = survey(&mut sim, SOCKET);
    assert_eq!(sim.try_recv(SOCKET).unwrap_err(), Error::AGAIN);
    answer(&mut sim, pipe, id, "me");
    assert!(sim.proto.can_recv());
    let msg = sim.try_recv(SOCKET).unwrap();
    assert_eq!((msg.header(), msg.body()), (&id.to_be_bytes()[..], &b"me"[..]));
    let ticket = sim.recv(SOCKET).unwrap().unwrap_err();
    sim.advance(999);
    assert_eq!(sim.outstanding(), [ticket]);
    sim.advance(1);
    assert!(matches!(sim.result(ticket), Some(Ended::Failed(Error::TIMEDOUT, None))));
    answer(&mut sim, pipe, id, "late");
    assert_eq!(sim.try_recv(SOCKET).unwrap_err(), Error::STATE);
    assert_eq!(sim.counted(&["rx_drop"]), 1);
}

#[test]
fn a_new_survey_ends_the_one_before() {
    let mut sim = Sim::new(Surveyor0::new());
    let pipe = sim.add_pipe(9).unwrap();
    let first = survey(&mut sim, SOCKET);
    let ticket = sim.recv(SOCKET).unwrap().unwrap_err();
    sim.advance(600);
    let second = survey(&mut sim, SOCKET);
    assert_ne!(first, second);
    assert!(matches!(sim.result(ticket), Some(Ended::Failed(Error::CANCELED, None))));
    answer(&mut sim, pipe, first, "to the first");
    // Its time counts from its own sending.
    sim.advance(600);
    answer(&mut sim, pipe, second, "to the second");
    assert_eq!(sim.try_recv(SOCKET).unwrap().body(), b"to the second");
}

#[test]
fn giving_up_a_receive_ends_the_survey() {
    let mut sim = Sim::new(Surveyor0::new());
    let pipe = sim.add_pipe(9).unwrap();
    let id = survey(&mut sim, SOCKET);
    let (one, two) = (sim.recv(SOCKET).unwrap(), sim.recv(SOCKET).unwrap());
    sim.cancel(one.unwrap_err(), Error::TIMEDOUT);
    // Somebody else still waits.
    answer(&mut sim, pipe, id, "me");
    assert!(matches!(sim.result(two.unwrap_err()), Some(Ended::Received(_))));
    let three = sim.recv(SOCKET).unwrap().unwrap_err();
    sim.cancel(three, Error::TIMEDOUT);
    assert_eq!(sim.next_timer(), None);
    assert_eq!(sim.try_recv(SOCKET).unwrap_err(), Error::STATE);
    answer(&mut sim, pipe, id, "me too");
    assert_eq!(sim.try_recv(SOCKET).unwrap_err(), Error::STATE);
}

#[test]
fn contexts_survey_side_by_side() {
    let mut sim = Sim::new(Surveyor0::new());
    sim.set(SOCKET, options::SURVEYOR_SURVEYTIME, Value::Ms(50)).unwrap();
    let pipe = sim.add_pipe(9).unwrap();
    let (a, b) = (CtxId(1), CtxId(2));
    sim.open_ctx(a).unwrap();
    sim.open_ctx(b).unwrap();
    sim.set(b, options::SURVEYOR_SURVEYTIME, Value::Ms(2_000_000)).unwrap();
    let (ia, ib) = (survey(&mut sim, a), survey(&mut sim, b));
    answer(&mut sim, pipe, ib, "b");
    answer(&mut sim, pipe, ia, "a");
    assert!(!sim.proto.can_recv());
    assert_eq!(sim.try_recv(a).unwrap().body(), b"a");
    sim.advance(1_000_000);
    assert_eq!(sim.try_recv(a).unwrap_err(), Error::STATE);
    assert_eq!(sim.try_recv(b).unwrap().body(), b"b");
    for none in [0, -1] {
        sim.set(a, options::SURVEYOR_SURVEYTIME, Value::Ms(none)).unwrap();
        survey(&mut sim, a);
        assert_eq!(sim.try_recv(a).unwrap_err(), Error::STATE);
    }
}

#[derive(Default)]
struct Asker {
    copies: Copies,
    /// Who asked, by the survey's id, with the survey's token.
    asked: HashMap<u32, (CtxId, u64)>,
    asker: HashMap<u64, CtxId>,
    latest: HashMap<CtxId, u64>,
    ids: Vec<u32>,
}

impl Subject for Asker {
    fn build(&mut self, _: &mut Rng) -> Box<dyn Protocol> {
        *self = Asker::default();
        Surveyor0::new()
    }

    fn contexts(&self) -> bool {
        true
    }

    fn incoming(&mut self, rng: &mut Rng, _: Pipe, token: u64) -> (Vec<u8>, Fate) {
        let recent = &self.ids[self.ids.len().saturating_sub(4)..];
        match (rng.below(12), rng.pick(recent)) {
            (0, _) => (vec![0x80; rng.below(4)], Fate::Junk),
            (1, _) | (_, None) => {
                ([&[0x80, 1, 2, 3][..], &token.to_be_bytes()].concat(), Fate::Maybe)
            }
            (_, Some(id)) => ([&id.to_be_bytes()[..], &token.to_be_bytes()].concat(), Fate::Maybe),
        }
    }

    fn accepted(&mut self, ctx: CtxId, token: u64) {
        self.copies.accepted(None);
        self.asker.insert(token, ctx);
        self.latest.insert(ctx, token);
    }

    fn wired(&mut self, pipe: Pipe, msg: &Message) {
        self.copies.wired(pipe, msg);
        let (id, token) = (id_of(msg), token(msg.body()));
        let ctx = self.asker[&token];
        let known = self.asked.insert(id, (ctx, token));
        assert!(known.is_none_or(|known| known == (ctx, token)), "two surveys have one id");
        if known.is_none() {
            self.ids.push(id);
        }
    }

    fn received(&mut self, ctx: CtxId, msg: &Message) {
        let (asker, token) = self.asked[&id_of(msg)];
        assert_eq!(asker, ctx, "another's answer");
        assert_eq!(self.latest[&ctx], token, "an answer to an old survey");
    }

    fn receive_failed(&mut self, _: CtxId, why: Error) {
        let usual = [Error::STATE, Error::AGAIN, Error::CANCELED, Error::TIMEDOUT, Error::CLOSED];
        assert!(usual.contains(&why), "{why}");
    }

    fn pipe_added(&mut self, pipe: Pipe) {
        self.copies.pipes.push(pipe);
    }

    fn pipe_lost(&mut self, pipe: Pipe) {
        self.copies.lost(pipe);
    }

    fn tweak(&mut self, rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        let ms = [-1, 0, 1, 60, 1000][rng.below(5)];
        Some((CtxId(rng.below(3) as u32), options::SURVEYOR_SURVEYTIME, Value::Ms(ms)))
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
    schedules("surveyor", &mut Asker::default());
}
