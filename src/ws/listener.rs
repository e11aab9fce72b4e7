//! Accepting: a handler on the HTTP server of the address, which listeners share.
//!
//! One lock around who waits and what waits, held for no call out.
#![forbid(unsafe_code)]

use super::frame::Role;
use super::handshake::answer;
use super::settings::{Extra, Settings, Talk};
use super::upgrade::Upgraded;
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result, Url};
use crate::http::handler::{Call, Handler};
use crate::http::server::Server;
use crate::http::transfer::Message;
use crate::http::{Response, status};
use crate::rt::Promise;
use crate::stream::Ticket;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};

pub struct WsListener {
    server: Arc<Server>,
    handler: Arc<Handler>,
    url: Url,
    line: Arc<Line>,
}

/// Connections that wait to be accepted, and who waits for one.
struct Line {
    settings: Mutex<Settings>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    started: bool,
    closed: bool,
    ready: VecDeque<Upgraded>,
    waiting: VecDeque<(Ticket, Promise<Upgraded>)>,
}

/// More clients than this are told to come again when nobody accepts.
const MOST_READY: usize = 1024;

impl WsListener {
    pub fn new(url: &Url) -> Result<WsListener> {
        let server = Server::hold(url)?;
        let line = Arc::new(Line {
            settings: Mutex::new(Settings::new(Extra::Response)),
            state: Mutex::default(),
        });
        let weak = Arc::downgrade(&line);
        let handler = Handler::new(url.path(), Arc::new(move |call| serve(&weak, call)));
        handler.set_host(Some(url.hostname()))?;
        Ok(WsListener { server, handler, url: url.clone(), line })
    }

    pub fn settings(&self) -> &Mutex<Settings> {
        &self.line.settings
    }

    pub fn server(&self) -> &Arc<Server> {
        &self.server
    }

    pub fn listen(&self) -> Result<()> {
        {
            let mut st = self.line.state.lock();
            if st.closed {
                return Err(Error::CLOSED);
            }
            if std::mem::replace(&mut st.started, true) {
                return Err(Error::STATE);
            }
        }
        let started = self.server.add_handler(self.handler.clone()).and_then(|()| {
            self.server.start().inspect_err(|_| {
                let _ = self.server.remove_handler(&self.handler);
            })
        });
        if started.is_err() {
            self.line.state.lock().started = false;
        }
        started
    }

    pub fn accept(&self, ticket: Ticket, promise: Promise<Upgraded>) {
        let result = {
            let mut st = self.line.state.lock();
            if st.closed {
                Err(Error::CLOSED)
            } else if !st.started {
                Err(Error::STATE)
            } else if let Some(ready) = st.ready.pop_front() {
                Ok(ready)
            } else {
                st.waiting.push_back((ticket, promise));
                return;
            }
        };
        promise.keep(result);
    }

    pub fn cancel(&self, ticket: Ticket, why: Error) {
        let found = {
            let waiting = &mut self.line.state.lock().waiting;
            let at = waiting.iter().position(|(t, _)| *t == ticket);
            at.and_then(|at| waiting.remove(at))
        };
        if let Some((_, promise)) = found {
            promise.keep(Err(why));
        }
    }

    pub fn close(&self) {
        let (started, ready, waiting) = {
            let mut st = self.line.state.lock();
            if std::mem::replace(&mut st.closed, true) {
                return;
            }
            (st.started, std::mem::take(&mut st.ready), std::mem::take(&mut st.waiting))
        };
        if started {
            let _ = self.server.remove_handler(&self.handler);
            self.server.close();
        }
        for unwanted in ready {
            unwanted.link.shut_down();
        }
        for (_, promise) in waiting {
            promise.keep(Err(Error::CLOSED));
        }
    }

    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        if name == options::URL {
            return Ok(Value::Str(self.url.raw().to_owned()));
        }
        let own = self.line.settings.lock().get_option(name);
        options::or_next(own, || self.server.get_option(name, ty))
    }

    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        if name == options::URL {
            return Err(Error::READONLY);
        }
        let own = self.line.settings.lock().set_option(name, value.clone());
        options::or_next(own, || self.server.set_option(name, value))
    }
}

impl Drop for WsListener {
    fn drop(&mut self) {
        self.close();
    }
}

/// Answers a client's handshake.
fn serve(line: &Weak<Line>, call: Call) {
    let line = match line.upgrade() {
        Some(line) if line.has_room() => line,
        _ => return call.answer(Response::error(status::SERVICE_UNAVAILABLE)),
    };
    let settings = line.settings.lock().clone();
    let req = call.req.lock().clone();
    let res = match answer(&req, settings.protocol.as_deref(), &settings.headers) {
        Ok(res) => res,
        Err(code) => return call.answer(Response::error(code)),
    };
    let Call { conn, reply, .. } = call;
    conn.hijack();
    let (kept, head) = (conn.clone(), res.head());
    let sent = Promise::new(move |sent: Result<()>| {
        if sent.is_err() {
            return kept.close();
        }
        let (link, early) = kept.detach();
        let (recv_text, send_text) = (settings.recv_text, settings.send_text);
        let talk = Arc::new(Talk { req, res, recv_text, send_text });
        line.arrived(Upgraded { link, early, role: Role::Server, settings, talk });
    });
    conn.send(head, Message::None, sent);
    reply.keep(Ok(None));
}

impl Line {
    fn has_room(&self) -> bool {
        let st = self.state.lock();
        !st.closed && st.ready.len() < MOST_READY
    }

    fn arrived(&self, upgraded: Upgraded) {
        let promise = {
            let mut st = self.state.lock();
            match st.waiting.pop_front() {
                Some((_, promise)) => promise,
                None if st.closed => return upgraded.link.shut_down(),
                None => return st.ready.push_back(upgraded),
            }
        };
        promise.keep(Ok(upgraded));
    }
}
