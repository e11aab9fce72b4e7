//! Decoding of the chunked transfer encoding.
#![forbid(unsafe_code)]

use super::parse::Refusal;
use super::status;

/// Most bytes of extensions and trailers in one body, all in all.
const MOST_EXTRA: usize = 8192;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first digit.
    Size,
    Digits,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailer,
    TrailerLf,
    Done,
}

/// Takes a chunked body apart as it comes.
#[derive(Debug)]
pub struct ChunkDecoder {
    state: State,
    /// Of the chunk in hand, still to come.
    left: u64,
    total: u64,
    /// The longest body; 0 for any.
    most: u64,
    extra: usize,
    line: usize,
}

impl ChunkDecoder {
    pub fn new(most: usize) -> ChunkDecoder {
        ChunkDecoder { state: State::Size, left: 0, total: 0, most: most as u64, extra: 0, line: 0 }
    }

    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Appends the data in `input` to `out`; returns how much of `input` was used, which is
    /// all of it unless the body ends within.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Refusal> {
        let mut at = 0;
        while at < input.len() && self.state != State::Done {
            if self.state == State::Data {
                let n = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len() - at);
                out.extend_from_slice(&input[at..at + n]);
                at += n;
                self.left -= n as u64;
                if self.left == 0 {
                    self.state = State::DataCr;
                }
            } else {
                self.state = self.step(input[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<State, Refusal> {
        let bad = Err(Refusal(status::BAD_REQUEST));
        match (self.state, byte) {
            (State::Size | State::Digits, _) if byte.is_ascii_hexdigit() => {
                let digit = u64::from((byte as char).to_digit(16).unwrap_or(0));
                if self.left > (u64::MAX - 15) >> 4 {
                    return Err(Refusal(status::PAYLOAD_TOO_LARGE));
                }
                self.left = self.left << 4 | digit;
                Ok(State::Digits)
            }
            (State::Digits, b'\r') | (State::Extension, b'\r') => Ok(State::SizeLf),
            (State::Digits, b';' | b' ' | b'\t') => self.extra(State::Extension),
            (State::Extension, b' '..=b'~' | b'\t') => self.extra(State::Extension),
            (State::SizeLf, b'\n') => self.begin_chunk(),
            (State::DataCr, b'\r') => Ok(State::DataLf),
            (State::DataLf, b'\n') => Ok(State::Size),
            (State::Trailer, b'\r') => Ok(State::TrailerLf),
            (State::Trailer, b' '..=b'~' | b'\t' | 0x80..) => {
                self.line += 1;
                self.extra(State::Trailer)
            }
            (State::TrailerLf, b'\n') => {
                let empty = self.line == 0;
                self.line = 0;
                Ok(if empty { State::Done } else { State::Trailer })
            }
            _ => bad,
        }
    }

    fn extra(&mut self, next: State) -> Result<State, Refusal> {
        self.extra += 1;
        if self.extra > MOST_EXTRA { Err(Refusal(status::HEADERS_TOO_LARGE)) } else { Ok(next) }
    }

    fn begin_chunk(&mut self) -> Result<State, Refusal> {
        if self.left == 0 {
            return Ok(State::Trailer);
        }
        self.total = self.total.saturating_add(self.left);
        if self.total == u64::MAX || (self.most > 0 && self.total > self.most) {
            return Err(Refusal(status::PAYLOAD_TOO_LARGE));
        }
        Ok(State::Data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(input: &[u8], step: usize, most: usize) -> Result<(Vec<u8>, usize, bool), u16> {
        let mut decoder = ChunkDecoder::new(most);
        let (mut out, mut used) = (Vec::new(), 0);
        for part in input.chunks(step) {
            used += decoder.decode(part, &mut out).map_err(|r| r.0)?;
        }
        Ok((out, used, decoder.is_done()))
    }

    #[test]
    fn bodies_cut_anywhere() {
        let body = b"4\r\nWiki\r\n6;ext=\"a b\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nX: y\r\n\r\nnext";
        let whole = body.len() - 4;
        for step in 1..=body.len() {
            let (out, used, done) = decode(body, step, 0).unwrap();
            assert_eq!((&out[..], used, done), (&b"Wikipedia in \r\n\r\nchunks."[..], whole, true));
        }
        let (_, used, done) = decode(&body[..20], 20, 0).unwrap();
        assert_eq!((used, done), (20, false));
    }

    #[test]
    fn violations() {
        for bad in [
            &b"\r\n"[..],
            b"x\r\n",
            b"-1\r\n",
            b"+1\r\n",
            b"0x1\r\n",
            b"1\n",
            b"1\r\r\n",
            b"1;a\n",
            b"1\r\nab",
            b"1\r\na\n",
            b"1\r\na\rb",
            b"0\r\nX: y\n",
            b"1;\x00\r\n",
        ] {
            assert_eq!(decode(bad, bad.len(), 0), Err(400), "{bad:?}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(decode(b"10000000000000000\r\n", 100, 0), Err(413));
        assert_eq!(decode(b"FFFFFFFFFFFFFFFF\r\n", 100, 0), Err(413));
        assert_eq!(decode(b"1\r\na\r\nFFFFFFFFFFFFFFFE\r\n", 100, 0), Err(413));
        assert_eq!(decode(b"5\r\n", 100, 4), Err(413));
        assert_eq!(decode(b"3\r\nabc\r\n2\r\n", 100, 4), Err(413));
        assert!(decode(b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", 100, 4).unwrap().2);
        let long = [b"1;".to_vec(), vec![b'a'; 9000]].concat();
        assert_eq!(decode(&long, 100, 0), Err(431));
        let long = [b"0\r\n".to_vec(), vec![b'a'; 9000]].concat();
        assert_eq!(decode(&long, 100, 0), Err(431));
    }
}
