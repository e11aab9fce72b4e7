//! What peers send to every protocol, cooked and raw, among what programs do meanwhile; the
//! socket is simulated: `cargo +nightly fuzz run backtraces`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nng::base::Error;
use nng::base::options::{self, Value};
use nng::msg::Message;
use nng::sp::proto::sim::{Ended, Sim};
use nng::sp::proto::{CtxId, Protocol};
use nng::sp::proto::{
    bus0::Bus0, pair::Pair, pipeline0::Pull0, pipeline0::Push0, poly1::Poly1, pub0::Pub0, raw::Raw,
    rep0::Rep0, req0::Req0, sub0::Sub0, surveyor0::Surveyor0,
};

const PROTOCOLS: &[fn() -> Box<dyn Protocol>] = &[
    Req0::new,
    Rep0::new,
    Rep0::respondent,
    Surveyor0::new,
    Sub0::new,
    Poly1::new,
    Raw::req,
    Raw::rep,
    Raw::surveyor,
    Raw::respondent,
    Raw::sub,
    || Pair::new(0, false),
    || Pair::new(0, true),
    || Pair::new(1, false),
    || Pair::new(1, true),
    || Bus0::new(false),
    || Bus0::new(true),
    || Pub0::new(false),
    || Pub0::new(true),
    || Push0::new(false),
    || Push0::new(true),
    || Pull0::new(false),
    || Pull0::new(true),
];

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first)
    }

    fn some(&mut self) -> &'a [u8] {
        let (some, rest) = self.0.split_at((self.byte() % 80).min(self.0.len()));
        self.0 = rest;
        some
    }
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let new = PROTOCOLS[bytes.byte() % PROTOCOLS.len()];
    let mut sim = Sim::new(new());
    let raw = sim.proto.raw();
    let mut contexts = vec![CtxId::SOCKET];
    let mut next_ctx = 1;
    let more = sim.open_ctx(CtxId(1000)).is_ok();
    let mut incoming = 0;
    let mut received = 0;
    while !bytes.0.is_empty() {
        let ctx = contexts[bytes.byte() % contexts.len()];
        let pipes = sim.pipes();
        let pipe = pipes.get(bytes.byte() % pipes.len().max(1)).copied();
        let waiting = sim.outstanding();
        match (bytes.byte() % 14, pipe) {
            (0 | 1, _) if pipes.len() < 4 => drop(sim.add_pipe(1 + bytes.byte() % 3)),
            (2, Some(pipe)) => sim.lose_pipe(pipe),
            (3..6, Some(pipe)) => {
                incoming += 1;
                sim.deliver(pipe, bytes.some());
            }
            (6, Some(pipe)) => sim.drain(pipe),
            (7, _) => received += usize::from(sim.try_recv(ctx).is_ok()),
            (8, _) => received += usize::from(matches!(sim.recv(ctx), Ok(Ok(_)))),
            (9 | 10, _) => {
                let mut msg = Message::from_slice(bytes.some()).unwrap();
                let mut header = bytes.some().to_vec();
                if let (Some(pipe), [low, ..]) = (pipe, &mut header[..])
                    && *low & 1 != 0
                {
                    header.splice(..1, pipe.id.to_be_bytes());
                }
                if msg.header_append(&header).is_ok() {
                    if let Some(pipe) = pipe {
                        msg.set_pipe(pipe.id);
                    }
                    if let Err((_, msg)) = sim.send(ctx, msg) {
                        assert!(raw || msg.header().len() <= header.len());
                    }
                }
            }
            (11, _) => {
                let names = [options::MAXTTL, options::RECVBUF, options::SENDBUF];
                let name = names[bytes.byte() % names.len()];
                if sim.proto.option_type(CtxId::SOCKET, name).is_some() {
                    let _ = sim.set(CtxId::SOCKET, name, Value::Int(bytes.byte() as i32 % 16));
                } else if sim.proto.option_type(ctx, options::SUB_SUBSCRIBE).is_some() {
                    let topic = Value::Bytes(bytes.some().to_vec());
                    let _ = sim.set(ctx, options::SUB_SUBSCRIBE, topic);
                }
            }
            (12, _) if more && contexts.len() < 3 => {
                sim.open_ctx(CtxId(next_ctx)).unwrap();
                contexts.push(CtxId(next_ctx));
                next_ctx += 1;
            }
            (12, _) if ctx != CtxId::SOCKET => {
                sim.close_ctx(ctx);
                contexts.retain(|open| *open != ctx);
            }
            (12, _) if !waiting.is_empty() => {
                sim.cancel(waiting[bytes.byte() % waiting.len()], Error::CANCELED);
            }
            (_, _) => sim.advance(bytes.byte() as u64 * 10),
        }
        for (.., ended) in std::mem::take(&mut sim.ended) {
            received += usize::from(matches!(ended, Ended::Received(_)));
        }
        // Nothing is received that was not sent, and once by each context.
        assert!(received <= (1 + next_ctx as usize) * incoming);
        sim.wire();
    }
    sim.close();
});
