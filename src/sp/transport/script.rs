//! A peer that is only a script: what it sends comes in the pieces it was cut into, and what
//! is written to it is kept. For tests and fuzzing of what strangers send.
#![forbid(unsafe_code)]

use super::framed;
use super::framing::Framing;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::sp::stream_io::{StreamIo, read_into};
use crate::stream::Link;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::io::{self, IoSlice, Stdin};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

pub struct Script {
    pieces: Mutex<VecDeque<Vec<u8>>>,
    written: Mutex<Vec<u8>>,
    // Nobody waits for a script; any descriptor does.
    fd: Stdin,
}

impl Script {
    /// A peer that sends these pieces, none of which is longer than what one read gets.
    pub fn new(pieces: impl IntoIterator<Item = Vec<u8>>) -> Arc<Script> {
        let pieces = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        Arc::new(Script { pieces: Mutex::new(pieces), written: Mutex::default(), fd: io::stdin() })
    }

    /// Cuts `data` at places that `cuts` tell.
    pub fn cut(data: &[u8], cuts: &[u8]) -> Vec<Vec<u8>> {
        let (mut pieces, mut rest) = (Vec::new(), data);
        for cut in cuts {
            let (piece, after) = rest.split_at(usize::from(*cut).min(rest.len()));
            pieces.push(piece.to_vec());
            rest = after;
        }
        pieces.push(rest.to_vec());
        pieces
    }

    /// Gives at most `most` bytes of the piece in hand.
    fn take(&self, most: usize, give: impl FnOnce(&[u8])) -> io::Result<usize> {
        let mut pieces = self.pieces.lock();
        let Some(piece) = pieces.front_mut() else { return Err(io::ErrorKind::WouldBlock.into()) };
        let n = piece.len().min(most);
        give(&piece[..n]);
        piece.drain(..n);
        if piece.is_empty() {
            pieces.pop_front();
        }
        Ok(n)
    }

    /// What was written since this was last asked.
    pub fn written(&self) -> Vec<u8> {
        std::mem::take(&mut self.written.lock())
    }

    /// How many pieces are still to be read.
    pub fn left(&self) -> usize {
        self.pieces.lock().len()
    }
}

impl Link for Script {
    fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.take(buf.len(), |bytes| buf[..bytes.len()].copy_from_slice(bytes))
    }

    fn read_spare(&self, buf: &mut Vec<u8>, want: usize) -> io::Result<usize> {
        self.take(want.min(buf.capacity() - buf.len()), |bytes| buf.extend_from_slice(bytes))
    }

    fn write(&self, bufs: &[IoSlice]) -> io::Result<usize> {
        let mut written = self.written.lock();
        let before = written.len();
        for buf in bufs {
            written.extend_from_slice(buf);
        }
        Ok(written.len() - before)
    }

    fn short_read_drains(&self) -> bool {
        false
    }

    fn shut_down(&self) {}
}

/// Greets the script as a peer; `None` while it has not said all of its greeting.
pub fn greet(script: &Arc<Script>, id: u16) -> Result<Option<u16>> {
    framed::greet(script.clone(), id)
}

/// Reads the script to its end as a pipe would: the messages, and the error that ended the pipe,
/// if one did.
pub fn messages(
    script: &Arc<Script>,
    framing: Box<dyn Framing>,
    early: Vec<u8>,
) -> (Vec<Message>, Option<Error>) {
    let mut io = StreamIo::new(script.clone(), framing, early);
    let mut got = Vec::new();
    loop {
        match io.next() {
            Ok(Some(msg)) => {
                got.push(msg);
                continue;
            }
            Ok(None) => io.let_go(),
            Err(why) => {
                io.farewell();
                return (got, Some(why));
            }
        }
        if script.left() == 0 {
            return (got, None);
        }
        let Some((link, target)) = io.start_read() else { return (got, None) };
        let (target, more, ended) = read_into(&*link, target);
        io.end_read(target, more, ended);
        // What would wake it: there is more, always.
        io.readable = true;
    }
}

#[cfg(test)]
mod tests {
    use super::super::framing::SpFraming;
    use super::*;
    use crate::sp::proto::sim::Rng;

    /// Messages as they are on the wire, some with lengths and types that are none. Their bodies
    /// are the beginnings of `content`.
    fn stream(rng: &mut Rng, ipc: bool, content: &[u8]) -> Vec<u8> {
        let mut data = Vec::new();
        for _ in 0..rng.below(6) {
            let len = [0, 1, 7, 300, content.len()][rng.below(5)];
            if ipc {
                data.push(if rng.chance(3) { 2 } else { 1 });
            }
            let told = if rng.chance(5) { rng.draw() >> rng.below(60) } else { len as u64 };
            data.extend(told.to_be_bytes());
            data.extend_from_slice(&content[..len]);
        }
        if rng.chance(20) {
            data.truncate(rng.below(data.len() + 1));
        }
        data
    }

    #[test]
    fn cuts_make_no_difference() {
        let content: Vec<u8> = (0..20_000).map(|n| n as u8).collect();
        for seed in 0..if cfg!(miri) { 6 } else { 3000 } {
            let mut rng = Rng::new(seed);
            let ipc = rng.chance(50);
            let most = [0, 500][rng.below(2)];
            let data = stream(&mut rng, ipc, &content);
            let cuts: Vec<u8> = (0..rng.below(40)).map(|_| rng.draw() as u8).collect();
            let (early, rest) = data.split_at(rng.below(data.len() + 1).min(100));
            let read = |pieces, early: &[u8]| {
                let framing = Box::new(SpFraming::new(ipc, most));
                let (got, why) = messages(&Script::new(pieces), framing, early.to_vec());
                (got.iter().map(|msg| msg.body().to_vec()).collect::<Vec<_>>(), why)
            };
            let whole = read(vec![data.clone()], &[]);
            assert_eq!(whole, read(Script::cut(rest, &cuts), early), "seed {seed}");
        }
    }

    #[test]
    fn greetings() {
        let good = [0, b'S', b'P', 0, 0, 0x31, 0, 0];
        for at in 0..=8u8 {
            let script = Script::new(Script::cut(&good, &[at, 1]));
            assert_eq!(greet(&script, 0x30), Ok(Some(0x31)));
            assert_eq!(script.written(), [0, b'S', b'P', 0, 0, 0x30, 0, 0]);
            let short = Script::new([good[..usize::from(at)].to_vec()]);
            let whole = (at == 8).then_some(0x31);
            assert_eq!(greet(&short, 0x30), Ok(whole));
        }
        for at in [0, 1, 2, 3, 6, 7] {
            let mut wrong = good;
            wrong[at] ^= 1;
            assert_eq!(greet(&Script::new([wrong.to_vec()]), 0x30), Err(Error::PROTO));
        }
    }
}
