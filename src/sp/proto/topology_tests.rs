//! What holds in a whole topology, whatever happens in it: pipelines, publishers and subscribers,
//! requests through devices, surveys down a tree, a bus, pairs.
//!
//! `NNG_SIM_SEED=n` runs one schedule again, and prints its events; `NNG_SIM_RUNS=n` sets how
//! many there are.
#![forbid(unsafe_code)]

use super::bus0::Bus0;
use super::pair::Pair;
use super::pipeline0::{Pull0, Push0};
use super::pub0::Pub0;
use super::raw::Raw;
use super::rep0::Rep0;
use super::req0::Req0;
use super::schedule::seeds_of;
use super::sub0::Sub0;
use super::surveyor0::Surveyor0;
use super::topology::{News, World};
use super::{CtxId, Protocol};
use crate::base::Error;
use crate::base::options::{self, Value};
use crate::msg::{Message, pool::live};
use std::collections::{BTreeMap, BTreeSet};

/// Seeds a topology in a test run.
const RUNS: u64 = if cfg!(miri) { 1 } else { 2_000 };
const STEPS: usize = 250;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Source,
    Sink,
    Both,
    Client,
    Server,
    Device,
}

/// What must be true beyond what is true of every topology.
#[derive(Clone, Copy, Default)]
struct Rules {
    /// A request is answered in the end, whatever happened; it may reach several servers for it.
    resent: bool,
    /// Without a break all that was accepted arrives, once.
    lossless: bool,
    /// A client gets one answer from each server.
    survey: bool,
}

#[derive(Debug)]
struct Entry {
    from: usize,
    accepted: bool,
    returned: bool,
    received: BTreeMap<(usize, CtxId), usize>,
}

type Place = (usize, CtxId);

struct Users {
    world: World,
    roles: Vec<Role>,
    rules: Rules,
    entries: BTreeMap<u64, Entry>,
    next_token: u64,
    /// What is being sent, from where.
    sending: BTreeMap<Place, u64>,
    /// What clients have asked and servers have to answer.
    asked: BTreeMap<Place, u64>,
    owed: BTreeMap<Place, Vec<u8>>,
    answered: BTreeSet<(Place, u64, u8)>,
    last: BTreeMap<(usize, Place), u64>,
    heard: u64,
}

/// What went on in all schedules together.
#[derive(Debug, Default)]
struct Figures {
    sent: u64,
    received: u64,
    breaks: u64,
}

fn body(from: usize, server: u8, token: u64) -> Message {
    let bytes = [&[from as u8, server][..], &token.to_be_bytes()].concat();
    Message::from_slice(&bytes).expect("memory")
}

fn token(body: &[u8]) -> u64 {
    u64::from_be_bytes(body[2..].try_into().expect("a body of ours, whole and nothing else"))
}

impl Users {
    fn new(seed: u64, rules: Rules) -> Users {
        Users {
            world: World::new(seed),
            roles: Vec::new(),
            rules,
            entries: BTreeMap::new(),
            next_token: 1,
            sending: BTreeMap::new(),
            asked: BTreeMap::new(),
            owed: BTreeMap::new(),
            answered: BTreeSet::new(),
            last: BTreeMap::new(),
            heard: 0,
        }
    }

    fn add(&mut self, role: Role, make: fn() -> Box<dyn Protocol>) -> usize {
        self.roles.push(role);
        self.world.add(false, make)
    }

    /// One that sends to all its peers.
    fn add_caster(&mut self, role: Role, make: fn() -> Box<dyn Protocol>) -> usize {
        self.roles.push(role);
        self.world.add(true, make)
    }

    fn run(mut self, figures: &mut Figures) {
        let trouble = [0, 0, 20, 60, 100][self.world.rng.below(5)];
        let steps = 20 + self.world.rng.below(STEPS);
        for _ in 0..steps {
            match self.world.rng.chance(40) {
                true => self.act(),
                false => self.world.happen(trouble),
            }
            self.hear();
        }
        if self.world.rng.chance(80) {
            self.settle();
        }
        figures.sent += self.entries.values().filter(|entry| entry.accepted).count() as u64;
        figures.received += self.heard;
        figures.breaks += self.world.breaks;
        self.world.end();
        self.hear();
        assert!(self.sending.is_empty(), "a send was forgotten");
    }

    // ---- what users do ----

    fn act(&mut self) {
        let node = self.world.rng.below(self.roles.len());
        let contexts = self.world.nodes[node].contexts.clone();
        let ctx = *self.world.rng.pick(&contexts).expect("the socket's own");
        let wait = self.world.rng.chance(70);
        let choice = self.world.rng.below(100);
        let role = self.roles[node];
        if [Role::Client, Role::Server].contains(&role) && choice < 8 && contexts.len() < 3 {
            self.world.open_ctx(node);
            return;
        }
        match role {
            Role::Device => {}
            Role::Source => self.send((node, ctx), wait),
            Role::Sink => self.recv((node, ctx), wait),
            Role::Both | Role::Client if choice < 50 => self.send((node, ctx), wait),
            Role::Both | Role::Client => self.recv((node, ctx), wait),
            Role::Server if choice < 85 && self.owed.contains_key(&(node, ctx)) => {
                self.answer((node, ctx));
            }
            Role::Server => self.recv((node, ctx), wait),
        }
    }

    fn send(&mut self, place: Place, wait: bool) {
        let (node, ctx) = place;
        if self.world.is_sending(node, ctx) {
            return;
        }
        let token = self.next_token;
        self.next_token += 1;
        let entry =
            Entry { from: node, accepted: false, returned: false, received: BTreeMap::new() };
        self.entries.insert(token, entry);
        self.sending.insert(place, token);
        // A new question puts an end to the one before, even if it is not sent.
        self.asked.remove(&place);
        self.world.send(node, ctx, body(node, 0, token), wait);
    }

    fn recv(&mut self, (node, ctx): Place, wait: bool) {
        if !self.world.is_receiving(node, ctx) {
            self.world.recv(node, ctx, wait);
        }
    }

    fn answer(&mut self, place: Place) {
        let (node, ctx) = place;
        if self.world.is_sending(node, ctx) || self.world.is_receiving(node, ctx) {
            return;
        }
        if let Some(asked) = self.owed.remove(&place) {
            let answer = body(usize::from(asked[0]), node as u8 + 1, token(&asked));
            self.world.send(node, ctx, answer, true);
        }
    }

    // ---- what users learn ----

    fn hear(&mut self) {
        while let Some((node, news)) = self.world.news.pop_front() {
            let server = self.roles[node] == Role::Server;
            match news {
                News::Sent(ctx) if server => drop(self.owed.remove(&(node, ctx))),
                News::Sent(ctx) => {
                    let token = self.sending.remove(&(node, ctx)).expect("it was sending");
                    let entry = self.entries.get_mut(&token).expect("known");
                    assert!(!entry.returned && !entry.accepted, "a send ended twice");
                    entry.accepted = true;
                    if self.roles[node] == Role::Client {
                        self.asked.insert((node, ctx), token);
                    }
                }
                News::Returned(ctx, why, msg) => self.returned((node, ctx), why, &msg),
                News::Received(ctx, msg) => self.received((node, ctx), &msg),
                News::Failed(ctx, why) => self.failed((node, ctx), why),
                News::CtxClosed(ctx) => {
                    self.asked.remove(&(node, ctx));
                    self.owed.remove(&(node, ctx));
                }
                News::Restarted => {
                    self.asked.retain(|place, _| place.0 != node);
                    self.owed.retain(|place, _| place.0 != node);
                }
            }
        }
    }

    fn returned(&mut self, place: Place, why: Error, msg: &Message) {
        use Error as E;
        assert!(
            [E::AGAIN, E::CANCELED, E::TIMEDOUT, E::CLOSED, E::STATE].contains(&why),
            "a send failed: {why}"
        );
        if self.roles[place.0] == Role::Server {
            return;
        }
        let sent = self.sending.remove(&place).expect("it was sending");
        assert_eq!(token(msg.body()), sent, "another message came back");
        let entry = self.entries.get_mut(&sent).expect("known");
        assert!(!entry.accepted && entry.received.is_empty(), "sent and given back");
        entry.returned = true;
    }

    fn received(&mut self, place: Place, msg: &Message) {
        self.heard += 1;
        let token = token(msg.body());
        let (from, server) = (msg.body()[0], msg.body()[1]);
        let asked = self.asked.get(&place).copied();
        let entry = self.entries.get_mut(&token).expect("received what nobody sent");
        assert_eq!(usize::from(from), entry.from);
        assert!(!entry.returned, "received what was given back");
        match self.roles[place.0] {
            Role::Client => {
                assert_eq!(asked, Some(token), "an answer to another question");
                assert_eq!(entry.from, place.0, "another's answer");
                assert!(server > 0, "a question is no answer");
                let new = self.answered.insert((place, token, server));
                assert!(new, "a server's answer came twice");
                if !self.rules.survey {
                    self.asked.remove(&place);
                }
            }
            Role::Server => {
                let times = entry.received.entry((place.0, CtxId::SOCKET)).or_default();
                *times += 1;
                let again = self.rules.resent && (self.world.breaks > 0 || self.world.now > 50_000);
                assert!(*times == 1 || again, "a question came twice");
                self.owed.insert(place, msg.body().to_vec());
            }
            _ => {
                let times = entry.received.entry(place).or_default();
                *times += 1;
                assert_eq!(*times, 1, "received twice");
                let last = self.last.insert((entry.from, place), token).unwrap_or(0);
                assert!(last < token, "out of order: {token} after {last}");
                assert!(entry.accepted, "received before it was accepted");
            }
        }
    }

    fn failed(&mut self, place: Place, why: Error) {
        use Error as E;
        assert!(
            [E::AGAIN, E::CANCELED, E::TIMEDOUT, E::CLOSED, E::STATE].contains(&why),
            "a receive failed: {why}"
        );
        if self.roles[place.0] == Role::Client && why != E::AGAIN {
            let forgotten = self.asked.remove(&place);
            // A survey is over in time, which nobody is told of.
            let over = why != E::STATE || self.rules.survey;
            assert!(forgotten.is_none() || over, "a request was forgotten");
        }
    }

    // ---- at the end ----

    /// No more trouble: everything arrives that is still to arrive.
    fn settle(&mut self) {
        let mut quiet = 0;
        for _ in 0..3000 {
            let before = (self.received_in_all(), self.asked.len(), self.owed.len());
            let mut moved = self.world.flow();
            self.hear();
            for node in 0..self.roles.len() {
                for ctx in self.world.nodes[node].contexts.clone() {
                    self.wind_up((node, ctx));
                    self.hear();
                }
            }
            moved |= before != (self.received_in_all(), self.asked.len(), self.owed.len());
            quiet = if moved { 0 } else { quiet + 1 };
            match quiet {
                0 => {}
                // Requests are asked again after a minute.
                1..4 if self.rules.resent => self.world.advance(61_000),
                _ => return self.check(),
            }
        }
        panic!("it goes on for ever");
    }

    fn received_in_all(&self) -> u64 {
        self.world.nodes.iter().map(|node| node.taken).sum()
    }

    fn wind_up(&mut self, place: Place) {
        match self.roles[place.0] {
            Role::Sink | Role::Both => self.recv(place, false),
            Role::Client if self.asked.contains_key(&place) => self.recv(place, true),
            Role::Server if self.owed.contains_key(&place) => self.answer(place),
            Role::Server => self.recv(place, false),
            _ => {}
        }
    }

    fn check(&self) {
        if self.rules.resent {
            assert!(self.asked.is_empty(), "requests without an answer: {:?}", self.asked);
        }
        let stuck = self.world.stuck();
        assert!(stuck.is_none(), "{stuck:?} waits to send, though all that comes is taken");
        for (token, entry) in &self.entries {
            let receivers: usize = entry.received.values().sum();
            if self.rules.lossless && entry.accepted && self.world.breaks == 0 {
                assert_eq!(receivers, 1, "{token} was lost");
            }
        }
        for (at, node) in self.world.nodes.iter().enumerate() {
            let drops = node.sim.counted(&["rx_drop", "rx_malformed", "ttl_drop"]);
            assert_eq!(
                node.came,
                node.taken + drops,
                "node {at} ({:?}): {} came, {} were taken, {drops} dropped",
                self.roles[at],
                node.came,
                node.taken
            );
            // A request may be sent again, or be followed by another before it is sent.
            if self.rules.resent && self.roles[at] == Role::Client || self.world.connected(at) == 0
            {
                continue;
            }
            let drops = node.sim.counted(&["tx_drop"]);
            assert_eq!(
                node.due,
                node.went + drops,
                "node {at} ({:?}): {} were sent, {} went out, {drops} dropped",
                self.roles[at],
                node.due,
                node.went
            );
        }
    }
}

fn explore(name: &str, make: fn(u64) -> Users) {
    let mut figures = Figures::default();
    seeds_of(name, RUNS, |seed| {
        let before = live::ADDED.get();
        make(seed).run(&mut figures);
        assert_eq!(live::ADDED.get(), before, "messages were leaked");
    });
    eprintln!("{name}: {figures:?}");
}

#[test]
fn pushes_and_pulls() {
    explore("pushes and pulls", |seed| {
        let mut all = Users::new(seed, Rules { lossless: true, ..Rules::default() });
        let (pushes, pulls) = (1 + all.world.rng.below(3), 1 + all.world.rng.below(3));
        let from: Vec<_> =
            (0..pushes).map(|_| all.add(Role::Source, || Push0::new(false))).collect();
        for _ in 0..pulls {
            let to = all.add(Role::Sink, || Pull0::new(false));
            from.iter().for_each(|from| all.world.link(*from, to));
        }
        all
    });
}

fn subscriber() -> Box<dyn Protocol> {
    let mut sub = super::sim::Sim::new(Sub0::new());
    sub.set(CtxId::SOCKET, options::SUB_SUBSCRIBE, Value::Bytes(Vec::new())).expect("a topic");
    sub.proto
}

#[test]
fn publishers_and_subscribers() {
    explore("publishers and subscribers", |seed| {
        let mut all = Users::new(seed, Rules::default());
        let publishers = 1 + all.world.rng.below(2);
        let subscribers = 1 + all.world.rng.below(4);
        let mut from: Vec<_> =
            (0..publishers).map(|_| all.add_caster(Role::Source, || Pub0::new(false))).collect();
        if all.world.rng.chance(50) {
            let near = all.add(Role::Device, Raw::sub);
            let far = all.add_caster(Role::Device, || Pub0::new(true));
            all.world.forward(near, far);
            from.iter().for_each(|from| all.world.link(*from, near));
            from = vec![far];
        }
        for _ in 0..subscribers {
            let to = all.add(Role::Sink, subscriber);
            from.iter().for_each(|from| all.world.link(*from, to));
        }
        all
    });
}

/// A chain of devices between the clients and the servers.
fn devices(
    all: &mut Users,
    mut near: Vec<usize>,
    most: usize,
    rep: fn() -> Box<dyn Protocol>,
    req: fn() -> Box<dyn Protocol>,
    to_all: bool,
) -> Vec<usize> {
    for _ in 0..all.world.rng.below(most + 1) {
        let front = all.add(Role::Device, rep);
        let back = match to_all {
            true => all.add_caster(Role::Device, req),
            false => all.add(Role::Device, req),
        };
        all.world.forward(front, back);
        near.iter().for_each(|near| all.world.link(*near, front));
        near = vec![back];
    }
    near
}

#[test]
fn requests_through_devices() {
    explore("requests through devices", |seed| {
        let mut all = Users::new(seed, Rules { resent: true, ..Rules::default() });
        let (clients, servers) = (1 + all.world.rng.below(3), 1 + all.world.rng.below(3));
        let near: Vec<_> = (0..clients).map(|_| all.add(Role::Client, Req0::new)).collect();
        let near = devices(&mut all, near, 2, Raw::rep, Raw::req, false);
        for _ in 0..servers {
            let to = all.add(Role::Server, Rep0::new);
            near.iter().for_each(|near| all.world.link(*near, to));
        }
        all
    });
}

#[test]
fn surveys_down_a_tree() {
    explore("surveys down a tree", |seed| {
        let mut all = Users::new(seed, Rules { survey: true, ..Rules::default() });
        let (clients, servers) = (1 + all.world.rng.below(2), 1 + all.world.rng.below(3));
        let near: Vec<_> =
            (0..clients).map(|_| all.add_caster(Role::Client, Surveyor0::new)).collect();
        let near = devices(&mut all, near, 1, Raw::respondent, Raw::surveyor, true);
        for _ in 0..servers {
            let to = all.add(Role::Server, Rep0::respondent);
            near.iter().for_each(|near| all.world.link(*near, to));
        }
        all
    });
}

#[test]
fn buses_in_a_mesh() {
    explore("buses in a mesh", |seed| {
        let mut all = Users::new(seed, Rules::default());
        let n = 2 + all.world.rng.below(4);
        let nodes: Vec<_> =
            (0..n).map(|_| all.add_caster(Role::Both, || Bus0::new(false))).collect();
        for one in &nodes {
            for two in nodes.iter().filter(|two| *two > one) {
                if all.world.rng.chance(70) || *one == nodes[0] {
                    all.world.link(*one, *two);
                }
            }
        }
        all
    });
}

#[test]
fn pairs() {
    explore("pairs", |seed| {
        let mut all = Users::new(seed, Rules { lossless: true, ..Rules::default() });
        let make: fn() -> Box<dyn Protocol> = match all.world.rng.chance(50) {
            true => || Pair::new(0, false),
            false => || Pair::new(1, false),
        };
        let one = all.add(Role::Both, make);
        let two = all.add(Role::Both, make);
        all.world.link(one, two);
        all
    });
}
