//! RESPONDENT under simulated time.
#![forbid(unsafe_code)]

use super::conformance::{Facts, conformance};
use super::copies::{Trail, all_received, trail};
use super::rep0::Rep0;
use super::schedule::{Fate, Ledger, Subject, schedules, token};
use super::sim::{Ended, Rng, Sim};
use super::{CtxId, Identity, Pipe, Protocol};
use crate::base::Error;
use crate::base::options::{self, Value};
use crate::msg::Message;
use std::collections::{HashMap, HashSet};

const SOCKET: CtxId = CtxId::SOCKET;

#[test]
fn conforms() {
    let facts = Facts {
        identity: Identity { id: 99, name: "respondent", peer: 98, peer_name: "surveyor" },
        raw: false,
        sends: true,
        receives: true,
        contexts: true,
        options: vec![(options::MAXTTL, Value::Int(8), true)],
        ctx_options: vec![],
        counters: vec!["rx_drop", "tx_drop", "rx_malformed"],
    };
    conformance(&facts, Rep0::respondent);
}

fn text(text: &str) -> Message {
    Message::from_slice(text.as_bytes()).unwrap()
}

const ID: [u8; 4] = [0x80, 0, 0, 7];

fn asked(sim: &mut Sim, pipe: Pipe, hops: &[u8]) {
    let trail: Vec<u8> = hops.iter().flat_map(|hop| [0, 0, 0, *hop]).collect();
    sim.deliver(pipe, &[&trail[..], &ID, b"?"].concat());
}

#[test]
fn an_answer_goes_back_the_way_the_survey_came() {
    let mut sim = Sim::new(Rep0::respondent());
    let (other, pipe) = (sim.add_pipe(1).unwrap(), sim.add_pipe(1).unwrap());
    let (why, msg) = sim.send(SOCKET, text("early")).unwrap_err();
    assert_eq!((why, msg.body()), (Error::STATE, &b"early"[..]));
    asked(&mut sim, pipe, &[1, 2]);
    let msg = sim.try_recv(SOCKET).unwrap();
    assert_eq!((msg.header(), msg.body(), msg.pipe()), (&[][..], &b"?"[..], pipe.id));
    assert!(sim.proto.can_send());
    assert!(sim.send(SOCKET, text("!")).is_ok_and(|sent| sent.is_some()));
    assert!(!sim.proto.can_send());
    let wire = sim.wire();
    let trail = [&[0, 0, 0, 1, 0, 0, 0, 2][..], &ID].concat();
    assert_eq!((wire.len(), wire[0].0, wire[0].1.header()), (1, pipe, &trail[..]));
    assert_ne!(other, pipe);
    assert!(matches!(sim.send(SOCKET, text("!")), Err((Error::STATE, _))));
}

#[test]
fn who_cannot_wait_never_answers() {
    let mut sim = Sim::new(Rep0::respondent());
    let pipe = sim.add_pipe(1).unwrap();
    asked(&mut sim, pipe, &[]);
    sim.try_recv(SOCKET).unwrap();
    assert!(matches!(sim.try_send(SOCKET, text("!")), Err((Error::AGAIN, _))));
    assert!(matches!(sim.try_send(CtxId(77), text("!")), Err((Error::CLOSED, _))));
    assert!(sim.send(SOCKET, text("!")).is_ok());
    assert_eq!(sim.wire().len(), 1);
}

#[test]
fn an_answer_to_nobody_is_sent() {
    let mut sim = Sim::new(Rep0::respondent());
    let pipe = sim.add_pipe(1).unwrap();
    asked(&mut sim, pipe, &[]);
    sim.try_recv(SOCKET).unwrap();
    sim.lose_pipe(pipe);
    assert!(sim.proto.can_send());
    let ticket = sim.send(SOCKET, text("!")).ok().flatten().unwrap();
    assert!(matches!(sim.result(ticket), Some(Ended::Sent)));
    assert!(sim.wire().is_empty());
    // As is one that waits while its pipe goes.
    let pipe = sim.add_pipe(1).unwrap();
    let ctx = CtxId(1);
    sim.open_ctx(ctx).unwrap();
    for ctx in [SOCKET, ctx] {
        asked(&mut sim, pipe, &[]);
        sim.try_recv(ctx).unwrap();
        sim.send(ctx, text("!")).map_err(|(why, _)| why).unwrap();
    }
    let [ticket] = sim.outstanding()[..] else { panic!("the second waits") };
    sim.lose_pipe(pipe);
    assert!(matches!(sim.result(ticket), Some(Ended::Sent)));
}

#[test]
fn two_receives_on_one_context_are_too_many() {
    let mut sim = Sim::new(Rep0::respondent());
    let first = sim.recv(SOCKET).unwrap().unwrap_err();
    assert_eq!(sim.recv(SOCKET).unwrap_err(), Error::STATE);
    assert_eq!(sim.outstanding(), [first]);
    // Once it has ended, in whatever way, another may wait.
    let pipe = sim.add_pipe(1).unwrap();
    asked(&mut sim, pipe, &[]);
    let second = sim.recv(SOCKET).unwrap().unwrap_err();
    sim.cancel(second, Error::TIMEDOUT);
    assert!(sim.recv(SOCKET).unwrap().is_err());
}

#[test]
fn surveys_from_too_far_are_dropped() {
    let mut sim = Sim::new(Rep0::respondent());
    let pipe = sim.add_pipe(1).unwrap();
    sim.set(SOCKET, options::MAXTTL, Value::Int(3)).unwrap();
    asked(&mut sim, pipe, &[1, 2, 3]);
    assert_eq!(sim.try_recv(SOCKET).unwrap_err(), Error::AGAIN);
    asked(&mut sim, pipe, &[1, 2]);
    assert!(sim.try_recv(SOCKET).is_ok());
    assert_eq!(sim.counted(&["rx_drop"]), 1);
}

#[derive(Default)]
struct Answerer {
    ttl: usize,
    trails: HashMap<u64, (Pipe, Vec<u8>)>,
    /// What each context has to answer, by the survey's token.
    pending: HashMap<CtxId, u64>,
    /// The answer's token, and the survey's.
    answers: HashMap<u64, u64>,
    lost: HashSet<Pipe>,
}

impl Subject for Answerer {
    fn build(&mut self, _: &mut Rng) -> Box<dyn Protocol> {
        *self = Answerer { ttl: 8, ..Answerer::default() };
        Rep0::respondent()
    }

    fn contexts(&self) -> bool {
        true
    }

    fn incoming(&mut self, rng: &mut Rng, pipe: Pipe, token: u64) -> (Vec<u8>, Fate) {
        let Trail { bytes, fate } = trail(rng, self.ttl, token);
        let len = bytes.len() - 8;
        self.trails.insert(token, (pipe, bytes[..len].to_vec()));
        (bytes, fate)
    }

    fn received(&mut self, ctx: CtxId, msg: &Message) {
        assert!(msg.header().is_empty());
        self.pending.insert(ctx, token(msg.body()));
    }

    fn accepted(&mut self, ctx: CtxId, token: u64) {
        let survey = self.pending.remove(&ctx).expect("answered what was not asked");
        self.answers.insert(token, survey);
    }

    fn returned(&mut self, ctx: CtxId, token: u64, why: Error, _: &Message) {
        match why {
            Error::STATE => assert!(!self.pending.contains_key(&ctx), "not answered"),
            // Whoever cannot wait.
            Error::AGAIN => {}
            _ => assert!(self.answers.contains_key(&token), "{why}"),
        }
    }

    fn wired(&mut self, pipe: Pipe, msg: &Message) {
        let survey = self.answers[&token(msg.body())];
        let (from, trail) = &self.trails[&survey];
        assert_eq!((pipe, msg.header()), (*from, &trail[..]));
    }

    fn pipe_lost(&mut self, pipe: Pipe) {
        self.lost.insert(pipe);
    }

    fn ctx_closed(&mut self, ctx: CtxId) {
        self.pending.remove(&ctx);
    }

    fn tweak(&mut self, rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        self.ttl = 1 + rng.below(15);
        Some((SOCKET, options::MAXTTL, Value::Int(self.ttl as i32)))
    }

    fn exact_can_send(&self) -> bool {
        false
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        all_received(ledger, sim.counted(&["rx_drop"]));
        for (answer, survey) in &self.answers {
            let out = ledger.out[answer];
            let (pipe, _) = &self.trails[survey];
            if out.accepted && !self.lost.contains(pipe) {
                assert_eq!(out.copies, 1, "an answer was lost");
            }
        }
    }
}

#[test]
fn random_schedules() {
    schedules("respondent", &mut Answerer::default());
}
