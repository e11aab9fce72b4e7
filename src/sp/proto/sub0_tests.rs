//! SUB under simulated time, against a model that is slow and plain.
#![forbid(unsafe_code)]

use super::conformance::{Facts, conformance};
use super::schedule::seeds;
use super::sim::{Ended, Rng, Sim, Ticket};
use super::sub0::Sub0;
use super::{CtxId, Identity, Pipe};
use crate::base::Error;
use crate::base::options::{self, Value};
use std::collections::VecDeque;

const SOCKET: CtxId = CtxId::SOCKET;

#[test]
fn conforms() {
    let own = [
        (options::RECVBUF, Value::Int(128)),
        (options::SUB_PREFNEW, Value::Bool(true)),
        (options::SUB_SUBSCRIBE, Value::Bytes(b"x".to_vec())),
        (options::SUB_UNSUBSCRIBE, Value::Bytes(b"x".to_vec())),
    ];
    let facts = Facts {
        identity: Identity { id: 33, name: "sub", peer: 32, peer_name: "pub" },
        raw: false,
        sends: false,
        receives: true,
        contexts: true,
        options: own.iter().map(|(name, value)| (*name, value.clone(), true)).collect(),
        ctx_options: own.to_vec(),
        counters: vec!["rx_drop"],
    };
    conformance(&facts, Sub0::new);
}

fn subscribe(sim: &mut Sim, ctx: CtxId, topic: &[u8]) {
    sim.set(ctx, options::SUB_SUBSCRIBE, Value::Bytes(topic.to_vec())).unwrap();
}

fn unsubscribe(sim: &mut Sim, ctx: CtxId, topic: &[u8]) -> Result<(), Error> {
    sim.set(ctx, options::SUB_UNSUBSCRIBE, Value::Bytes(topic.to_vec()))
}

#[test]
fn topics_may_be_of_any_type() {
    let mut sim = Sim::new(Sub0::new());
    let pipe = sim.add_pipe(1).unwrap();
    for (topic, body) in [
        (Value::Bool(true), vec![1]),
        (Value::Int(32), 32i32.to_ne_bytes().to_vec()),
        (Value::Ms(-1), (-1i32).to_ne_bytes().to_vec()),
        (Value::Size(7), 7usize.to_ne_bytes().to_vec()),
        (Value::U64(1 << 40), (1u64 << 40).to_ne_bytes().to_vec()),
        (Value::Str("abc".into()), b"abc\0".to_vec()),
    ] {
        sim.set(SOCKET, options::SUB_SUBSCRIBE, topic.clone()).unwrap();
        sim.deliver(pipe, &body);
        assert_eq!(sim.try_recv(SOCKET).unwrap().body(), body);
        sim.set(SOCKET, options::SUB_UNSUBSCRIBE, topic.clone()).unwrap();
        assert_eq!(sim.set(SOCKET, options::SUB_UNSUBSCRIBE, topic), Err(Error::NOENT));
    }
    let topic = sim.proto.get_option(SOCKET, options::SUB_SUBSCRIBE);
    assert_eq!(topic, Err(Error::WRITEONLY));
}

#[test]
fn unsubscribing_drops_what_nobody_wants_any_more() {
    let mut sim = Sim::new(Sub0::new());
    let pipe = sim.add_pipe(1).unwrap();
    subscribe(&mut sim, SOCKET, b"a");
    subscribe(&mut sim, SOCKET, b"ab");
    for body in ["a1", "ab2", "a3"] {
        sim.deliver(pipe, body.as_bytes());
    }
    unsubscribe(&mut sim, SOCKET, b"a").unwrap();
    assert_eq!(sim.try_recv(SOCKET).unwrap().body(), b"ab2");
    assert!(!sim.proto.can_recv());
}

#[test]
fn contexts_take_over_the_sockets_settings_and_share_bodies() {
    let mut sim = Sim::new(Sub0::new());
    sim.set(SOCKET, options::RECVBUF, Value::Int(3)).unwrap();
    sim.set(SOCKET, options::SUB_PREFNEW, Value::Bool(false)).unwrap();
    let (a, b) = (CtxId(1), CtxId(2));
    for ctx in [a, b] {
        sim.open_ctx(ctx).unwrap();
        assert_eq!(sim.proto.get_option(ctx, options::RECVBUF), Ok(Value::Int(3)));
        assert_eq!(sim.proto.get_option(ctx, options::SUB_PREFNEW), Ok(Value::Bool(false)));
        subscribe(&mut sim, ctx, b"");
    }
    let pipe = sim.add_pipe(1).unwrap();
    sim.deliver(pipe, &[5; 4000]);
    let (one, two) = (sim.try_recv(a).unwrap(), sim.try_recv(b).unwrap());
    assert_eq!(one.body().as_ptr(), two.body().as_ptr());
    assert_eq!(sim.try_recv(SOCKET).unwrap_err(), Error::AGAIN);
}

/// A context as it ought to be.
struct Model {
    ctx: CtxId,
    topics: Vec<Vec<u8>>,
    queue: VecDeque<Vec<u8>>,
    waiting: VecDeque<Ticket>,
    depth: usize,
    prefer_new: bool,
}

struct World {
    sim: Sim,
    rng: Rng,
    models: Vec<Model>,
    dropped: u64,
    next: u32,
}

impl World {
    fn topic(&mut self) -> Vec<u8> {
        let len = self.rng.below(4);
        (0..len).map(|_| b"ab"[self.rng.below(2)]).collect()
    }

    fn model(&mut self) -> &mut Model {
        let at = self.rng.below(self.models.len());
        &mut self.models[at]
    }

    fn open(&mut self, ctx: CtxId) {
        let (depth, prefer_new) =
            self.models.first().map_or((128, true), |m| (m.depth, m.prefer_new));
        if ctx != SOCKET {
            self.sim.open_ctx(ctx).unwrap();
        }
        self.models.push(Model {
            ctx,
            topics: Vec::new(),
            queue: VecDeque::new(),
            waiting: VecDeque::new(),
            depth,
            prefer_new,
        });
    }

    fn deliver(&mut self, pipe: Pipe) {
        let mut body = self.topic();
        self.next += 1;
        body.extend_from_slice(&self.next.to_be_bytes());
        let mut received = Vec::new();
        for model in &mut self.models {
            if !model.topics.iter().any(|topic| body.starts_with(topic)) {
                continue;
            }
            if let Some(ticket) = model.waiting.pop_front() {
                received.push(ticket);
            } else if model.queue.len() < model.depth {
                model.queue.push_back(body.clone());
            } else {
                self.dropped += 1;
                if model.prefer_new {
                    model.queue.pop_front();
                    model.queue.push_back(body.clone());
                }
            }
        }
        self.sim.deliver(pipe, &body);
        for ticket in received {
            match self.sim.result(ticket) {
                Some(Ended::Received(msg)) => {
                    assert_eq!((msg.body(), msg.pipe()), (&body[..], pipe.id))
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(self.sim.ended.is_empty(), "somebody else received it too");
    }

    fn recv(&mut self) {
        let wait = self.rng.chance(60);
        let at = self.rng.below(self.models.len());
        let Model { ctx, queue, waiting, .. } = &mut self.models[at];
        if *ctx == SOCKET {
            assert_eq!(self.sim.proto.can_recv(), !queue.is_empty());
        }
        let got = match wait {
            true => self.sim.recv(*ctx),
            false => self.sim.try_recv(*ctx).map(Ok),
        };
        match (got, queue.pop_front()) {
            (Ok(Ok(msg)), Some(body)) => assert_eq!(msg.body(), body),
            (Ok(Err(ticket)), None) => waiting.push_back(ticket),
            (Err(Error::AGAIN), None) => assert!(!wait),
            other => panic!("{other:?}"),
        }
    }

    fn resubscribe(&mut self) {
        let topic = self.topic();
        let add = self.rng.chance(60);
        let at = self.rng.below(self.models.len());
        let Model { ctx, topics, queue, .. } = &mut self.models[at];
        let known = topics.contains(&topic);
        if add {
            subscribe(&mut self.sim, *ctx, &topic);
            if !known {
                topics.push(topic);
            }
        } else {
            let done = unsubscribe(&mut self.sim, *ctx, &topic);
            assert_eq!(done, if known { Ok(()) } else { Err(Error::NOENT) });
            topics.retain(|t| *t != topic);
            queue.retain(|body| topics.iter().any(|topic| body.starts_with(topic)));
        }
    }

    fn adjust(&mut self) {
        let (depth, prefer_new) = (1 + self.rng.below(4), self.rng.chance(50));
        let Model { ctx, .. } = *self.model();
        self.sim.set(ctx, options::RECVBUF, Value::Int(depth as i32)).unwrap();
        self.sim.set(ctx, options::SUB_PREFNEW, Value::Bool(prefer_new)).unwrap();
        let model = self.models.iter_mut().find(|m| m.ctx == ctx).unwrap();
        self.dropped += model.queue.len().saturating_sub(depth) as u64;
        model.queue.truncate(depth);
        (model.depth, model.prefer_new) = (depth, prefer_new);
    }

    fn cancel(&mut self) {
        let model = self.model();
        if let Some(ticket) = model.waiting.pop_back() {
            self.sim.cancel(ticket, Error::TIMEDOUT);
            let ended = self.sim.result(ticket);
            assert!(matches!(ended, Some(Ended::Failed(Error::TIMEDOUT, None))));
        }
        self.sim.cancel_ended();
    }

    fn change_ctx(&mut self) {
        if self.models.len() < 4 && self.rng.chance(60) {
            self.next += 1;
            self.open(CtxId(self.next));
        } else if self.models.len() > 1 {
            let at = 1 + self.rng.below(self.models.len() - 1);
            let model = self.models.remove(at);
            self.sim.close_ctx(model.ctx);
            self.all_closed(model);
        }
    }

    fn all_closed(&mut self, model: Model) {
        for ticket in model.waiting {
            let ended = self.sim.result(ticket);
            assert!(matches!(ended, Some(Ended::Failed(Error::CLOSED, None))));
        }
    }
}

#[test]
fn random_schedules() {
    seeds("sub", |seed| {
        let rng = Rng::new(seed);
        let sim = Sim::new(Sub0::new());
        let mut world = World { sim, rng, models: Vec::new(), dropped: 0, next: 0 };
        world.open(SOCKET);
        for _ in 0..world.rng.below(80) {
            let pipes = world.sim.pipes();
            let pipe = world.rng.pick(&pipes).copied();
            match (world.rng.below(20), pipe) {
                (0..2, _) if pipes.len() < 3 => drop(world.sim.add_pipe(1).unwrap()),
                (2, Some(pipe)) => world.sim.lose_pipe(pipe),
                (3..9, Some(pipe)) => world.deliver(pipe),
                (9..13, _) => world.recv(),
                (13..16, _) => world.resubscribe(),
                (16, _) => world.adjust(),
                (17, _) => world.cancel(),
                (18, _) => world.change_ctx(),
                _ => {}
            }
            assert_eq!(world.sim.counted(&["rx_drop"]), world.dropped);
        }
        world.sim.close();
        for model in std::mem::take(&mut world.models) {
            world.all_closed(model);
        }
    });
}
