//! The raw sockets that are one type, under simulated time.
#![forbid(unsafe_code)]

use super::conformance::{Facts, conformance};
use super::copies::{Copies, Trail, all_received, trail};
use super::raw::Raw;
use super::schedule::{Fate, Ledger, Subject, payload, schedules, token};
use super::sim::{Rng, Sim};
use super::{CtxId, Identity, Pipe, Protocol};
use crate::base::Error;
use crate::base::options::{self, Value};
use crate::msg::Message;
use std::collections::HashMap;

const SOCKET: CtxId = CtxId::SOCKET;

type New = fn() -> Box<dyn Protocol>;

const REQ: Identity = Identity { id: 48, name: "req", peer: 49, peer_name: "rep" };
const REP: Identity = Identity { id: 49, name: "rep", peer: 48, peer_name: "req" };
const SURVEYOR: Identity = Identity { id: 98, name: "surveyor", peer: 99, peer_name: "respondent" };
const RESPONDENT: Identity =
    Identity { id: 99, name: "respondent", peer: 98, peer_name: "surveyor" };

#[test]
fn conform() {
    let all: [(Identity, New); 4] = [
        (REQ, Raw::req),
        (REP, Raw::rep),
        (SURVEYOR, Raw::surveyor),
        (RESPONDENT, Raw::respondent),
    ];
    for (identity, new) in all {
        let facts = Facts {
            identity,
            raw: true,
            sends: true,
            receives: true,
            contexts: false,
            options: vec![
                (options::SENDBUF, Value::Int(0), true),
                (options::RECVBUF, Value::Int(1), true),
                (options::MAXTTL, Value::Int(8), true),
            ],
            ctx_options: vec![],
            counters: vec!["rx_drop", "tx_drop", "rx_malformed"],
        };
        conformance(&facts, new);
    }
    let facts = Facts {
        identity: Identity { id: 33, name: "sub", peer: 32, peer_name: "pub" },
        raw: true,
        sends: false,
        receives: true,
        contexts: false,
        options: vec![(options::RECVBUF, Value::Int(1), true)],
        ctx_options: vec![],
        counters: vec!["rx_drop"],
    };
    conformance(&facts, Raw::sub);
}

#[test]
fn an_answer_names_its_pipe_and_goes_there() {
    for new in [Raw::rep as New, Raw::respondent] {
        let mut sim = Sim::new(new());
        let (_, pipe) = (sim.add_pipe(1).unwrap(), sim.add_pipe(1).unwrap());
        let survey = [[0, 0, 0, 1], [0x80, 0, 0, 2], *b"ask?"].concat();
        sim.deliver(pipe, &survey);
        let msg = sim.try_recv(SOCKET).unwrap();
        assert_eq!(msg.header(), [&pipe.id.to_be_bytes()[..], &survey[..8]].concat());
        assert_eq!(msg.body(), b"ask?");
        sim.try_send(SOCKET, msg).map_err(|(why, _)| why).unwrap();
        let wire = sim.wire();
        assert_eq!((wire.len(), wire[0].0, wire[0].1.header()), (1, pipe, &survey[..8]));
        // What names no pipe goes nowhere, and is counted.
        for header in [&[][..], &[1, 2], &[0; 4]] {
            let mut msg = Message::from_slice(b"lost").unwrap();
            msg.header_append(header).unwrap();
            sim.try_send(SOCKET, msg).map_err(|(why, _)| why).unwrap();
        }
        assert!(sim.wire().is_empty());
        assert_eq!(sim.counted(&["tx_drop"]), 3);
    }
}

#[test]
fn a_send_buffer_only_deepens_the_pipes_queues() {
    let mut sim = Sim::new(Raw::surveyor());
    let pipe = sim.add_pipe(1).unwrap();
    for (depth, queued) in [(1, 16), (40, 40), (0, 16)] {
        sim.set(SOCKET, options::SENDBUF, Value::Int(depth)).unwrap();
        for n in 0..60u64 {
            sim.try_send(SOCKET, payload(n)).map_err(|(why, _)| why).unwrap();
        }
        while sim.is_full(pipe) {
            sim.drain(pipe);
        }
        assert_eq!(sim.wire().len(), 1 + queued);
    }
}

#[test]
fn raw_sub_drops_what_it_has_no_room_for() {
    let mut sim = Sim::new(Raw::sub());
    let pipe = sim.add_pipe(1).unwrap();
    for n in [1, 2] {
        sim.deliver(pipe, &[n]);
    }
    assert_eq!(sim.try_recv(SOCKET).unwrap().body(), [1]);
    assert_eq!(sim.counted(&["rx_drop"]), 1);
    sim.set(SOCKET, options::RECVBUF, Value::Int(0)).unwrap();
    sim.deliver(pipe, &[3]);
    assert_eq!(sim.try_recv(SOCKET).unwrap_err(), Error::AGAIN);
}

/// How a kind of raw socket treats what goes out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    ToOne,
    ToAll,
    ByHeader,
    Never,
}

struct Any {
    new: New,
    way: Way,
    ttl: usize,
    copies: Copies,
    /// What each message's header is to be on the wire, and the pipe it named.
    sent: HashMap<u64, (Option<Pipe>, Vec<u8>)>,
    trails: HashMap<u64, Vec<u8>>,
}

impl Any {
    fn new(new: New, way: Way) -> Any {
        Any {
            new,
            way,
            ttl: 8,
            copies: Copies::default(),
            sent: HashMap::new(),
            trails: HashMap::new(),
        }
    }
}

impl Subject for Any {
    fn build(&mut self, _: &mut Rng) -> Box<dyn Protocol> {
        *self = Any::new(self.new, self.way);
        (self.new)()
    }

    fn outgoing(&mut self, rng: &mut Rng, _: CtxId, token: u64) -> Message {
        let mut msg = payload(token);
        let trail = [0x80, 0, 0, rng.below(256) as u8];
        let pipe = rng.pick(&self.copies.pipes).copied().filter(|_| rng.chance(80));
        if self.way == Way::ByHeader {
            msg.header_push_u32(pipe.map_or(3, |pipe| pipe.id));
        }
        msg.header_append(&trail).unwrap();
        self.sent.insert(token, (pipe, trail.to_vec()));
        msg
    }

    fn incoming(&mut self, rng: &mut Rng, _: Pipe, token: u64) -> (Vec<u8>, Fate) {
        if self.way == Way::Never {
            return (token.to_be_bytes().into(), Fate::Maybe);
        }
        // A header has room for sixteen hops.
        let counts = self.way == Way::ByHeader;
        let Trail { bytes, fate } = trail(rng, if counts { self.ttl } else { 16 }, token);
        let fate = if fate == Fate::Drop && !counts { Fate::Junk } else { fate };
        let len = bytes.len() - 8;
        self.trails.insert(token, bytes[..len].to_vec());
        (bytes, fate)
    }

    fn received(&mut self, _: CtxId, msg: &Message) {
        let pipe = msg.pipe().to_be_bytes();
        let header = match self.way {
            Way::Never => vec![],
            Way::ByHeader => [&pipe[..], &self.trails[&token(msg.body())]].concat(),
            _ => self.trails[&token(msg.body())].clone(),
        };
        assert_eq!(msg.header(), header);
    }

    fn accepted(&mut self, _: CtxId, _: u64) {
        self.copies.accepted(None);
    }

    fn wired(&mut self, pipe: Pipe, msg: &Message) {
        let (named, trail) = &self.sent[&token(msg.body())];
        assert_eq!(msg.header(), trail);
        assert!(self.way != Way::ByHeader || *named == Some(pipe), "another pipe was named");
        self.copies.wired(pipe, msg);
    }

    fn pipe_added(&mut self, pipe: Pipe) {
        self.copies.pipes.push(pipe);
    }

    fn pipe_lost(&mut self, pipe: Pipe) {
        self.copies.lost(pipe);
    }

    fn tweak(&mut self, rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        let few = rng.below(4) as i32;
        match rng.below(3) {
            0 => Some((SOCKET, options::RECVBUF, Value::Int(few))),
            1 if self.way != Way::Never => Some((SOCKET, options::SENDBUF, Value::Int(few))),
            2 if self.way != Way::Never => {
                self.ttl = 1 + rng.below(15);
                Some((SOCKET, options::MAXTTL, Value::Int(self.ttl as i32)))
            }
            _ => None,
        }
    }

    fn most_copies(&self) -> usize {
        if self.way == Way::ToAll { usize::MAX } else { 1 }
    }

    /// A shrinking buffer drops what it holds.
    fn lossless(&self) -> bool {
        false
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        all_received(ledger, sim.counted(&["rx_drop"]));
        let unsent = sim.counted(&["tx_drop"]);
        match self.way {
            Way::ToAll => self.copies.settled(ledger, unsent),
            Way::ToOne if self.copies.pipes.is_empty() => {}
            _ => assert_eq!(ledger.unsent(), unsent, "messages went missing"),
        }
    }
}

#[test]
fn random_schedules() {
    schedules("raw req", &mut Any::new(Raw::req, Way::ToOne));
    schedules("raw rep", &mut Any::new(Raw::rep, Way::ByHeader));
    schedules("raw surveyor", &mut Any::new(Raw::surveyor, Way::ToAll));
    schedules("raw respondent", &mut Any::new(Raw::respondent, Way::ByHeader));
    schedules("raw sub", &mut Any::new(Raw::sub, Way::Never));
}
