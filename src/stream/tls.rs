//! TLS over another link, its dialer and its listener.
//!
//! The handshake is made by whoever reads or writes first, and goes on with every attempt; so a
//! link is there as soon as the transport's is, and a silent peer holds up only its own reader.
//! One lock per link, around the session; nothing under it blocks.
#![forbid(unsafe_code)]

use super::link::{Dial, Link, Listen, Ticket};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result, Url};
use crate::rt::Promise;
use crate::tls::{AuthMode, Config, Mode, Session};
use parking_lot::Mutex;
use std::ffi::CString;
use std::io::{self, IoSlice, Read, Write};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::*};

pub struct TlsLink {
    session: Mutex<Box<dyn Session>>,
    inner: Arc<dyn Link>,
    shaken: AtomicBool,
    /// The transport has failed to take something.
    broken: AtomicBool,
}

/// The transport as a session sees it.
struct Transport<'a> {
    link: &'a dyn Link,
    /// The last read has taken all there was.
    drained: bool,
}

impl Read for Transport<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.link.read(buf)?;
        self.drained = n < buf.len() && self.link.short_read_drains();
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
            session: Mutex::new(session),
            inner,
            shaken: AtomicBool::new(false),
            broken: AtomicBool::new(false),
        }
    }

    fn transport(&self) -> Transport<'_> {
        Transport { link: &*self.inner, drained: false }
    }

    /// Writes the ciphertext that waits. What it holds was taken from a caller that may not hear
    /// of a failure: then nothing else may follow.
    fn send(&self, session: &mut dyn Session) -> io::Result<()> {
        while session.wants_write() {
            if self.broken.load(Acquire) {
                return Err(Error::CONNSHUT.into());
            }
            match session.write_tls(&mut self.transport()) {
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
    fn shake(&self, session: &mut dyn Session) -> io::Result<()> {
        if self.shaken.load(Acquire) {
            return Ok(());
        }
        loop {
            let done = session.handshake();
            let sent = self.send(session);
            if done? {
                self.shaken.store(true, Release);
                return Ok(());
            }
            if !would_block(&sent) {
                sent?;
            }
            if session.read_tls(&mut self.transport())? == 0 {
                return Err(Error::CONNSHUT.into());
            }
        }
    }
}

impl Link for TlsLink {
    fn fd(&self) -> BorrowedFd<'_> {
        self.inner.fd()
    }

    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        let session = &mut **self.session.lock();
        self.shake(session)?;
        let mut got = 0;
        let mut drained = false;
        // As much as there is, so that less than `buf` means that it was all.
        let outcome = loop {
            match session.read(&mut buf[got..]) {
                Ok(Some(0)) => break Ok(()),
                Ok(Some(n)) => got += n,
                Ok(None) if drained => break not_now(),
                Ok(None) => {
                    let mut transport = self.transport();
                    match session.read_tls(&mut transport) {
                        // The session tells what to make of the transport's end.
                        Ok(0) => match session.read(&mut buf[got..]) {
                            Ok(Some(n)) => {
                                got += n;
                                break Ok(());
                            }
                            Ok(None) => break Ok(()),
                            Err(why) => break Err(why.into()),
                        },
                        Ok(_) => drained = transport.drained,
                        Err(e) => break Err(e),
                    }
                }
                Err(why) => break Err(why.into()),
            }
            if got == buf.len() {
                break Ok(());
            }
        };
        // An answer that the peer waits for; more of it goes with the next write.
        let _ = self.send(session);
        if got > 0 { Ok(got) } else { outcome.map(|()| 0) }
    }

    fn read_spare(&self, buf: &mut Vec<u8>, want: usize) -> io::Result<usize> {
        let from = buf.len();
        let want = want.min(buf.capacity() - from);
        buf.resize(from + want, 0);
        let result = self.read(&mut buf[from..]);
        buf.truncate(from + *result.as_ref().unwrap_or(&0));
        result
    }

    fn write(&self, bufs: &[IoSlice]) -> io::Result<usize> {
        let session = &mut **self.session.lock();
        self.shake(session)?;
        self.send(session)?;
        let mut taken = 0;
        for buf in bufs {
            match session.write(buf)? {
                Some(n) if n == buf.len() => taken += n,
                part => {
                    taken += part.unwrap_or(0);
                    break;
                }
            }
        }
        match self.send(session) {
            Err(e) if e.kind() != io::ErrorKind::WouldBlock => Err(e),
            _ if taken == 0 && bufs.iter().any(|b| !b.is_empty()) => not_now(),
            _ => Ok(taken),
        }
    }

    fn flush(&self) -> io::Result<()> {
        let session = &mut **self.session.lock();
        self.send(session)?;
        self.inner.flush()
    }

    fn coupled(&self) -> bool {
        !self.shaken.load(Acquire) || self.session.lock().has_plaintext()
    }

    fn shut_down(&self) {
        {
            let session = &mut **self.session.lock();
            session.close();
            let _ = self.send(session);
        }
        self.inner.shut_down();
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        match self.inner.get_option(name, ty) {
            Err(Error::NOTSUP) => {}
            other => return other,
        }
        let session = self.session.lock();
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
            options::TLS_CA_FILE => config.ca_file(options::string(value)?.as_ref())?,
            options::TLS_CERT_KEY_FILE => {
                config.cert_key_file(options::string(value)?.as_ref(), None)?;
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
    CString::new(s).map_err(|_| Error::INVAL)
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
        match self.inner.get_option(name, ty) {
            Err(Error::NOTSUP) => self.settings.get_option(name, ty),
            other => other,
        }
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        match self.settings.set_option(name, value.clone()) {
            Err(Error::NOTSUP) => self.inner.set_option(name, value),
            other => other,
        }
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
        match self.inner.get_option(name, ty) {
            Err(Error::NOTSUP) => self.settings.get_option(name, ty),
            other => other,
        }
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        match self.settings.set_option(name, value.clone()) {
            Err(Error::NOTSUP) => self.inner.set_option(name, value),
            other => other,
        }
    }
}
