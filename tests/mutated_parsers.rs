//! The parsers of what strangers send, fed with mutated and cut-up input: nothing panics, the
//! cuts make no difference, and no more comes out than went in.
use nng::base::Url;
use nng::http::chunk::ChunkDecoder;
use nng::http::parse::{self, HeadFinder};
use nng::http::{Request, Response};
use nng::ws::frame::{
    CloseCode, Decoder, Event, FrameHead, Limits, Opcode, Role, append_close, append_frame,
};

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn mutate(&mut self, seed: &[u8]) -> Vec<u8> {
        const TELLING: &[u8] = b"\r\n\0: ;,%/+-0f\xff\x7f\x80\x81";
        let mut data = seed.to_vec();
        for _ in 0..1 + self.below(4) {
            let at = self.below(data.len());
            match self.below(6) {
                0 if !data.is_empty() => data[at] ^= 1 << self.below(8),
                1 if !data.is_empty() => data[at] = TELLING[self.below(TELLING.len())],
                2 => data.insert(at, TELLING[self.below(TELLING.len())]),
                3 if !data.is_empty() => {
                    data.remove(at);
                }
                4 => data.truncate(at),
                _ => {
                    let to = at + self.below(data.len() - at);
                    let piece = data[at..to].to_vec();
                    let into = self.below(data.len());
                    data.splice(into..into, piece);
                }
            }
        }
        data
    }

    /// Cuts into pieces.
    fn pieces(&mut self, data: &[u8]) -> Vec<Vec<u8>> {
        let mut pieces = Vec::new();
        let mut rest = data;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(1 + self.below(rest.len().min(40)));
            pieces.push(piece.to_vec());
            rest = after;
        }
        pieces
    }
}

const ROUNDS: usize = 20_000;

fn rounds(seeds: &[Vec<u8>], mut check: impl FnMut(&mut Random, Vec<u8>)) {
    let mut random = Random(20_261_127);
    for round in 0..ROUNDS {
        let data = random.mutate(&seeds[round % seeds.len()]);
        check(&mut random, data);
    }
}

fn bytes(seeds: &[&[u8]]) -> Vec<Vec<u8>> {
    seeds.iter().map(|s| s.to_vec()).collect()
}

/// Lines without the space that an empty value leaves at the end of a list.
fn trimmed(head: &[u8]) -> Vec<&[u8]> {
    head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).collect()
}

#[test]
fn heads() {
    let seeds = bytes(&[
        b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        b"GET http://x/%41 HTTP/1.0\r\nTransfer-Encoding: chunked\r\nX: \r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ]);
    rounds(&seeds, |random, data| {
        let whole = HeadFinder::default().find(&data);
        let mut finder = HeadFinder::default();
        let mut have = Vec::new();
        let mut cut = Ok(None);
        for piece in random.pieces(&data) {
            have.extend(piece);
            cut = finder.find(&have);
            if cut != Ok(None) {
                break;
            }
        }
        assert_eq!(whole, cut);
        if let Ok(Some(end)) = whole {
            let (mut req, mut res) = (Request::new(), Response::new());
            if parse::request(&data[..end], &mut req).is_ok() {
                let _ = parse::request_framing(&req);
                // What was understood can be said again, and means the same.
                let head = req.head().unwrap();
                let mut again = Request::new();
                parse::request(&head, &mut again).unwrap();
                assert_eq!(trimmed(&again.head().unwrap()), trimmed(&head));
            }
            if parse::response(&data[..end], &mut res).is_ok() {
                let _ = parse::response_framing(c"GET", &res);
            }
        }
    });
}

#[test]
fn chunks() {
    let seeds = bytes(&[
        b"4\r\nWiki\r\n6;ext=\"a b\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nX: y\r\n\r\n",
        b"0\r\n\r\n",
        b"FFFFFFFFFFFFFFF0\r\n",
    ]);
    rounds(&seeds, |random, data| {
        let mut out = Vec::new();
        let mut decoder = ChunkDecoder::new(0);
        let whole = decoder.decode(&data, &mut out);
        let mut cut_out = Vec::new();
        let mut cut_decoder = ChunkDecoder::new(0);
        let mut cut = Ok(0);
        for piece in random.pieces(&data) {
            cut = match (cut, cut_decoder.decode(&piece, &mut cut_out)) {
                (Ok(n), Ok(more)) => Ok(n + more),
                (_, Err(why)) | (Err(why), _) => Err(why),
            };
            if cut.is_err() {
                break;
            }
        }
        assert_eq!((whole, &out), (cut, &cut_out));
        assert!(out.len() <= data.len());
    });
}

#[derive(Debug, PartialEq)]
enum Got {
    Data(Vec<u8>, bool),
    Control(u8, Vec<u8>),
    Failed(u16),
}

fn frames(role: Role, limits: Limits, pieces: Vec<Vec<u8>>) -> Vec<Got> {
    let mut decoder = Decoder::new(role, limits);
    let mut got: Vec<Got> = Vec::new();
    for mut piece in pieces {
        let mut input = piece.as_mut_slice();
        loop {
            match decoder.next(&mut input) {
                Ok(None) => break,
                Ok(Some(Event::Data { bytes, end })) => match got.last_mut() {
                    Some(Got::Data(all, last @ false)) => {
                        all.extend_from_slice(bytes);
                        *last = end;
                    }
                    _ => got.push(Got::Data(bytes.to_vec(), end)),
                },
                Ok(Some(Event::Ping(c))) => got.push(Got::Control(9, c.as_bytes().to_vec())),
                Ok(Some(Event::Pong(c))) => got.push(Got::Control(10, c.as_bytes().to_vec())),
                Ok(Some(Event::Close(_))) => got.push(Got::Control(8, Vec::new())),
                Err(CloseCode(code)) => {
                    got.push(Got::Failed(code));
                    return got;
                }
            }
        }
    }
    got
}

#[test]
fn web_socket_frames() {
    for (role, key) in [(Role::Server, Some([1, 2, 3, 4])), (Role::Client, None)] {
        let mut seed = Vec::new();
        append_frame(&mut seed, Opcode::Binary, false, &[7; 200], key);
        append_frame(&mut seed, Opcode::Ping, true, b"ping", key);
        append_frame(&mut seed, Opcode::Continuation, true, b"the rest", key);
        append_frame(&mut seed, Opcode::Text, true, b"text", key);
        append_close(&mut seed, CloseCode::NORMAL, key);
        let limits = Limits { frame: 1000, message: 2000, text: true };
        rounds(&[seed], |random, data| {
            let whole = frames(role, limits, vec![data.clone()]);
            // Empty parts of a message are told or not, as the cuts have it.
            let essence = |got: Vec<Got>| -> Vec<Got> {
                got.into_iter().filter(|g| *g != Got::Data(Vec::new(), false)).collect()
            };
            let pieces = random.pieces(&data);
            assert_eq!(essence(whole), essence(frames(role, limits, pieces)));
            let _ = FrameHead::parse(role, &data);
        });
    }
}

#[test]
fn urls() {
    let seeds = bytes(&[
        b"wss://user@example.org:8080/a/../b%41?c=d#e",
        b"tls+tcp://[::1]:5555",
        b"tcp://eth0;127.0.0.1:80",
        b"ipc:///tmp/x%20y",
    ]);
    rounds(&seeds, |_, data| {
        if let Ok(text) = std::str::from_utf8(&data)
            && let Ok(url) = Url::parse(text)
        {
            assert_eq!(url.raw(), text);
        }
    });
}
