//! Pieces of several protocols' tests: counting what is sent to many pipes, where each copy
//! goes out, waits or is dropped; backtraces.
#![forbid(unsafe_code)]

use super::Pipe;
use super::schedule::{Fate, Ledger, token};
use super::sim::Rng;
use crate::msg::Message;
use std::collections::HashMap;

#[derive(Default)]
pub struct Copies {
    pub pipes: Vec<Pipe>,
    /// How many copies there must be of all that was sent.
    owed: u64,
    last: HashMap<Pipe, u64>,
}

impl Copies {
    pub fn lost(&mut self, pipe: Pipe) {
        self.pipes.retain(|p| *p != pipe);
    }

    /// A message was taken that goes to every pipe but `except`.
    pub fn accepted(&mut self, except: Option<u32>) {
        self.owed += self.pipes.iter().filter(|p| Some(p.id) != except).count() as u64;
    }

    /// Each pipe gets what it gets in the order of sending.
    pub fn wired(&mut self, pipe: Pipe, msg: &Message) {
        let token = token(msg.body());
        let last = self.last.insert(pipe, token).unwrap_or(0);
        assert!(last < token, "sent out of order");
    }

    /// Everything that could go out has.
    pub fn settled(&self, ledger: &Ledger, dropped: u64) {
        let went: usize = ledger.out.values().map(|out| out.copies).sum();
        assert_eq!(went as u64 + dropped, self.owed, "copies went missing");
    }
}

/// Everything good that came and cannot come any more was received or dropped.
pub fn all_received(ledger: &Ledger, dropped: u64) {
    let good = ledger.came.values().filter(|m| m.fate != Fate::Junk);
    let (mut came, mut received) = (0, 0);
    for message in good {
        came += 1;
        received += message.received as u64;
    }
    assert_eq!(received + dropped, came, "messages went missing");
}

/// A message with a backtrace in front, and what is to become of it.
pub struct Trail {
    pub bytes: Vec<u8>,
    pub fate: Fate,
}

/// A backtrace of some length, now and then too long or without an end.
pub fn trail(rng: &mut Rng, ttl: usize, token: u64) -> Trail {
    let most = if rng.chance(80) { 4 } else { 18 };
    let hops = rng.below(most);
    let ends = rng.chance(92);
    let mut bytes: Vec<u8> = Vec::new();
    for _ in 0..hops {
        bytes.extend_from_slice(&[0, 0, 0, rng.below(256) as u8]);
    }
    if ends {
        bytes.extend_from_slice(&[0x80, 0, 0, rng.below(256) as u8]);
    }
    bytes.extend_from_slice(&token.to_be_bytes());
    // Without an end, the token is taken for two more hops.
    let looked_at = if ends { hops + 1 } else { hops + 3 };
    let fate = match ends {
        _ if looked_at > ttl => Fate::Drop,
        true => Fate::Deliver,
        false => Fate::Junk,
    };
    Trail { bytes, fate }
}
