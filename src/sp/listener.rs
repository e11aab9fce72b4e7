//! A listener: one address on which pipes arrive.
#![forbid(unsafe_code)]

use super::failures::{Failure, Failures};
use super::notify;
use super::pipe::Origin;
use super::registry;
use super::socket::Socket;
use super::transport::{self, Connected, Listen};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result, Url, log};
use crate::rt::task;
use crate::sys::sync::Mutex;
use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};

pub struct Listener {
    id: u32,
    url: Url,
    socket: Weak<Socket>,
    transport: Arc<dyn Listen>,
    state: Mutex<State>,
    /// Connections accepted.
    pub accepts: AtomicU64,
    pub failures: Failures,
    /// What C was given a pointer to; lives as long as this.
    pub foreign: OnceLock<Box<dyn Any + Send + Sync>>,
}

#[derive(Default)]
struct State {
    started: bool,
    closed: bool,
}

impl Listener {
    pub fn create(socket: &Arc<Socket>, url: &str) -> Result<Arc<Listener>> {
        let url = Url::parse(url)?;
        let transport = (transport::find(url.scheme())?.listener)(&url, socket.local())?;
        let settings = socket.settings.lock().clone();
        let id = registry::LISTENERS.next_id();
        let listener = Arc::new(Listener {
            id,
            url,
            socket: Arc::downgrade(socket),
            transport,
            state: Mutex::default(),
            accepts: AtomicU64::new(0),
            failures: Failures::default(),
            foreign: OnceLock::new(),
        });
        super::options::inherit(&settings, |name, value| {
            listener.transport.set_option(name, value)
        })?;
        // Known by its id first: a socket that closes meanwhile takes that away again.
        registry::LISTENERS.insert(id, &listener);
        if let Err(why) = socket.add_listener(&listener) {
            registry::LISTENERS.remove(id);
            return Err(why);
        }
        Ok(listener)
    }

    pub fn id(&self) -> u32 {
        self.id
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    pub fn socket(&self) -> Option<Arc<Socket>> {
        self.socket.upgrade()
    }

    pub fn transport(&self) -> &Arc<dyn Listen> {
        &self.transport
    }

    pub fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Claims the address and takes connections from now on.
    pub fn start(self: &Arc<Self>) -> Result<()> {
        {
            let mut st = self.state.lock();
            if st.closed {
                return Err(Error::CLOSED);
            }
            if std::mem::replace(&mut st.started, true) {
                return Err(Error::STATE);
            }
        }
        let this = Arc::downgrade(self);
        let sink = Arc::new(move |connected: Result<Connected>| {
            if let Some(this) = this.upgrade() {
                this.connected(connected);
            }
        });
        let listening = self.transport.listen(sink);
        let (url, socket) = (self.url.raw(), self.socket().map_or(0, |s| s.id()));
        match listening {
            Ok(()) => {
                log::info("NNG-LISTEN", format_args!("socket<{socket}> listens on {url}"));
            }
            Err(why) => {
                self.state.lock().started = false;
                log::warn(
                    "NNG-BIND-FAIL",
                    format_args!("socket<{socket}> cannot listen on {url}: {why}"),
                );
            }
        }
        listening
    }

    fn connected(self: Arc<Self>, connected: Result<Connected>) {
        let connected = match connected {
            Ok(connected) => connected,
            Err(why) => return self.failures.count(why),
        };
        self.accepts.fetch_add(1, Relaxed);
        let Some(socket) = self.socket() else { return };
        // A program's callbacks must not hold up the thread that others wait for.
        if socket.notify.is_used() && notify::must_defer() {
            task::push(task::Task::Job(Box::new(move || self.add(&socket, connected))));
        } else {
            self.add(&socket, connected);
        }
    }

    fn add(self: &Arc<Self>, socket: &Arc<Socket>, connected: Connected) {
        match socket.add_pipe(connected, Origin::Listener(self.clone())) {
            Err(_) => self.failures.count(Failure::Rejected),
            // Closed while the pipe was being added.
            Ok(pipe) if self.is_closed() => pipe.close(),
            Ok(_) => {}
        }
    }

    pub(super) fn pipe_gone(&self, _: u32) {}

    /// Stops listening, and closes what was accepted.
    pub fn close(self: &Arc<Self>) {
        if std::mem::replace(&mut self.state.lock().closed, true) {
            return;
        }
        registry::LISTENERS.remove(self.id);
        self.transport.close();
        if let Some(socket) = self.socket() {
            socket.remove_listener(self.id);
            for pipe in socket.pipes() {
                if matches!(pipe.origin(), Origin::Listener(l) if Arc::ptr_eq(l, self)) {
                    pipe.close();
                }
            }
        }
    }

    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        if name == options::URL {
            // A transport that keeps its address as it was given has it.
            if let Ok(url) = self.transport.get_option(options::URL, ty) {
                return Ok(url);
            }
            let port = self.transport.get_option(options::TCP_BOUND_PORT, Type::Int);
            return Ok(Value::Str(match port {
                // The port that the system chose, where it did.
                Ok(Value::Int(port)) if self.url.port() == "0" => self.url.with_port(port as u16),
                _ => self.url.raw().to_owned(),
            }));
        }
        let own = self.transport.get_option(name, ty);
        match (own, self.socket()) {
            // What an endpoint does not have is its socket's.
            (Err(Error::NOTSUP), Some(socket)) => socket.get_option(name, ty),
            (own, _) => own,
        }
    }

    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        match name {
            options::URL => Err(Error::READONLY),
            _ => self.transport.set_option(name, value),
        }
    }
}
