//! inproc: two pipes in one process, a lane each way. The registry's lock is taken with none held.
#![forbid(unsafe_code)]

use super::lane::LaneEnd;
use super::{Connected, Dial, Listen, Local, Sink, Transport, Wire};
use crate::base::options::{self, Type, Value};
use crate::base::sockaddr::SockAddr;
use crate::base::{Error, Result, Url};
use crate::rt::Promise;
use crate::stream::Ticket;
use crate::sys::sync::{Mutex, statics};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Listening {
    local: Local,
    sink: Sink,
}

statics! {
    static LISTENERS: Mutex<Option<HashMap<String, Listening>>> = Mutex::new(None);
}

/// What a dialer and a listener have alike.
struct End {
    name: String,
    /// What programs see of the name: the whole of the URL.
    url: String,
    local: Local,
    /// Kept, but without a meaning here.
    most: AtomicUsize,
}

impl End {
    fn new(url: &Url, local: Local) -> End {
        let (name, url) = (url.path().to_owned(), url.raw().to_owned());
        End { name, url, local, most: AtomicUsize::new(0) }
    }

    fn get_option(&self, name: &str) -> Result<Value> {
        match name {
            options::REMADDR | options::LOCADDR => {
                Ok(Value::Addr(SockAddr::Inproc { name: self.url.clone() }))
            }
            options::RECVMAXSZ => Ok(Value::Size(self.most.load(Relaxed))),
            _ => Err(Error::NOTSUP),
        }
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        match name {
            options::RECVMAXSZ => {
                self.most.store(options::limit(value)?, Relaxed);
                Ok(())
            }
            options::REMADDR | options::LOCADDR => Err(Error::READONLY),
            _ => Err(Error::NOTSUP),
        }
    }
}

struct InprocDialer {
    end: End,
}

impl Dial for InprocDialer {
    fn connect(&self, _: Ticket, promise: Promise<Connected>) {
        let found = LISTENERS
            .lock()
            .as_ref()
            .and_then(|all| all.get(&self.end.name))
            .map(|l| (l.local, l.sink.clone()));
        let Some((local, sink)) = found else {
            return promise.keep(Err(Error::CONNREFUSED));
        };
        let (ours, theirs) = LaneEnd::pair(&self.end.url);
        sink(Ok(Connected { peer: self.end.local.id, wire: Wire::Lane(theirs) }));
        promise.keep(Ok(Connected { peer: local.id, wire: Wire::Lane(ours) }));
    }

    fn cancel(&self, _: Ticket, _: Error) {}

    fn close(&self) {}

    fn get_option(&self, name: &str, _: Type) -> Result<Value> {
        self.end.get_option(name)
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.end.set_option(name, value)
    }
}

struct InprocListener {
    end: End,
    listening: Mutex<bool>,
}

impl Listen for InprocListener {
    fn listen(&self, sink: Sink) -> Result<()> {
        let mut listening = self.listening.lock();
        let mut all = LISTENERS.lock();
        let all = all.get_or_insert_default();
        if all.contains_key(&self.end.name) {
            return Err(Error::ADDRINUSE);
        }
        all.insert(self.end.name.clone(), Listening { local: self.end.local, sink });
        *listening = true;
        Ok(())
    }

    fn close(&self) {
        if std::mem::take(&mut *self.listening.lock()) {
            let gone = {
                let mut listeners = LISTENERS.lock();
                let gone = listeners.as_mut().and_then(|all| all.remove(&self.end.name));
                if listeners.as_ref().is_some_and(|all| all.is_empty()) {
                    *listeners = None;
                }
                gone
            };
            drop(gone);
        }
    }

    fn get_option(&self, name: &str, _: Type) -> Result<Value> {
        self.end.get_option(name)
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.end.set_option(name, value)
    }
}

pub const INPROC: Transport = Transport {
    schemes: &["inproc"],
    dialer: |url, local| Ok(Arc::new(InprocDialer { end: End::new(url, local) })),
    listener: |url, local| {
        Ok(Arc::new(InprocListener { end: End::new(url, local), listening: Mutex::new(false) }))
    },
};
