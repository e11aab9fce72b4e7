//! REQ under simulated time.
#![forbid(unsafe_code)]

use super::conformance::{Facts, conformance};
use super::req0::Req0;
use super::schedule::{Fate, Ledger, Subject, payload, schedules, token};
use super::sim::{Ended, Rng, Sim, Ticket};
use super::{CtxId, Identity, Pipe, Protocol};
use crate::base::Error;
use crate::base::options::{self, Value};
use crate::msg::Message;
use std::collections::HashMap;

const SOCKET: CtxId = CtxId::SOCKET;

#[test]
fn conforms() {
    let facts = Facts {
        identity: Identity { id: 48, name: "req", peer: 49, peer_name: "rep" },
        raw: false,
        sends: true,
        receives: true,
        contexts: true,
        options: vec![
            (options::MAXTTL, Value::Int(8), true),
            (options::REQ_RESENDTIME, Value::Ms(60_000), true),
            (options::REQ_RESENDTICK, Value::Ms(1_000), true),
        ],
        ctx_options: vec![(options::REQ_RESENDTIME, Value::Ms(60_000))],
        counters: vec!["rx_drop", "rx_malformed"],
    };
    conformance(&facts, Req0::new);
}

/// What a context asked last.
#[derive(Default)]
struct Asked {
    token: u64,
    id: Option<u32>,
    answered: bool,
    /// Its pipe went; whether it is asked again depends on the options of that moment.
    doubtful: bool,
    pipe: Option<Pipe>,
}

#[derive(Default)]
struct Model {
    asked: HashMap<CtxId, Asked>,
    /// All ids ever seen, with what they asked.
    ids: Vec<(u32, u64)>,
}

impl Subject for Model {
    fn build(&mut self, _: &mut Rng) -> Box<dyn Protocol> {
        *self = Model::default();
        Req0::new()
    }

    fn contexts(&self) -> bool {
        true
    }

    fn in_order(&self) -> bool {
        false
    }

    fn most_copies(&self) -> usize {
        usize::MAX
    }

    fn incoming(&mut self, rng: &mut Rng, _: Pipe, reply: u64) -> (Vec<u8>, Fate) {
        if rng.chance(5) {
            return (vec![0xff; rng.below(4)], Fate::Junk);
        }
        let Some(&(id, request)) = rng.pick(&self.ids).filter(|_| rng.chance(88)) else {
            let stranger = (rng.draw() as u32).to_be_bytes();
            return ([&stranger[..], &[0; 8], &reply.to_be_bytes()].concat(), Fate::Maybe);
        };
        let body = [&id.to_be_bytes()[..], &request.to_be_bytes(), &reply.to_be_bytes()].concat();
        let asked = self.asked.values_mut().find(|a| a.token == request && !a.answered);
        match asked {
            Some(asked) => {
                asked.answered = true;
                (body, Fate::Maybe)
            }
            None => (body, Fate::Drop),
        }
    }

    fn accepted(&mut self, ctx: CtxId, token: u64) {
        self.asked.insert(ctx, Asked { token, ..Asked::default() });
    }

    fn returned(&mut self, ctx: CtxId, token: u64, why: Error, msg: &Message) {
        let known = [Error::AGAIN, Error::CANCELED, Error::TIMEDOUT, Error::CLOSED];
        assert!(known.contains(&why), "{why}");
        assert!(msg.header().is_empty());
        let current = self.asked.get(&ctx).is_some_and(|asked| asked.token == token);
        if current || why == Error::AGAIN {
            self.asked.remove(&ctx);
        }
    }

    fn wired(&mut self, pipe: Pipe, msg: &Message) {
        let id = u32::from_be_bytes(msg.header().try_into().expect("an id"));
        assert!(id & 0x8000_0000 != 0);
        let asked = self.asked.values_mut().find(|a| a.token == token(msg.body()));
        let asked = asked.expect("sent what nobody asks");
        assert!(!asked.answered || asked.doubtful, "asked again though answered");
        match asked.id.replace(id) {
            Some(before) => assert_eq!(before, id),
            None => {
                assert!(self.ids.iter().all(|(known, _)| *known != id), "an id comes again");
                self.ids.push((id, asked.token));
            }
        }
        asked.pipe = Some(pipe);
    }

    fn received(&mut self, ctx: CtxId, msg: &Message) {
        let request = u64::from_be_bytes(*msg.body().first_chunk().expect("the request's token"));
        let asked = self.asked.remove(&ctx).expect("nothing was asked");
        assert!(asked.answered && asked.token == request, "the answer to something else");
        assert!(msg.header().is_empty());
    }

    fn receive_failed(&mut self, ctx: CtxId, why: Error) {
        match why {
            Error::CANCELED | Error::TIMEDOUT | Error::CLOSED | Error::CONNRESET => {
                self.asked.remove(&ctx);
            }
            Error::AGAIN | Error::STATE => {}
            other => panic!("{other}"),
        }
    }

    fn pipe_lost(&mut self, pipe: Pipe) {
        for asked in self.asked.values_mut().filter(|a| a.pipe == Some(pipe)) {
            asked.doubtful = true;
        }
    }

    fn ctx_closed(&mut self, ctx: CtxId) {
        self.asked.remove(&ctx);
    }

    fn tweak(&mut self, rng: &mut Rng) -> Option<(CtxId, &'static str, Value)> {
        let ms = [-1, 0, 500, 60_000][rng.below(4)];
        let ctx = CtxId(rng.below(4) as u32);
        let tick = [-1, 0, 100, 1000][rng.below(4)];
        match rng.below(3) {
            0 => Some((SOCKET, options::REQ_RESENDTICK, Value::Ms(tick))),
            _ => Some((ctx, options::REQ_RESENDTIME, Value::Ms(ms))),
        }
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        let of = |fate| ledger.came.values().filter(move |m| m.fate == fate);
        let unread = of(Fate::Maybe).filter(|m| m.received == 0).count();
        assert_eq!(sim.counted(&["rx_drop"]), (of(Fate::Drop).count() + unread) as u64);
        assert_eq!(sim.counted(&["rx_malformed"]), of(Fate::Junk).count() as u64);
    }
}

#[test]
fn schedules_hold() {
    schedules("req0", &mut Model::default());
}

/// The only request on the wire: its pipe and id.
fn asked(sim: &mut Sim) -> Option<(Pipe, u32)> {
    let wire = sim.wire();
    assert!(wire.len() < 2, "{wire:?}");
    wire.first().map(|(pipe, msg)| (*pipe, u32::from_be_bytes(msg.header().try_into().unwrap())))
}

fn answer(sim: &mut Sim, pipe: Pipe, id: u32, text: &str) {
    sim.deliver(pipe, &[&id.to_be_bytes(), text.as_bytes()].concat());
}

fn waiting(sim: &mut Sim, ctx: CtxId) -> Ticket {
    sim.recv(ctx).unwrap().expect_err("nothing can be there yet")
}

#[test]
fn receiving_takes_a_request() {
    let mut sim = Sim::new(Req0::new());
    let pipe = sim.add_pipe(10).unwrap();
    assert_eq!(sim.recv(SOCKET).unwrap_err(), Error::STATE);
    sim.try_send(SOCKET, payload(1)).unwrap();
    let first = waiting(&mut sim, SOCKET);
    assert_eq!(sim.recv(SOCKET).unwrap_err(), Error::STATE);
    let (_, id) = asked(&mut sim).unwrap();
    answer(&mut sim, pipe, id, "yes");
    assert!(matches!(sim.result(first), Some(Ended::Received(msg)) if msg.body() == b"yes"));
    assert_eq!(sim.recv(SOCKET).unwrap_err(), Error::STATE);
}

#[test]
fn a_new_request_ends_the_old_one() {
    let mut sim = Sim::new(Req0::new());
    let pipe = sim.add_pipe(10).unwrap();
    sim.try_send(SOCKET, payload(1)).unwrap();
    let (_, old) = asked(&mut sim).unwrap();
    let receive = waiting(&mut sim, SOCKET);
    sim.try_send(SOCKET, payload(2)).unwrap();
    assert!(matches!(sim.result(receive), Some(Ended::Failed(Error::CANCELED, None))));
    answer(&mut sim, pipe, old, "late");
    assert!(!sim.proto.can_recv());
    assert_eq!(sim.counted(&["rx_drop"]), 1);
    let (_, new) = asked(&mut sim).unwrap();
    answer(&mut sim, pipe, new, "good");
    answer(&mut sim, pipe, new, "twice");
    assert_eq!(sim.try_recv(SOCKET).unwrap().body(), b"good");
}

#[test]
fn a_waiting_send_comes_back() {
    let mut sim = Sim::new(Req0::new());
    let first = sim.send(SOCKET, payload(1)).unwrap().expect("no pipe");
    let receive = waiting(&mut sim, SOCKET);
    sim.cancel(receive, Error::TIMEDOUT);
    assert!(matches!(sim.result(receive), Some(Ended::Failed(Error::TIMEDOUT, None))));
    match sim.result(first) {
        Some(Ended::Failed(Error::CANCELED, Some(msg))) => {
            assert!(msg.header().is_empty() && token(msg.body()) == 1);
        }
        other => panic!("{other:?}"),
    }
    sim.add_pipe(1).unwrap();
    assert!(asked(&mut sim).is_none());
}

#[test]
fn requests_are_sent_again_in_time() {
    let mut sim = Sim::new(Req0::new());
    sim.set(SOCKET, options::REQ_RESENDTIME, Value::Ms(2_500)).unwrap();
    let one = sim.add_pipe(1).unwrap();
    sim.try_send(SOCKET, payload(1)).unwrap();
    let (pipe, id) = asked(&mut sim).unwrap();
    assert_eq!(pipe, one);
    let two = sim.add_pipe(1).unwrap();
    sim.advance(2_499);
    assert!(asked(&mut sim).is_none());
    sim.advance(1_001);
    assert_eq!(asked(&mut sim), Some((two, id)));
    // Whoever answers is heard.
    answer(&mut sim, one, id, "slow");
    assert_eq!(sim.try_recv(SOCKET).unwrap().body(), b"slow");
    sim.drain(one);
    sim.drain(two);
    sim.advance(100_000);
    assert!(asked(&mut sim).is_none());
    assert!(sim.next_timer().is_none(), "a timer runs for nothing");
}

#[test]
fn the_tick_bounds_how_often() {
    let mut sim = Sim::new(Req0::new());
    sim.set(SOCKET, options::REQ_RESENDTICK, Value::Ms(30)).unwrap();
    sim.set(SOCKET, options::REQ_RESENDTIME, Value::Ms(10)).unwrap();
    sim.add_pipe(1000).unwrap();
    sim.try_send(SOCKET, payload(1)).unwrap();
    sim.advance(300);
    assert_eq!(sim.wire().len(), 11);
}

#[test]
fn a_request_survives_its_pipe() {
    let mut sim = Sim::new(Req0::new());
    let one = sim.add_pipe(1).unwrap();
    sim.try_send(SOCKET, payload(1)).unwrap();
    let (_, id) = asked(&mut sim).unwrap();
    let receive = waiting(&mut sim, SOCKET);
    sim.lose_pipe(one);
    assert!(asked(&mut sim).is_none());
    let two = sim.add_pipe(1).unwrap();
    assert_eq!(asked(&mut sim), Some((two, id)));
    answer(&mut sim, two, id, "yes");
    assert!(matches!(sim.result(receive), Some(Ended::Received(_))));
}

#[test]
fn without_resending_it_does_not() {
    for resend in [0, -1] {
        let mut sim = Sim::new(Req0::new());
        sim.set(SOCKET, options::REQ_RESENDTIME, Value::Ms(resend)).unwrap();
        let one = sim.add_pipe(1).unwrap();
        sim.try_send(SOCKET, payload(1)).unwrap();
        assert!(sim.next_timer().is_none());
        let receive = waiting(&mut sim, SOCKET);
        sim.lose_pipe(one);
        assert!(matches!(sim.result(receive), Some(Ended::Failed(Error::CONNRESET, None))));
        assert_eq!(sim.recv(SOCKET).unwrap_err(), Error::STATE);
        // Told when it asks, if it does not wait yet.
        let two = sim.add_pipe(1).unwrap();
        sim.try_send(SOCKET, payload(2)).unwrap();
        sim.lose_pipe(two);
        assert_eq!(sim.recv(SOCKET).unwrap_err(), Error::CONNRESET);
        assert_eq!(sim.recv(SOCKET).unwrap_err(), Error::STATE);
    }
}

#[test]
fn resending_begun_too_late_resends_nothing() {
    let mut sim = Sim::new(Req0::new());
    sim.set(SOCKET, options::REQ_RESENDTIME, Value::Ms(0)).unwrap();
    let one = sim.add_pipe(1).unwrap();
    sim.try_send(SOCKET, payload(1)).unwrap();
    sim.wire();
    sim.set(SOCKET, options::REQ_RESENDTIME, Value::Ms(60_000)).unwrap();
    sim.add_pipe(1).unwrap();
    sim.lose_pipe(one);
    assert!(asked(&mut sim).is_none());
    assert_eq!(sim.recv(SOCKET).unwrap_err(), Error::CONNRESET);
}

#[test]
fn contexts_take_turns() {
    let mut sim = Sim::new(Req0::new());
    let contexts: Vec<CtxId> = (1..=40).map(CtxId).collect();
    for ctx in &contexts {
        sim.open_ctx(*ctx).unwrap();
        sim.send(*ctx, payload(ctx.0.into())).unwrap().expect("no pipe");
    }
    let pipe = sim.add_pipe(1).unwrap();
    let mut tokens = Vec::new();
    let mut ids = Vec::new();
    for _ in &contexts {
        for (_, msg) in sim.wire() {
            tokens.push(token(msg.body()));
            ids.push(u32::from_be_bytes(msg.header().try_into().unwrap()));
        }
        sim.drain(pipe);
    }
    assert!(tokens.iter().copied().eq(1..=40));
    assert_eq!(sim.ended.len(), 40);
    // Lost with their pipe, they are asked again in the same order.
    sim.lose_pipe(pipe);
    sim.add_pipe(100).unwrap();
    let again: Vec<u64> = sim.wire().iter().map(|(_, msg)| token(msg.body())).collect();
    assert_eq!(again, tokens);
}

#[test]
fn a_line_nobody_serves_stays_short() {
    let mut sim = Sim::new(Req0::new());
    for n in 0..if cfg!(miri) { 200 } else { 10_000 } {
        let ticket = sim.send(SOCKET, payload(n)).unwrap().expect("no pipe");
        sim.cancel(ticket, Error::TIMEDOUT);
    }
    sim.send(SOCKET, payload(7)).unwrap();
    sim.add_pipe(10).unwrap();
    assert_eq!(sim.wire().len(), 1);
}
