//! Random schedules: events of every kind in an order that a seed decides and repeats, held
//! against what must be true of every protocol.
//!
//! `NNG_SIM_SEED=n` runs one schedule again, and prints its events; `NNG_SIM_RUNS=n` sets how
//! many there are.
#![forbid(unsafe_code)]

use super::sim::{Ended, Rng, Sim, Ticket};
use super::{CtxId, Pipe, Protocol};
use crate::base::Error;
use crate::base::options::Value;
use crate::msg::Message;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// How many schedules a test runs.
const RUNS: u64 = if cfg!(miri) { 3 } else { 10_000 };
const STEPS: usize = 60;
const MOST_PIPES: usize = 4;
const MOST_CONTEXTS: usize = 3;

/// What has to become of a message that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is received, once, unless its pipe goes before.
    Deliver,
    /// It is received once or not at all.
    Maybe,
    /// It is never received.
    Drop,
    /// It is never received, and its pipe is closed.
    Junk,
}

/// A protocol's part of a schedule. Messages carry a token as the last eight bytes of their body.
pub trait Subject {
    /// A fresh protocol for a schedule; forgets the one before.
    fn build(&mut self, rng: &mut Rng) -> Box<dyn Protocol>;

    /// Whether there are contexts beside the socket's own.
    fn contexts(&self) -> bool {
        false
    }

    /// A message for the program to send, ending in `token`.
    fn outgoing(&mut self, _rng: &mut Rng, _ctx: CtxId, token: u64) -> Message {
        payload(token)
    }

    /// What a peer sends: the body on the wire, ending in `token` unless it is junk.
    fn incoming(&mut self, rng: &mut Rng, pipe: Pipe, token: u64) -> (Vec<u8>, Fate);

    /// A send was accepted: it was sent at once, or waits.
    fn accepted(&mut self, _ctx: CtxId, _token: u64) {}

    /// A send came back, with its message if `msg`.
    fn returned(&mut self, _ctx: CtxId, _token: u64, _why: Error, _msg: &Message) {}

    /// A message went out.
    fn wired(&mut self, _pipe: Pipe, _msg: &Message) {}

    fn received(&mut self, _ctx: CtxId, _msg: &Message) {}

    fn receive_failed(&mut self, _ctx: CtxId, _why: Error) {}

    fn pipe_added(&mut self, _pipe: Pipe) {}

    fn pipe_lost(&mut self, _pipe: Pipe) {}

    fn ctx_opened(&mut self, _ctx: CtxId) {}

    fn ctx_closed(&mut self, _ctx: CtxId) {}

    /// An option to set now, if there is one.
    fn tweak(&mut self, _rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        None
    }

    /// How many pipes a sent message may go out by.
    fn most_copies(&self) -> usize {
        1
    }

    /// How many contexts may receive the same message.
    fn most_receivers(&self) -> usize {
        1
    }

    /// Whether messages from one pipe are received in the order they came.
    fn in_order(&self) -> bool {
        true
    }

    /// Whether every good message is received once everything has settled, if its pipe stays.
    fn lossless(&self) -> bool {
        true
    }

    /// Whether `can_send` tells exactly if a send would be refused with `AGAIN`.
    fn exact_can_send(&self) -> bool {
        true
    }

    /// Looks at the ledger after everything that could move has moved.
    fn settled(&mut self, _sim: &Sim, _ledger: &Ledger) {}
}

pub fn payload(token: u64) -> Message {
    Message::from_slice(&token.to_be_bytes()).expect("memory")
}

/// The token at the end of a body.
pub fn token(body: &[u8]) -> u64 {
    u64::from_be_bytes(*body.last_chunk().expect("a body with a token"))
}

/// A backtrace of this many hops, the last of which is the request's id.
pub fn backtrace(rng: &mut Rng, hops: usize) -> Vec<u8> {
    let mut trace = Vec::new();
    for hop in 1..=hops {
        let end = if hop == hops { 0x8000_0000 } else { 0 };
        trace.extend(((rng.draw() >> 40) as u32 | end).to_be_bytes());
    }
    trace
}

/// What became of a message that was sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outgoing {
    /// Taken by the protocol: the sender was told so.
    pub accepted: bool,
    pub returned: bool,
    pub copies: usize,
}

/// What became of a message that came in.
#[derive(Clone, Copy, Debug)]
pub struct Incoming {
    pub pipe: Pipe,
    pub fate: Fate,
    pub received: usize,
    /// The pipe went before the message was received.
    pub orphaned: bool,
}

#[derive(Default)]
pub struct Ledger {
    pub out: BTreeMap<u64, Outgoing>,
    pub came: BTreeMap<u64, Incoming>,
}

impl Ledger {
    /// Messages that were accepted and went nowhere.
    pub fn unsent(&self) -> u64 {
        self.out.values().filter(|out| out.accepted && out.copies == 0).count() as u64
    }

    /// Messages that came, were good, and were not received.
    pub fn unreceived(&self) -> u64 {
        let lost = |m: &&Incoming| m.fate == Fate::Deliver && m.received == 0;
        self.came.values().filter(lost).count() as u64
    }

    /// Messages that came and had to be dropped.
    pub fn refused(&self) -> u64 {
        let bad = |m: &&Incoming| matches!(m.fate, Fate::Drop | Fate::Junk);
        self.came.values().filter(bad).count() as u64
    }
}

struct Run<'a> {
    subject: &'a mut dyn Subject,
    sim: Sim,
    rng: Rng,
    ledger: Ledger,
    sends: BTreeMap<Ticket, u64>,
    pipes: Vec<Pipe>,
    contexts: Vec<CtxId>,
    next_ctx: u32,
    next_token: u64,
    last_received: BTreeMap<(CtxId, Pipe), u64>,
    aloud: bool,
}

/// Runs the schedules; a failure names its seed.
pub fn schedules(name: &str, subject: &mut dyn Subject) {
    let aloud = std::env::var_os("NNG_SIM_SEED").is_some();
    seeds(name, |seed| run(subject, seed, aloud));
}

/// Calls `f` with one seed after another, or with the one that is asked for.
pub fn seeds(name: &str, f: impl FnMut(u64)) {
    seeds_of(name, RUNS, f);
}

/// As `seeds`, with another number of them by default.
pub fn seeds_of(name: &str, runs: u64, mut f: impl FnMut(u64)) {
    let number = |key: &str| std::env::var(key).ok().and_then(|n| n.parse::<u64>().ok());
    if let Some(seed) = number("NNG_SIM_SEED") {
        return f(seed);
    }
    for seed in 0..number("NNG_SIM_RUNS").unwrap_or(runs) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| f(seed))) {
            eprintln!("{name}: schedule {seed} failed; run it again with NNG_SIM_SEED={seed}");
            resume_unwind(panic);
        }
    }
}

fn run(subject: &mut dyn Subject, seed: u64, aloud: bool) {
    let mut rng = Rng::new(seed);
    let proto = subject.build(&mut rng);
    let mut run = Run {
        subject,
        sim: Sim::new(proto),
        rng,
        ledger: Ledger::default(),
        sends: BTreeMap::new(),
        pipes: Vec::new(),
        contexts: vec![CtxId::SOCKET],
        next_ctx: 1,
        next_token: 1,
        last_received: BTreeMap::new(),
        aloud,
    };
    let steps = run.rng.below(STEPS) + 5;
    for _ in 0..steps {
        run.step();
    }
    if run.rng.chance(70) {
        run.settle();
    }
    run.say("close", &"");
    run.sim.close();
    run.collect();
    assert!(run.sends.is_empty(), "a send was forgotten");
    drop(run);
}

impl Run<'_> {
    fn say(&self, what: &str, which: &dyn std::fmt::Debug) {
        if self.aloud {
            eprintln!("{} {what} {which:?}", self.sim.now());
        }
    }

    fn step(&mut self) {
        let pipes = self.sim.pipes();
        let pipe = self.rng.pick(&pipes).copied();
        let ctx = *self.rng.pick(&self.contexts).expect("the socket's own");
        match (self.rng.below(100), pipe) {
            (0..8, _) if pipes.len() < MOST_PIPES => self.add_pipe(),
            (8..11, Some(pipe)) => {
                self.say("lose", &pipe);
                self.sim.lose_pipe(pipe);
            }
            (11..35, Some(pipe)) => self.deliver(pipe),
            (35..47, Some(pipe)) => {
                self.say("drain", &pipe);
                self.sim.drain(pipe);
            }
            (47..64, _) => self.send(ctx),
            (64..82, _) => self.recv(ctx),
            (82..88, _) => self.cancel(),
            (88..93, _) => {
                let ms = [0, 1, 50, 1000, 70_000][self.rng.below(5)];
                self.say("advance", &ms);
                self.sim.advance(ms);
            }
            (93..96, _) => self.change_ctx(),
            (96..100, _) => {
                if let Some((ctx, name, value)) = self.subject.tweak(&mut self.rng)
                    && self.contexts.contains(&ctx)
                {
                    self.say("set", &(ctx, name, &value));
                    self.sim.set(ctx, name, value).expect("a valid option");
                }
            }
            _ => self.sim.cancel_ended(),
        }
        self.collect();
    }

    fn add_pipe(&mut self) {
        let capacity = [0, 1, 2, 5][self.rng.below(4)];
        let added = match capacity {
            0 => self.sim.add_lane(),
            _ => self.sim.add_pipe(capacity),
        };
        self.say("add", &(capacity, &added));
        match added {
            Ok(pipe) => {
                self.pipes.push(pipe);
                self.subject.pipe_added(pipe);
            }
            Err(why) => assert_eq!(why, Error::BUSY),
        }
    }

    fn deliver(&mut self, pipe: Pipe) {
        if self.sim.is_paused(pipe) {
            return;
        }
        let token = self.next_token;
        self.next_token += 1;
        let (body, fate) = self.subject.incoming(&mut self.rng, pipe, token);
        self.say("deliver", &(pipe, fate, &body));
        self.ledger.came.insert(token, Incoming { pipe, fate, received: 0, orphaned: false });
        self.sim.deliver(pipe, &body);
        if fate == Fate::Junk {
            assert!(!self.sim.has_pipe(pipe), "junk was borne");
        } else {
            assert!(self.sim.has_pipe(pipe), "a pipe was closed for nothing");
        }
    }

    fn send(&mut self, ctx: CtxId) {
        let token = self.next_token;
        self.next_token += 1;
        let msg = self.subject.outgoing(&mut self.rng, ctx, token);
        let could = self.sim.proto.can_send();
        let waits = self.rng.chance(70);
        let sent = match waits {
            true => self.sim.send(ctx, msg),
            false => self.sim.try_send(ctx, msg).map(|()| None),
        };
        self.say("send", &(ctx, token, waits, &sent));
        self.ledger.out.insert(token, Outgoing::default());
        if ctx == CtxId::SOCKET && self.subject.exact_can_send() {
            match &sent {
                Ok(None) => assert!(could, "sent though it could not"),
                Ok(Some(_)) | Err((Error::AGAIN, _)) => assert!(!could, "not sent though it could"),
                Err(_) => {}
            }
        }
        match sent {
            Ok(None) => {
                self.ledger.out.entry(token).or_default().accepted = true;
                self.collect_ended();
                self.subject.accepted(ctx, token);
            }
            Ok(Some(ticket)) => {
                self.sends.insert(ticket, token);
                self.collect_ended();
                self.subject.accepted(ctx, token);
            }
            Err((why, msg)) => {
                self.collect_ended();
                self.came_back(ctx, token, why, &msg);
            }
        }
    }

    fn came_back(&mut self, ctx: CtxId, sent: u64, why: Error, msg: &Message) {
        assert_eq!(token(msg.body()), sent, "another message came back");
        let out = self.ledger.out.entry(sent).or_default();
        assert!(!out.returned && !out.accepted, "a message came back twice");
        out.returned = true;
        self.subject.returned(ctx, sent, why, msg);
    }

    fn recv(&mut self, ctx: CtxId) {
        let could = self.sim.proto.can_recv();
        let waits = self.rng.chance(70);
        let got = match waits {
            true => self.sim.recv(ctx),
            false => self.sim.try_recv(ctx).map(Ok),
        };
        self.say("recv", &(ctx, waits, &got));
        if ctx == CtxId::SOCKET {
            assert_eq!(could, matches!(got, Ok(Ok(_))), "can_recv");
        }
        match got {
            Ok(Ok(msg)) => self.received(ctx, &msg),
            Ok(Err(_)) => {}
            Err(why) => self.subject.receive_failed(ctx, why),
        }
    }

    fn received(&mut self, ctx: CtxId, msg: &Message) {
        let token = token(msg.body());
        let most = self.subject.most_receivers();
        let came = self.ledger.came.get_mut(&token).expect("received what nobody sent");
        assert!(matches!(came.fate, Fate::Deliver | Fate::Maybe), "received what was bad");
        came.received += 1;
        assert!(came.received <= most, "received too often");
        assert_eq!(msg.pipe(), came.pipe.id, "received from elsewhere");
        let last = self.last_received.insert((ctx, came.pipe), token).unwrap_or(0);
        assert!(last < token || !self.subject.in_order(), "out of order");
        self.subject.received(ctx, msg);
    }

    fn cancel(&mut self) {
        let all = self.sim.outstanding();
        match self.rng.pick(&all).copied() {
            Some(ticket) if self.rng.chance(80) => {
                self.say("cancel", &ticket);
                let why = [Error::CANCELED, Error::TIMEDOUT][self.rng.below(2)];
                self.sim.cancel(ticket, why);
            }
            _ => self.sim.cancel_ended(),
        }
    }

    fn change_ctx(&mut self) {
        if !self.subject.contexts() {
            return;
        }
        if self.contexts.len() < MOST_CONTEXTS && self.rng.chance(60) {
            let ctx = CtxId(self.next_ctx);
            self.next_ctx += 1;
            self.say("open", &ctx);
            self.sim.open_ctx(ctx).expect("a context opens");
            self.contexts.push(ctx);
            self.subject.ctx_opened(ctx);
        } else if self.contexts.len() > 1 {
            let at = 1 + self.rng.below(self.contexts.len() - 1);
            let ctx = self.contexts.remove(at);
            self.say("close", &ctx);
            self.sim.close_ctx(ctx);
            self.collect();
            self.subject.ctx_closed(ctx);
        }
    }

    /// Looks at everything that the last event brought about.
    fn collect(&mut self) {
        for (pipe, msg) in self.sim.wire() {
            self.say("wire", &(pipe, &msg));
            let most = self.subject.most_copies();
            let out = self.ledger.out.entry(token(msg.body())).or_default();
            assert!(!out.returned, "sent and given back");
            out.copies += 1;
            assert!(out.copies <= most, "sent too often");
            self.subject.wired(pipe, &msg);
        }
        self.collect_ended();
        self.sim.closed.clear();
        // What goes with its pipe may still be received, but need not.
        let here = self.sim.pipes();
        let gone: Vec<Pipe> = self.pipes.extract_if(.., |pipe| !here.contains(pipe)).collect();
        for pipe in gone {
            for came in self.ledger.came.values_mut().filter(|came| came.pipe == pipe) {
                came.orphaned = true;
            }
            self.subject.pipe_lost(pipe);
        }
    }

    fn collect_ended(&mut self) {
        for (ticket, ctx, ended) in std::mem::take(&mut self.sim.ended) {
            self.say("ended", &(ticket, &ended));
            match (self.sends.remove(&ticket), ended) {
                (Some(token), Ended::Sent) => {
                    self.ledger.out.entry(token).or_default().accepted = true;
                }
                (Some(token), Ended::Failed(why, Some(msg))) => {
                    self.came_back(ctx, token, why, &msg);
                    let out = self.ledger.out.entry(token).or_default();
                    assert_eq!(out.copies, 0, "sent and given back");
                }
                (None, Ended::Received(msg)) => self.received(ctx, &msg),
                (None, Ended::Failed(why, None)) => self.subject.receive_failed(ctx, why),
                (_, ended) => panic!("an operation ended as another kind: {ended:?}"),
            }
        }
    }

    /// Lets everything move that can, and looks at what did not.
    fn settle(&mut self) {
        self.say("settle", &"");
        for _ in 0..1000 {
            let before = (self.sim.outstanding().len(), self.ledger.came.len());
            let mut moved = false;
            for pipe in self.sim.pipes() {
                let full = self.sim.is_full(pipe) || self.sim.is_ahead(pipe);
                self.sim.drain(pipe);
                moved |= full;
                self.collect();
            }
            for ctx in self.contexts.clone() {
                if let Ok(msg) = self.sim.try_recv(ctx) {
                    self.received(ctx, &msg);
                    moved = true;
                }
                self.collect();
            }
            if !moved && before == (self.sim.outstanding().len(), self.ledger.came.len()) {
                break;
            }
        }
        for pipe in self.sim.pipes() {
            assert!(!self.sim.is_paused(pipe), "a pipe was left paused, with nothing to receive");
        }
        for came in self.ledger.came.values() {
            if came.fate == Fate::Deliver && !came.orphaned && self.subject.lossless() {
                assert!(came.received > 0, "lost: {came:?}");
            }
        }
        self.subject.settled(&self.sim, &self.ledger);
    }
}
