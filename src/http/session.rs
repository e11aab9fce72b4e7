//! What goes on on one connection of a server: request after request.
//!
//! Whoever completes a step starts the next one; the lock is held for no call out.
#![forbid(unsafe_code)]

use super::body::Body;
use super::conn::Conn;
use super::handler::{Call, Handler, OnClose, request_path};
use super::message::{CONNECTION, Request, Response};
use super::parse::{Framing, Refusal, request_framing};
use super::server::Server;
use super::status;
use super::transfer::{Head, Message, SharedRequest, SharedResponse};
use crate::base::Result;
use crate::rt::Promise;
use crate::rt::task::{self, Task};
use crate::rt::timer;
use crate::sys::clock;
use parking_lot::Mutex;
use std::sync::{Arc, Weak};

pub(super) struct Session {
    key: u64,
    server: Weak<Server>,
    conn: Arc<Conn>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Nothing more is read after the present answer.
    last: bool,
    /// The client may still be sending what nobody reads.
    unread: bool,
    handling: Option<OnClose>,
}

const PATIENCE_MS: u64 = 1000;
const MOST_UNREAD: usize = 16 << 20;

impl timer::Fire for Session {
    fn fire(self: Arc<Self>, _: u64) {
        self.close();
    }
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl Session {
    pub fn new(key: u64, server: Weak<Server>, conn: Arc<Conn>) -> Arc<Session> {
        Arc::new(Session { key, server, conn, state: Mutex::default() })
    }

    #[cfg(test)]
    pub fn is_handling(&self) -> bool {
        self.state.lock().handling.is_some()
    }

    /// Ends the connection, and interrupts a handler.
    pub fn close(&self) {
        let handling = self.state.lock().handling.take();
        if !self.conn.is_hijacked() {
            self.conn.close();
        }
        if let Some(handling) = handling {
            handling.close();
        }
        if let Some(server) = self.server.upgrade() {
            server.forget(self.key);
        }
    }

    pub fn next_request(self: &Arc<Self>) {
        let req: SharedRequest = Arc::new(Mutex::new(Request::new()));
        let (this, into) = (self.clone(), req.clone());
        let headed = Promise::new(move |headed: Result<Result<(), Refusal>>| match headed {
            Ok(Ok(())) => this.headed(into),
            Ok(Err(refusal)) => this.refuse(&into, refusal.0, true),
            Err(_) => this.close(),
        });
        self.conn.receive_head(Head::Request(req), headed);
    }

    fn headed(self: &Arc<Self>, req: SharedRequest) {
        match self.look(&req) {
            Ok((handler, framing)) => self.collect(req, handler, framing),
            Err((code, last)) => {
                // From a fresh stack, as the next request may be refused as well, and so on.
                let this = self.clone();
                task::push(Task::Job(Box::new(move || this.refuse(&req, code, last))));
            }
        }
    }

    /// Checks a request and finds its handler; or the status to refuse it with, and whether the
    /// connection can not go on after it.
    fn look(&self, req: &SharedRequest) -> Result<(Arc<Handler>, Framing), (u16, bool)> {
        let req = req.lock();
        let framing = request_framing(&req).map_err(|r| (r.0, true))?;
        let http_1_1 = req.version() == c"HTTP/1.1";
        if !http_1_1 || req.headers.has_word(CONNECTION, "close") {
            self.state.lock().last = true;
        }
        // Data that nobody reads would be taken for the next request.
        let unread = framing != Framing::None;
        let host = req.headers.get(c"Host").map(|h| h.to_string_lossy().into_owned());
        if host.is_none() && http_1_1 {
            return Err((status::BAD_REQUEST, true));
        }
        let path = request_path(&req).ok_or((status::BAD_REQUEST, unread))?;
        let server = self.server.upgrade().ok_or((status::SERVICE_UNAVAILABLE, true))?;
        let method = req.method().to_string_lossy();
        let handler =
            server.find(host.as_deref(), &method, &path).map_err(|code| (code, unread))?;
        Ok((handler, framing))
    }

    fn collect(self: &Arc<Self>, req: SharedRequest, handler: Arc<Handler>, framing: Framing) {
        if framing == Framing::None {
            return self.call(req, handler);
        }
        let Some(most) = handler.body_limit() else {
            // The handler may or may not read it.
            self.state.lock().last = true;
            return self.call(req, handler);
        };
        if matches!(framing, Framing::Length(n) if n > most as u64) {
            return self.refuse(&req, status::PAYLOAD_TOO_LARGE, true);
        }
        if req.lock().headers.has_word(c"Expect", "100-continue") {
            self.conn.send(CONTINUE.to_vec(), Message::None, Promise::new(|_| ()));
        }
        let this = self.clone();
        let collected = Promise::new(move |body: Result<Result<Body, Refusal>>| match body {
            Ok(Ok(body)) => {
                req.lock().body = body;
                this.call(req, handler);
            }
            Ok(Err(refusal)) => this.refuse(&req, refusal.0, true),
            Err(_) => this.close(),
        });
        self.conn.receive_body(framing, Some(most), collected);
    }

    fn call(self: &Arc<Self>, req: SharedRequest, handler: Arc<Handler>) {
        let on_close = OnClose::default();
        self.state.lock().handling = Some(on_close.clone());
        if self.conn.is_closed() {
            return self.close();
        }
        let (this, asked) = (self.clone(), req.clone());
        let reply = Promise::new(move |reply: Result<Option<SharedResponse>>| {
            this.state.lock().handling = None;
            match reply {
                _ if this.conn.is_hijacked() => this.close(),
                Ok(Some(res)) => this.answer(&asked, res),
                Ok(None) if this.state.lock().last => this.close(),
                Ok(None) => this.next_request(),
                Err(_) => this.close(),
            }
        });
        let conn = self.conn.clone();
        let call = Call { req, conn, handler: handler.clone(), reply, on_close };
        task::push(Task::Job(Box::new(move || handler.call(call))));
    }

    fn refuse(self: &Arc<Self>, req: &SharedRequest, code: u16, last: bool) {
        if last {
            let mut st = self.state.lock();
            st.last = true;
            st.unread = true;
        }
        let mut res = Response::new();
        res.set_status(code);
        if let Some(server) = self.server.upgrade() {
            server.make_error(&mut res);
        }
        self.send(req, Arc::new(Mutex::new(res)));
    }

    /// Lets the client send for a moment more: closed at once, the connection would be reset,
    /// and the answer lost.
    fn drain(self: &Arc<Self>) {
        let this: Weak<Session> = Arc::downgrade(self);
        timer::start(clock::now_ms() + PATIENCE_MS, this, 0);
        let this = self.clone();
        self.conn.drain(MOST_UNREAD, Promise::new(move |_| this.close()));
    }

    fn answer(self: &Arc<Self>, req: &SharedRequest, res: SharedResponse) {
        {
            let mut locked = res.lock();
            if locked.headers.has_word(CONNECTION, "close") {
                self.state.lock().last = true;
            }
            if locked.is_error()
                && let Some(server) = self.server.upgrade()
            {
                server.make_error(&mut locked);
            }
        }
        self.send(req, res);
    }

    fn send(self: &Arc<Self>, req: &SharedRequest, res: SharedResponse) {
        let last = self.state.lock().last;
        let head = {
            let mut res = res.lock();
            if last {
                let _ = res.headers.set(CONNECTION, c"close");
            }
            if req.lock().method() == c"HEAD" {
                res.body = Body::Announced(res.body.len());
            }
            res.head()
        };
        let this = self.clone();
        let sent = Promise::new(move |sent: Result<()>| match sent {
            Ok(()) if !last => this.next_request(),
            Ok(()) if this.state.lock().unread => this.drain(),
            _ => this.close(),
        });
        self.conn.send(head, Message::Response(res), sent);
    }
}
