//! TLS over another link, its dialer and its listener.
//!
//! The handshake is made by whoever reads or writes first, and goes on with every attempt; so a
//! link is there as soon as the transport's is, and a silent peer holds up only its own reader.
//! One lock per link, around the session; nothing under it blocks.
#![forbid(unsafe_code)]

use super::link::{Dial, Link, Listen, Ticket};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result, Url, raw_text};
use crate::rt::Promise;
use crate::tls::{AuthMode, Config, Mode, Session};
use parking_lot::Mutex;
use std::ffi::CString;
use std::io::{self, IoSlice, Read, Write};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::*};

pub struct TlsLink {
    talk: Mutex<Talk>,
    inner: Arc<dyn Link>,
    shaken: AtomicBool,
    /// The transport has failed to take something.
    broken: AtomicBool,
}

struct Talk {
    session: Box<dyn Session>,
    ahead: Ahead,
}

/// Ciphertext that came with one read and that the session has not taken yet. Sessions read in
/// small steps, each of which would be a call into the system.
#[derive(Default)]
struct Ahead {
    bytes: Vec<u8>,
    at: usize,
}

/// How much is read at once, at least and at most.
const STEP: usize = 4 << 10;
const STRIDE: usize = 64 << 10;

impl Ahead {
    fn left(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Holds no memory while there is nothing in it.
    fn settle(&mut self) {
        if self.left().is_empty() {
            *self = Ahead::default();
        }
    }
}

/// The transport as a session sees it.
struct Transport<'a> {
    link: &'a dyn Link,
    ahead: &'a mut Ahead,
    /// How much plaintext is wanted.
    want: usize,
    /// The last read has taken all there was.
    drained: bool,
}

impl Read for Transport<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.ahead.left().is_empty() {
            // A record's head and tag take some more than its plaintext.
            let mut want = (self.want + self.want / 256 + 64).clamp(STEP, STRIDE);
            self.ahead.at = 0;
            self.ahead.bytes.clear();
            if self.ahead.bytes.try_reserve(want).is_err() {
                want = STEP;
                self.ahead.bytes.reserve(want);
            }
            let n = self.link.read_spare(&mut self.ahead.bytes, want)?;
            self.drained = n < want && self.link.short_read_drains();
        }
        let left = self.ahead.left();
        let n = left.len().min(buf.len());
        buf[..n].copy_from_slice(&left[..n]);
        self.ahead.at += n;
        Ok(n)
    }
}

impl Write for Transport<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.link.write(&[IoSlice::new(buf)])
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.link.write(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn not_now<T>() -> io::Result<T> {
    Err(io::ErrorKind::WouldBlock.into())
}

fn would_block<T>(result: &io::Result<T>) -> bool {
    result.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock)
}

impl TlsLink {
    pub fn new(inner: Arc<dyn Link>, session: Box<dyn Session>) -> TlsLink {
        TlsLink {
            talk: Mutex::new(Talk { session, ahead: Ahead::default() }),
            inner,
            shaken: AtomicBool::new(false),
            broken: AtomicBool::new(false),
        }
    }

    fn transport<'a>(&'a self, ahead: &'a mut Ahead, want: usize) -> Transport<'a> {
        Transport { link: &*self.inner, ahead, want, drained: false }
    }

    /// Writes the ciphertext that waits. What it holds was taken from a caller that may not hear
    /// of a failure: then nothing else may follow.
    fn send(&self, talk: &mut Talk) -> io::Result<()> {
        let Talk { session, ahead } = talk;
        while session.wants_write() {
            if self.broken.load(Acquire) {
                return Err(Error::CONNSHUT.into());
            }
            match session.write_tls(&mut self.transport(ahead, 0)) {
                Ok(0) => break,
                Ok(_) => {}
                Err(e) => {
                    if e.kind() != io::ErrorKind::WouldBlock {
                        self.broken.store(true, Release);
                        self.inner.shut_down();
                    }
                    return Err(e);
                }
            }
        }
        Ok(())
    }

    /// Goes on with the handshake; `WouldBlock` until it is complete.
    fn shake(&self, talk: &mut Talk) -> io::Result<()> {
        if self.shaken.load(Acquire) {
            return Ok(());
        }
        loop {
            let done = talk.session.handshake();
            let sent = self.send(talk);
            if done? {
                self.shaken.store(true, Release);
                return Ok(());
            }
            if !would_block(&sent) {
                sent?;
            }
            let taken = talk.session.read_tls(&mut self.transport(&mut talk.ahead, 0));
            talk.ahead.settle();
            if taken? == 0 {
                return Err(Error::CONNSHUT.into());
            }
        }
    }

    /// Tells the peer that nothing more comes.
    fn say_end(&self) {
        let talk = &mut *self.talk.lock();
        talk.session.close();
        let _ = self.send(talk);
    }

    /// As much as there is, so that less than `buf` means that it was all.
    fn read_all(&self, talk: &mut Talk, buf: &mut [u8]) -> (usize, io::Result<()>) {
        let Talk { session, ahead } = talk;
        let mut got = 0;
        let mut drained = false;
        while got < buf.len() {
            match session.read(&mut buf[got..]) {
                Ok(Some(0)) => return (got, Ok(())),
                Ok(Some(n)) => got += n,
                Ok(None) if drained && ahead.left().is_empty() => return (got, not_now()),
                Ok(None) => {
                    let mut transport = self.transport(ahead, buf.len() - got);
                    let taken = session.read_tls(&mut transport);
                    drained |= transport.drained;
                    match taken {
                        // The session tells what to make of the transport's end.
                        Ok(0) => match session.read(&mut buf[got..]) {
                            Ok(n) => return (got + n.unwrap_or(0), Ok(())),
                            Err(why) => return (got, Err(why.into())),
                        },
                        Ok(_) => {}
                        Err(e) => return (got, Err(e)),
                    }
                }
                Err(why) => return (got, Err(why.into())),
            }
        }
        (got, Ok(()))
    }
}

impl Link for TlsLink {
    fn fd(&self) -> BorrowedFd<'_> {
        self.inner.fd()
    }

    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        let talk = &mut *self.talk.lock();
        self.shake(talk)?;
        let (got, outcome) = self.read_all(talk, buf);
        talk.ahead.settle();
        // An answer that the peer waits for; more of it goes with the next write.
        let _ = self.send(talk);
        if got > 0 { Ok(got) } else { outcome.map(|()| 0) }
    }

    fn write(&self, bufs: &[IoSlice]) -> io::Result<usize> {
        let talk = &mut *self.talk.lock();
        self.shake(talk)?;
        self.send(talk)?;
        let mut taken = 0;
        for buf in bufs {
            match talk.session.write(buf)? {
                Some(n) if n == buf.len() => taken += n,
                part => {
                    taken += part.unwrap_or(0);
                    break;
                }
            }
        }
        match self.send(talk) {
            Err(e) if e.kind() != io::ErrorKind::WouldBlock => Err(e),
            _ if taken == 0 && bufs.iter().any(|b| !b.is_empty()) => not_now(),
            _ => Ok(taken),
        }
    }

    fn flush(&self) -> io::Result<()> {
        self.send(&mut self.talk.lock())?;
        self.inner.flush()
    }

    fn coupled(&self) -> bool {
        if !self.shaken.load(Acquire) {
            return true;
        }
        let talk = &mut *self.talk.lock();
        !talk.ahead.left().is_empty() || talk.session.has_plaintext()
    }

    fn end_writing(&self) {
        self.say_end();
        self.inner.end_writing();
    }

    fn shut_down(&self) {
        self.say_end();
        self.inner.shut_down();
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        match self.inner.get_option(name, ty) {
            Err(Error::NOTSUP) => {}
            other => return other,
        }
        let session = &self.talk.lock().session;
        match name {
            options::TLS_VERIFIED => Ok(Value::Bool(session.verified())),
            options::TLS_PEER_CN => Ok(Value::Str(session.peer_cn().ok_or(Error::NOENT)?)),
            options::TLS_PEER_ALT_NAMES => Ok(Value::Strings(session.peer_alt_names())),
            _ => Err(Error::NOTSUP),
        }
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.inner.set_option(name, value)
    }
}

/// The configuration that an endpoint uses, and the options that change it.
pub struct Settings(Mutex<Arc<Config>>);

impl Settings {
    fn new(mode: Mode, name: Option<&str>) -> Result<Settings> {
        let config = Config::new(mode)?;
        if let Some(name) = name {
            config.server_name(&text(name)?)?;
        }
        Ok(Settings(Mutex::new(config)))
    }

    pub fn config(&self) -> Arc<Config> {
        self.0.lock().clone()
    }

    pub fn set_config(&self, config: Arc<Config>) {
        *self.0.lock() = config;
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        let config = self.config();
        match name {
            options::TLS_CONFIG => match options::convert(value, Type::Ptr)? {
                Value::Ptr(at) => self.set_config(Config::at(at)?),
                _ => return Err(Error::BADTYPE),
            },
            options::TLS_SERVER_NAME => config.server_name(&text(&options::string(value)?)?)?,
            options::TLS_CA_FILE => config.ca_file(&raw_text::path(&options::string(value)?))?,
            options::TLS_CERT_KEY_FILE => {
                config.cert_key_file(&raw_text::path(&options::string(value)?), None)?;
            }
            options::TLS_AUTH_MODE => config.auth_mode(match options::int(value, 0, 2)? {
                0 => AuthMode::None,
                1 => AuthMode::Optional,
                _ => AuthMode::Required,
            })?,
            _ => return Err(Error::NOTSUP),
        }
        Ok(())
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        match name {
            // The reference goes with the pointer.
            options::TLS_CONFIG if matches!(ty, Type::Ptr | Type::Opaque) => {
                Ok(Value::Ptr(Arc::into_raw(self.config()) as usize))
            }
            options::TLS_CONFIG => Err(Error::BADTYPE),
            options::TLS_SERVER_NAME
            | options::TLS_CA_FILE
            | options::TLS_CERT_KEY_FILE
            | options::TLS_AUTH_MODE => Err(Error::WRITEONLY),
            _ => Err(Error::NOTSUP),
        }
    }
}

fn text(s: &str) -> Result<CString> {
    CString::new(raw_text::to_bytes(s)).map_err(|_| Error::INVAL)
}

/// A promise for the transport's link that keeps one for the TLS link.
fn wrapped(session: Box<dyn Session>, promise: Promise<Arc<dyn Link>>) -> Promise<Arc<dyn Link>> {
    Promise::new(move |inner: Result<Arc<dyn Link>>| {
        promise.keep(inner.map(|inner| Arc::new(TlsLink::new(inner, session)) as Arc<dyn Link>));
    })
}

pub struct TlsDialer<D> {
    inner: D,
    settings: Settings,
}

impl<D: Dial> TlsDialer<D> {
    /// Expects the server to be who the URL names, until told otherwise.
    pub fn new(inner: D, url: &Url) -> Result<TlsDialer<D>> {
        let settings = Settings::new(Mode::Client, Some(url.hostname()))?;
        Ok(TlsDialer { inner, settings })
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl<D: Dial> Dial for TlsDialer<D> {
    fn dial(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>) {
        match self.settings.config().session() {
            Ok(session) => self.inner.dial(ticket, wrapped(session, promise)),
            Err(why) => promise.keep(Err(why)),
        }
    }

    fn cancel(&self, ticket: Ticket, why: Error) {
        self.inner.cancel(ticket, why);
    }

    fn close(&self) {
        self.inner.close();
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        options::or_next(self.inner.get_option(name, ty), || self.settings.get_option(name, ty))
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        let own = self.settings.set_option(name, value.clone());
        options::or_next(own, || self.inner.set_option(name, value))
    }
}

pub struct TlsListener<L> {
    inner: L,
    settings: Settings,
}

impl<L: Listen> TlsListener<L> {
    pub fn new(inner: L) -> Result<TlsListener<L>> {
        Ok(TlsListener { inner, settings: Settings::new(Mode::Server, None)? })
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl<L: Listen> Listen for TlsListener<L> {
    fn listen(&self) -> Result<()> {
        self.inner.listen()
    }

    fn accept(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>) {
        match self.settings.config().session() {
            Ok(session) => self.inner.accept(ticket, wrapped(session, promise)),
            Err(why) => promise.keep(Err(why)),
        }
    }

    fn cancel(&self, ticket: Ticket, why: Error) {
        self.inner.cancel(ticket, why);
    }

    fn close(&self) {
        self.inner.close();
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        options::or_next(self.inner.get_option(name, ty), || self.settings.get_option(name, ty))
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        let own = self.settings.set_option(name, value.clone());
        options::or_next(own, || self.inner.set_option(name, value))
    }
}
