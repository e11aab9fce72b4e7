//! Several simulated sockets and the connections between them: messages under way take their
//! time, connections break and come again, sockets are closed and opened, and a seed repeats it.
//!
//! What goes over a connection arrives in order; when it breaks, what is under way is lost. Every
//! message is accounted for: what a socket was given is what it handed on, what it says that it
//! dropped, and what it still holds.
#![forbid(unsafe_code)]

use super::sim::{Ended, Rng, Sim, Ticket};
use super::{CtxId, Pipe, Protocol};
use crate::base::Error;
use crate::msg::Message;
use std::collections::{BTreeMap, VecDeque};

/// Makes a node's protocol, anew each time its socket is opened.
pub type Make = fn() -> Box<dyn Protocol>;

pub struct Node {
    pub sim: Sim,
    make: Make,
    pub contexts: Vec<CtxId>,
    next_ctx: u32,
    ops: BTreeMap<Ticket, Kind>,
    /// Messages that pipes have given to the protocol.
    pub came: u64,
    /// Messages that the protocol has given to pipes.
    pub went: u64,
    /// Messages that the protocol has given to its user.
    pub taken: u64,
    /// Messages that should have gone to pipes: one for each send that was accepted, or where
    /// `to_all` one for each connection there was.
    pub due: u64,
    to_all: bool,
}

impl Node {
    fn accepted(&mut self, connected: usize) {
        self.due += if self.to_all { connected as u64 } else { 1 };
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Send(CtxId),
    Recv(CtxId),
}

/// A connection between two nodes, when it is there.
struct Edge {
    ends: [usize; 2],
    pipes: [Option<Pipe>; 2],
    /// What is under way from each end, with the time when it arrives.
    flight: [VecDeque<(u64, Vec<u8>)>; 2],
}

/// How far a device is with one way.
enum Hands {
    Free,
    Receiving(Ticket),
    Holding(Message),
    Sending(Ticket),
}

struct Way {
    from: usize,
    to: usize,
    hands: Hands,
}

/// What happened to an operation of a node's user.
#[derive(Debug)]
pub enum News {
    Sent(CtxId),
    Returned(CtxId, Error, Message),
    Received(CtxId, Message),
    Failed(CtxId, Error),
    CtxClosed(CtxId),
    /// The socket was closed, and another opened in its place.
    Restarted,
}

pub struct World {
    pub rng: Rng,
    pub nodes: Vec<Node>,
    edges: Vec<Edge>,
    ways: Vec<Way>,
    pub news: VecDeque<(usize, News)>,
    pub now: u64,
    /// Connections that broke, sockets that were closed.
    pub breaks: u64,
    aloud: bool,
}

/// How many messages a connection has under way at most.
const WINDOW: usize = 3;

impl World {
    pub fn new(seed: u64) -> World {
        World {
            rng: Rng::new(seed),
            nodes: Vec::new(),
            edges: Vec::new(),
            ways: Vec::new(),
            news: VecDeque::new(),
            now: 0,
            breaks: 0,
            aloud: std::env::var_os("NNG_SIM_SEED").is_some(),
        }
    }

    fn say(&self, what: std::fmt::Arguments) {
        if self.aloud {
            eprintln!("{} {what}", self.now);
        }
    }

    pub fn add(&mut self, to_all: bool, make: Make) -> usize {
        self.nodes.push(Node {
            sim: Sim::new(make()),
            make,
            contexts: vec![CtxId::SOCKET],
            next_ctx: 1,
            ops: BTreeMap::new(),
            came: 0,
            went: 0,
            taken: 0,
            due: 0,
            to_all,
        });
        self.nodes.len() - 1
    }

    /// Says that two nodes may be connected.
    pub fn link(&mut self, one: usize, two: usize) {
        self.edges.push(Edge { ends: [one, two], pipes: [None; 2], flight: Default::default() });
    }

    /// Forwards between two raw nodes, both ways where both receive.
    pub fn forward(&mut self, one: usize, two: usize) {
        for (from, to) in [(one, two), (two, one)] {
            if self.nodes[from].sim.proto.receives() && self.nodes[to].sim.proto.sends() {
                self.ways.push(Way { from, to, hands: Hands::Free });
            }
        }
    }

    pub fn is_device(&self, node: usize) -> bool {
        self.ways.iter().any(|way| way.from == node || way.to == node)
    }

    // ---- connections ----

    pub fn connected(&self, node: usize) -> usize {
        let ends = self.edges.iter().flat_map(|e| e.ends.iter().zip(&e.pipes));
        ends.filter(|(end, pipe)| **end == node && pipe.is_some()).count()
    }

    fn connect(&mut self, edge: usize) {
        if self.edges[edge].pipes != [None; 2] {
            return;
        }
        let capacity = 1 + self.rng.below(3);
        let first = self.rng.below(2);
        for side in [first, 1 - first] {
            let node = self.edges[edge].ends[side];
            match self.nodes[node].sim.add_pipe(capacity) {
                Ok(pipe) => {
                    self.edges[edge].pipes[side] = Some(pipe);
                    self.collect(node);
                }
                Err(why) => {
                    assert_eq!(why, Error::BUSY, "only a pair turns peers away");
                    self.snap(edge, 1 - side);
                    return;
                }
            }
        }
        self.say(format_args!("connect {:?}", self.edges[edge].ends));
    }

    /// One end learns that the connection is gone; what was coming to it is lost.
    fn snap(&mut self, edge: usize, side: usize) {
        let Some(pipe) = self.edges[edge].pipes[side].take() else { return };
        let node = self.edges[edge].ends[side];
        self.edges[edge].flight[1 - side].clear();
        self.say(format_args!("node {node} loses {pipe:?}"));
        self.nodes[node].came -= self.nodes[node].sim.undelivered(pipe) as u64;
        self.nodes[node].sim.lose_pipe(pipe);
        self.breaks += 1;
        self.collect(node);
    }

    /// Lets a message arrive whose time has come; with `all` however far off it is.
    fn arrive(&mut self, edge: usize, from: usize, all: bool) -> bool {
        let side = 1 - from;
        let node = self.edges[edge].ends[side];
        let due = self.edges[edge].flight[from].front().is_some_and(|f| all || f.0 <= self.now);
        let Some(pipe) = self.edges[edge].pipes[side] else {
            // Nobody is there to take it any more.
            let half = self.edges[edge].pipes[from].is_some();
            if half {
                self.edges[edge].flight[from].clear();
            }
            return false;
        };
        if !due || self.nodes[node].sim.undelivered(pipe) > 1 {
            return false;
        }
        let Some((_, body)) = self.edges[edge].flight[from].pop_front() else { return false };
        self.say(format_args!("to node {node} by {pipe:?}: {body:?}"));
        self.nodes[node].came += 1;
        self.nodes[node].sim.deliver(pipe, &body);
        self.collect(node);
        true
    }

    fn drain(&mut self, edge: usize, side: usize) -> bool {
        let Edge { ends, pipes, flight } = &self.edges[edge];
        let (node, Some(pipe)) = (ends[side], pipes[side]) else { return false };
        if flight[side].len() >= WINDOW || !self.nodes[node].sim.is_full(pipe) {
            return false;
        }
        self.nodes[node].sim.drain(pipe);
        self.collect(node);
        true
    }

    // ---- operations ----

    pub fn send(&mut self, node: usize, ctx: CtxId, msg: Message, wait: bool) {
        self.say(format_args!("node {node} {ctx:?} sends {msg:?}"));
        let connected = self.connected(node);
        let sim = &mut self.nodes[node].sim;
        let sent = match wait {
            true => sim.send(ctx, msg),
            false => sim.try_send(ctx, msg).map(|()| None),
        };
        let ticket = match sent {
            Ok(ticket) => ticket,
            Err((why, msg)) => {
                self.collect(node);
                return self.news.push_back((node, News::Returned(ctx, why, msg)));
            }
        };
        if let Some(ticket) = ticket {
            self.nodes[node].ops.insert(ticket, Kind::Send(ctx));
        }
        // What it put an end to comes first.
        self.collect(node);
        if ticket.is_none() {
            self.nodes[node].accepted(connected);
            self.news.push_back((node, News::Sent(ctx)));
        }
    }

    /// Returns what was there; what comes later is news.
    pub fn recv(&mut self, node: usize, ctx: CtxId, wait: bool) {
        let sim = &mut self.nodes[node].sim;
        let got = match wait {
            true => sim.recv(ctx),
            false => sim.try_recv(ctx).map(Ok),
        };
        match got {
            Ok(Ok(msg)) => self.receive(node, ctx, msg),
            Ok(Err(ticket)) => drop(self.nodes[node].ops.insert(ticket, Kind::Recv(ctx))),
            Err(why) => self.news.push_back((node, News::Failed(ctx, why))),
        }
        self.collect(node);
    }

    fn receive(&mut self, node: usize, ctx: CtxId, msg: Message) {
        self.say(format_args!("node {node} {ctx:?} receives {msg:?}"));
        self.nodes[node].taken += 1;
        self.news.push_back((node, News::Received(ctx, msg)));
    }

    pub fn is_sending(&self, node: usize, ctx: CtxId) -> bool {
        self.nodes[node].ops.values().any(|kind| *kind == Kind::Send(ctx))
    }

    /// A node, connected, that still waits to send.
    pub fn stuck(&self) -> Option<usize> {
        let sends = |kind: &Kind| matches!(kind, Kind::Send(_));
        (0..self.nodes.len()).find(|at| {
            let device = |way: &Way| way.to == *at && matches!(way.hands, Hands::Sending(_));
            let waits = self.nodes[*at].ops.values().any(sends) || self.ways.iter().any(device);
            waits && self.connected(*at) > 0
        })
    }

    pub fn is_receiving(&self, node: usize, ctx: CtxId) -> bool {
        self.nodes[node].ops.values().any(|kind| *kind == Kind::Recv(ctx))
    }

    fn cancel(&mut self, node: usize) {
        let all = self.nodes[node].sim.outstanding();
        if self.is_device(node) {
            return;
        }
        match self.rng.pick(&all).copied() {
            Some(ticket) => {
                let why = [Error::CANCELED, Error::TIMEDOUT][self.rng.below(2)];
                self.say(format_args!("node {node} cancels {ticket:?}"));
                self.nodes[node].sim.cancel(ticket, why);
            }
            None => self.nodes[node].sim.cancel_ended(),
        }
        self.collect(node);
    }

    pub fn open_ctx(&mut self, node: usize) -> Option<CtxId> {
        let at = &mut self.nodes[node];
        let ctx = CtxId(at.next_ctx);
        at.sim.open_ctx(ctx).ok()?;
        at.next_ctx += 1;
        at.contexts.push(ctx);
        Some(ctx)
    }

    fn close_ctx(&mut self, node: usize) {
        if self.nodes[node].contexts.len() > 1 {
            let at = 1 + self.rng.below(self.nodes[node].contexts.len() - 1);
            let ctx = self.nodes[node].contexts.remove(at);
            self.say(format_args!("node {node} closes {ctx:?}"));
            self.nodes[node].sim.close_ctx(ctx);
            self.breaks += 1;
            self.collect(node);
            self.news.push_back((node, News::CtxClosed(ctx)));
        }
    }

    /// Closes a node's socket, and opens another in its place.
    pub fn restart(&mut self, node: usize) {
        self.say(format_args!("node {node} closes"));
        self.nodes[node].sim.close();
        self.breaks += 1;
        self.collect(node);
        for edge in 0..self.edges.len() {
            for side in 0..2 {
                if self.edges[edge].ends[side] == node {
                    self.edges[edge].pipes[side] = None;
                    self.edges[edge].flight[1 - side].clear();
                }
            }
        }
        let at = &mut self.nodes[node];
        assert!(at.ops.is_empty(), "operations outlive their socket");
        at.sim = Sim::new((at.make)());
        at.sim.advance(self.now);
        at.contexts = vec![CtxId::SOCKET];
        (at.came, at.went, at.taken, at.due) = (0, 0, 0, 0);
        self.news.push_back((node, News::Restarted));
    }

    pub fn advance(&mut self, ms: u64) {
        self.now += ms;
        for node in 0..self.nodes.len() {
            self.nodes[node].sim.advance(ms);
            self.collect(node);
        }
    }

    // ---- what follows ----

    /// Takes up what a node's last event brought about.
    fn collect(&mut self, node: usize) {
        for (pipe, msg) in self.nodes[node].sim.wire() {
            self.nodes[node].went += 1;
            let bytes = [msg.header(), msg.body()].concat();
            let delay = [0, 0, 1, 3, 20, 200][self.rng.below(6)];
            let at = self.edges.iter_mut().find_map(|edge| {
                let side =
                    (0..2).find(|s| edge.ends[*s] == node && edge.pipes[*s] == Some(pipe))?;
                Some((edge, side))
            });
            // Sent while it was being added: the caller learns of the pipe only afterwards.
            match at {
                Some((edge, side)) => {
                    let last = edge.flight[side].back().map_or(0, |f| f.0);
                    edge.flight[side].push_back((last.max(self.now + delay), bytes));
                }
                None => panic!("sent to a pipe that is not connected"),
            }
        }
        let connected = self.connected(node);
        for (ticket, ctx, ended) in std::mem::take(&mut self.nodes[node].sim.ended) {
            if let Ended::Sent = ended {
                self.nodes[node].accepted(connected);
            }
            if self.step_way(node, ticket, &ended) {
                if let Ended::Received(msg) = ended {
                    self.nodes[node].taken += 1;
                    let way = self.ways.iter_mut().find(|way| way.from == node);
                    way.expect("its device").hands = Hands::Holding(msg);
                }
                continue;
            }
            let kind = self.nodes[node].ops.remove(&ticket).expect("an operation ended twice");
            match (kind, ended) {
                (Kind::Send(_), Ended::Sent) => self.news.push_back((node, News::Sent(ctx))),
                (Kind::Send(_), Ended::Failed(why, Some(msg))) => {
                    self.news.push_back((node, News::Returned(ctx, why, msg)));
                }
                (Kind::Recv(_), Ended::Received(msg)) => self.receive(node, ctx, msg),
                (Kind::Recv(_), Ended::Failed(why, None)) => {
                    self.news.push_back((node, News::Failed(ctx, why)));
                }
                (kind, ended) => panic!("{kind:?} ended as {ended:?}"),
            }
        }
        for pipe in std::mem::take(&mut self.nodes[node].sim.closed) {
            let at = self.edges.iter().position(|edge| {
                (0..2).any(|s| edge.ends[s] == node && edge.pipes[s] == Some(pipe))
            });
            if let Some(edge) = at {
                let side = usize::from(self.edges[edge].ends[1] == node);
                self.edges[edge].pipes[side] = None;
                self.edges[edge].flight[1 - side].clear();
                self.breaks += 1;
            }
        }
    }

    /// Whether the operation was a device's; then the device is a step further.
    fn step_way(&mut self, node: usize, ticket: Ticket, ended: &Ended) -> bool {
        for way in &mut self.ways {
            let ours = match way.hands {
                Hands::Receiving(t) => way.from == node && t == ticket,
                Hands::Sending(t) => way.to == node && t == ticket,
                _ => false,
            };
            if ours {
                way.hands = Hands::Free;
                assert!(!matches!(ended, Ended::Failed(why, _) if *why != Error::CLOSED));
                return true;
            }
        }
        false
    }

    /// Has a device do what it would do next.
    fn work(&mut self, way: usize) -> bool {
        let Way { from, to, .. } = self.ways[way];
        match std::mem::replace(&mut self.ways[way].hands, Hands::Free) {
            Hands::Free => {
                match self.nodes[from].sim.recv(CtxId::SOCKET).expect("a raw socket receives") {
                    Ok(msg) => {
                        self.nodes[from].taken += 1;
                        self.ways[way].hands = Hands::Holding(msg);
                    }
                    Err(ticket) => self.ways[way].hands = Hands::Receiving(ticket),
                }
                self.collect(from);
                matches!(self.ways[way].hands, Hands::Holding(_))
            }
            Hands::Holding(msg) => {
                let connected = self.connected(to);
                let sent = self.nodes[to].sim.send(CtxId::SOCKET, msg);
                match sent.map_err(|(why, _)| why).expect("a raw socket sends") {
                    Some(ticket) => self.ways[way].hands = Hands::Sending(ticket),
                    None => self.nodes[to].accepted(connected),
                }
                self.collect(to);
                true
            }
            waiting => {
                self.ways[way].hands = waiting;
                false
            }
        }
    }

    /// Something happens that is not the users' doing; how much may break is in percent.
    pub fn happen(&mut self, trouble: usize) {
        let edge = self.rng.below(self.edges.len());
        let side = self.rng.below(2);
        let node = self.rng.below(self.nodes.len());
        match self.rng.below(100) {
            0..12 => self.connect(edge),
            12..50 => drop(self.arrive(edge, side, false)),
            50..66 => drop(self.drain(edge, side)),
            66..76 => {
                let ms = [1, 5, 50, 300][self.rng.below(4)];
                self.advance(ms);
            }
            76..90 if !self.ways.is_empty() => {
                let way = self.rng.below(self.ways.len());
                self.work(way);
            }
            90..100 if self.rng.chance(trouble) => match self.rng.below(10) {
                0..4 => self.snap(edge, side),
                4..7 => self.cancel(node),
                7 => self.close_ctx(node),
                8 => self.restart(node),
                _ => {
                    let ms = [2_000, 61_000][self.rng.below(2)];
                    self.advance(ms);
                }
            },
            _ => {}
        }
        // The other end learns of a broken connection sooner or later.
        for edge in 0..self.edges.len() {
            for side in 0..2 {
                let half = self.edges[edge].pipes[side].is_some()
                    && self.edges[edge].pipes[1 - side].is_none();
                if half && self.rng.chance(30) {
                    self.snap(edge, side);
                }
            }
        }
    }

    /// Mends all connections, and lets everything move that can; true if anything did.
    pub fn flow(&mut self) -> bool {
        let mut moved = false;
        for edge in 0..self.edges.len() {
            let there = self.edges[edge].pipes.iter().flatten().count();
            if there == 1 {
                self.snap(edge, 0);
                self.snap(edge, 1);
            }
            self.connect(edge);
            for side in 0..2 {
                while self.arrive(edge, side, true) {
                    moved = true;
                }
                moved |= self.drain(edge, side);
            }
        }
        for way in 0..self.ways.len() {
            while self.work(way) {
                moved = true;
            }
        }
        moved
    }

    /// Closes everything.
    pub fn end(&mut self) {
        for node in 0..self.nodes.len() {
            self.nodes[node].sim.close();
            self.collect(node);
        }
        self.ways.clear();
        for node in &self.nodes {
            assert!(node.ops.is_empty(), "an operation never ended");
        }
    }
}
