//! The harness itself: protocols with one fault each, every one of which it must see.
#![forbid(unsafe_code)]

use super::pair::Pair;
use super::schedule::{Fate, Ledger, Subject, schedules};
use super::sim::{Rng, Sim};
use super::{Counter, CtxId, Cx, Flow, Identity, Pipe, Protocol};
use crate::base::options::{Type, Value};
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::{OpId, Parked};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Messages that come are lost now and then.
    Loses,
    /// They come twice.
    Doubles,
    /// They come, though they are to be dropped.
    Tolerates,
    /// Junk is borne.
    Bears,
    /// A receive is never ended.
    Forgets,
    /// A send that waits is ended without its message.
    Keeps,
    /// A receive that was cancelled goes on.
    Deaf,
    /// More is sent than the pipe takes.
    Pushes,
    /// A message is sent, and given back.
    Cheats,
    /// `can_recv` is always true.
    Boasts,
}

struct Faulty {
    fault: Fault,
    inner: Box<dyn Protocol>,
    n: usize,
    kept: Vec<Parked>,
    extra: Option<Message>,
    pipe: Option<Pipe>,
}

impl Faulty {
    fn now_and_then(&mut self, fault: Fault) -> bool {
        self.n += 1;
        self.fault == fault && self.n % 3 == 2
    }
}

impl Protocol for Faulty {
    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    fn pipe_added(&mut self, cx: &mut Cx, pipe: Pipe) -> Result<()> {
        self.inner.pipe_added(cx, pipe)?;
        self.pipe = Some(pipe);
        Ok(())
    }

    fn pipe_removed(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.pipe = None;
        self.inner.pipe_removed(cx, pipe);
    }

    fn message(&mut self, cx: &mut Cx, pipe: Pipe, mut msg: Message) -> Flow {
        if self.now_and_then(Fault::Loses) || self.fault == Fault::Bears && msg.len() < 4 {
            return Flow::More;
        }
        if self.fault == Fault::Tolerates && msg.body().first_chunk() > Some(&[0, 0, 0, 8]) {
            msg.body_mut()[3] = 1;
        }
        if self.fault == Fault::Doubles {
            let mut copy = msg.share();
            copy.trim(4).ok();
            self.extra = (copy.len() == 8).then_some(copy);
        }
        self.inner.message(cx, pipe, msg)
    }

    fn writable(&mut self, cx: &mut Cx, pipe: Pipe) {
        self.inner.writable(cx, pipe);
    }

    fn send(&mut self, cx: &mut Cx, ctx: CtxId, mut msg: Message) -> Result<(), (Error, Message)> {
        if self.now_and_then(Fault::Pushes)
            && let Some(pipe) = self.pipe
        {
            cx.send(pipe, msg);
            return Ok(());
        }
        let copy = (self.fault == Fault::Cheats).then(|| msg.share());
        match (self.inner.send(cx, ctx, msg), copy) {
            (Ok(()), Some(copy)) => Err((Error::AGAIN, copy)),
            (other, _) => other,
        }
    }

    fn park_send(&mut self, cx: &mut Cx, ctx: CtxId, op: Parked, msg: Message) {
        if self.now_and_then(Fault::Keeps) {
            return cx.failed(op, Error::TIMEDOUT, None);
        }
        self.inner.park_send(cx, ctx, op, msg);
    }

    fn recv(&mut self, cx: &mut Cx, ctx: CtxId) -> Result<Message> {
        match self.extra.take() {
            Some(extra) => Ok(extra),
            None => self.inner.recv(cx, ctx),
        }
    }

    fn park_recv(&mut self, cx: &mut Cx, ctx: CtxId, op: Parked) {
        if self.now_and_then(Fault::Forgets) {
            return self.kept.push(op);
        }
        self.inner.park_recv(cx, ctx, op);
    }

    fn cancel(&mut self, cx: &mut Cx, id: OpId, why: Error) {
        if self.fault != Fault::Deaf {
            self.inner.cancel(cx, id, why);
        }
    }

    fn can_recv(&self) -> bool {
        self.fault == Fault::Boasts || self.extra.is_some() || self.inner.can_recv()
    }

    fn can_send(&self) -> bool {
        self.inner.can_send()
    }

    fn close(&mut self, cx: &mut Cx) {
        self.inner.close(cx);
    }

    fn option_type(&self, ctx: CtxId, name: &str) -> Option<Type> {
        self.inner.option_type(ctx, name)
    }

    fn get_option(&self, ctx: CtxId, name: &str) -> Result<Value> {
        self.inner.get_option(ctx, name)
    }

    fn counters(&self) -> Vec<Counter> {
        self.inner.counters()
    }
}

struct Suspect(Fault);

impl Subject for Suspect {
    fn build(&mut self, _: &mut Rng) -> Box<dyn Protocol> {
        let inner = Pair::new(1, false);
        let (kept, extra, pipe) = (Vec::new(), None, None);
        Box::new(Faulty { fault: self.0, inner, n: 0, kept, extra, pipe })
    }

    fn incoming(&mut self, rng: &mut Rng, _: Pipe, token: u64) -> (Vec<u8>, Fate) {
        let (hops, fate) = match rng.below(6) {
            0 => return (vec![0; 3], Fate::Junk),
            1 => (9u32, Fate::Drop),
            _ => (1, Fate::Deliver),
        };
        ([&hops.to_be_bytes()[..], &token.to_be_bytes()].concat(), fate)
    }

    fn settled(&mut self, sim: &Sim, ledger: &Ledger) {
        assert_eq!(sim.counted(&["ttl_drop", "rx_malformed"]), ledger.refused());
    }
}

fn is_seen(fault: Fault) -> bool {
    let run = move || schedules(&format!("{fault:?}"), &mut Suspect(fault));
    // A thread of its own, whose panic is expected.
    std::thread::spawn(run).join().is_err()
}

#[test]
#[cfg_attr(miri, ignore = "three schedules do not show every fault")]
fn every_fault_is_seen() {
    if std::env::var_os("NNG_SIM_SEED").is_some() {
        return;
    }
    assert!(!is_seen(Fault::None));
    for fault in [
        Fault::Loses,
        Fault::Doubles,
        Fault::Tolerates,
        Fault::Bears,
        Fault::Forgets,
        Fault::Keeps,
        Fault::Deaf,
        Fault::Pushes,
        Fault::Cheats,
        Fault::Boasts,
    ] {
        assert!(is_seen(fault), "{fault:?}");
    }
}
