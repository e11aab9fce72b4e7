//! TLS links over socket pairs, driven by channels.
#![forbid(unsafe_code)]

use super::channel::{Channel, Direction, Io, Key, Step, Transfer};
use super::fd_link::{FdLink, Kind};
use super::link::{Link, Ticket};
use super::tls::TlsLink;
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result};
use crate::tls::{Config, Mode};
use socket2::Socket;
use std::ffi::CString;
use std::io::IoSlice;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, mpsc};

const CA: &str = include_str!("../tls/testdata/ca.pem");
const SERVER: &str = include_str!("../tls/testdata/server.pem");

fn c(s: &str) -> CString {
    CString::new(s).unwrap()
}

fn pair() -> (Arc<dyn Link>, Arc<dyn Link>) {
    let (a, b) = UnixStream::pair().unwrap();
    let link = |s: UnixStream| {
        s.set_nonblocking(true).unwrap();
        let socket: Socket = Socket::from(std::os::fd::OwnedFd::from(s));
        Arc::new(FdLink::new(socket, Kind::Given)) as Arc<dyn Link>
    };
    (link(a), link(b))
}

fn tls_pair(name: &str) -> (Arc<dyn Link>, Arc<dyn Link>) {
    let (a, b) = pair();
    let client = Config::new(Mode::Client).unwrap();
    client.ca_chain(&c(CA), None).unwrap();
    client.server_name(&c(name)).unwrap();
    let server = Config::new(Mode::Server).unwrap();
    server.own_cert(&c(SERVER), &c(SERVER), None).unwrap();
    let link = |l, c: &Config| Arc::new(TlsLink::new(l, c.session().unwrap())) as Arc<dyn Link>;
    (link(a, &client), link(b, &server))
}

struct Send(Vec<u8>, usize, mpsc::Sender<Result<()>>);

impl Transfer for Send {
    fn step(&mut self, io: &mut Io) -> Step {
        while self.1 < self.0.len() {
            match io.write(&[IoSlice::new(&self.0[self.1..])]) {
                Ok(Some(n)) => self.1 += n,
                Ok(None) => return Step::Wait,
                Err(why) => return Step::Done(Err(why)),
            }
        }
        Step::Done(Ok(()))
    }

    fn end(self: Box<Self>, result: Result<()>) {
        self.2.send(result).unwrap();
    }
}

struct Receive(Vec<u8>, usize, mpsc::Sender<Result<Vec<u8>>>);

impl Transfer for Receive {
    fn step(&mut self, io: &mut Io) -> Step {
        while self.0.len() < self.1 {
            self.0.reserve(4096);
            match io.read_spare(&mut self.0, 4096) {
                Ok(Some(0)) => return Step::Done(Err(Error::CONNSHUT)),
                Ok(Some(_)) => {}
                Ok(None) => return Step::Wait,
                Err(why) => return Step::Done(Err(why)),
            }
        }
        Step::Done(Ok(()))
    }

    fn end(self: Box<Self>, result: Result<()>) {
        let Receive(data, _, tell) = *self;
        tell.send(result.map(|()| data)).unwrap();
    }
}

fn send(channel: &Channel, data: &[u8]) -> mpsc::Receiver<Result<()>> {
    let (tell, told) = mpsc::channel();
    let key = Key::Ticket(Ticket::next());
    channel.submit(Direction::Write, key, Box::new(Send(data.to_vec(), 0, tell)));
    told
}

fn receive(channel: &Channel, n: usize) -> (Key, mpsc::Receiver<Result<Vec<u8>>>) {
    let (tell, told) = mpsc::channel();
    let key = Key::Ticket(Ticket::next());
    channel.submit(Direction::Read, key, Box::new(Receive(Vec::new(), n, tell)));
    (key, told)
}

fn channels(links: (Arc<dyn Link>, Arc<dyn Link>)) -> (Arc<Channel>, Arc<Channel>) {
    (Channel::new(links.0, Vec::new()).unwrap(), Channel::new(links.1, Vec::new()).unwrap())
}

#[test]
fn data_both_ways() {
    for links in [pair(), tls_pair("localhost")] {
        let (a, b) = channels(links);
        let data: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        let (from_a, from_b) = (receive(&b, data.len()).1, receive(&a, data.len()).1);
        let sent = [send(&a, &data), send(&b, &data)];
        for sent in sent {
            assert_eq!(sent.recv().unwrap(), Ok(()));
        }
        assert!(from_a.recv().unwrap().unwrap() == data);
        assert!(from_b.recv().unwrap().unwrap() == data);
        a.close();
        assert_eq!(receive(&b, 1).1.recv().unwrap(), Err(Error::CONNSHUT));
        assert_eq!(receive(&a, 1).1.recv().unwrap(), Err(Error::CLOSED));
    }
}

/// Nobody reads on the sending side: its handshake goes on all the same.
#[test]
fn one_way_only() {
    let (a, b) = channels(tls_pair("localhost"));
    let sent = send(&a, b"hello");
    assert_eq!(receive(&b, 5).1.recv().unwrap().unwrap(), b"hello");
    assert_eq!(sent.recv().unwrap(), Ok(()));
    let verified = a.link().get_option(options::TLS_VERIFIED, Type::Bool);
    assert_eq!(verified, Ok(Value::Bool(true)));
    let cn = a.link().get_option(options::TLS_PEER_CN, Type::Str);
    assert_eq!(cn, Ok(Value::Str("server".into())));
}

#[test]
fn refused_peers() {
    let (a, b) = channels(tls_pair("elsewhere"));
    let (sent, got) = (send(&a, b"hello"), receive(&b, 1).1);
    assert_eq!(sent.recv().unwrap(), Err(Error::PEERAUTH));
    assert_eq!(got.recv().unwrap(), Err(Error::CRYPTO));
}

#[test]
fn cancelled_while_the_peer_is_silent() {
    let (a, _b) = channels(tls_pair("localhost"));
    let (key, told) = receive(&a, 1);
    let (_, second) = receive(&a, 1);
    a.cancel(key, Error::TIMEDOUT);
    assert_eq!(told.recv().unwrap(), Err(Error::TIMEDOUT));
    a.cancel(key, Error::TIMEDOUT);
    drop(a);
    assert_eq!(second.recv().unwrap(), Err(Error::CLOSED));
}

#[test]
fn rubbish() {
    let (a, b) = pair();
    let server = Config::new(Mode::Server).unwrap();
    let tls = Arc::new(TlsLink::new(b, server.session().unwrap()));
    let (a, b) = channels((a, tls));
    let got = receive(&b, 1).1;
    send(&a, b"GET / HTTP/1.1\r\n\r\n").recv().unwrap().unwrap();
    assert_eq!(got.recv().unwrap(), Err(Error::CRYPTO));
    let (a, b) = pair();
    let tls = Arc::new(TlsLink::new(b, server.session().unwrap()));
    let b = Channel::new(tls, Vec::new()).unwrap();
    let got = receive(&b, 1).1;
    drop(a);
    assert_eq!(got.recv().unwrap(), Err(Error::CONNSHUT));
}
