//! Connecting: a client's handshakes, each with its deadline.
//!
//! One lock around the attempts, held for no call out; promises are kept after it is released.
#![forbid(unsafe_code)]

use super::frame::Role;
use super::handshake::{check_response, prepare_request};
use super::settings::{Extra, Settings, Talk};
use super::upgrade::Upgraded;
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result, Url};
use crate::http::client::Client;
use crate::http::conn::Conn;
use crate::http::parse::Refusal;
use crate::http::transfer::{Head, Message, SharedResponse};
use crate::http::{Request, Response};
use crate::rt::Promise;
use crate::rt::timer::{self, TimerId};
use crate::stream::{Link, Ticket};
use crate::sys::{clock, random};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// How long a server may take to answer.
const DEADLINE_MS: u64 = 5_000;

pub struct WsDialer(Arc<Dialing>);

struct Dialing {
    client: Client,
    url: Url,
    settings: Mutex<Settings>,
    attempts: Mutex<Attempts>,
}

#[derive(Default)]
struct Attempts {
    closed: bool,
    pending: HashMap<u64, Attempt>,
}

struct Attempt {
    promise: Promise<Upgraded>,
    conn: Option<Arc<Conn>>,
    timer: Option<TimerId>,
}

impl WsDialer {
    pub fn new(url: &Url) -> Result<WsDialer> {
        Ok(WsDialer(Arc::new(Dialing {
            client: Client::new(url)?,
            url: url.clone(),
            settings: Mutex::new(Settings::new(Extra::Request)),
            attempts: Mutex::default(),
        })))
    }

    pub fn settings(&self) -> &Mutex<Settings> {
        &self.0.settings
    }

    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// Connects and shakes hands.
    pub fn dial(&self, ticket: Ticket, promise: Promise<Upgraded>) {
        {
            let mut attempts = self.0.attempts.lock();
            if attempts.closed {
                drop(attempts);
                return promise.keep(Err(Error::CLOSED));
            }
            attempts.pending.insert(ticket.0, Attempt { promise, conn: None, timer: None });
        }
        let this = Arc::downgrade(&self.0);
        let connected = Promise::new(move |link: Result<Arc<dyn Link>>| {
            let Some(this) = this.upgrade() else { return };
            match link.and_then(|link| Conn::new(link, Vec::new())) {
                Ok(conn) => this.connected(ticket, conn),
                Err(why) => this.end(ticket, Err(why)),
            }
        });
        self.0.client.dialer().dial(ticket, connected);
    }

    pub fn cancel(&self, ticket: Ticket, why: Error) {
        self.0.client.dialer().cancel(ticket, why);
        self.0.end(ticket, Err(why));
    }

    pub fn close(&self) {
        self.0.client.close();
        self.0.close();
    }

    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        let own = self.0.settings.lock().get_option(name);
        options::or_next(own, || self.0.client.get_option(name, ty))
    }

    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        let own = self.0.settings.lock().set_option(name, value.clone());
        options::or_next(own, || self.0.client.set_option(name, value))
    }
}

impl Drop for WsDialer {
    fn drop(&mut self) {
        self.close();
    }
}

fn nonce() -> [u8; 16] {
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&random::random_u64().to_ne_bytes());
    nonce[8..].copy_from_slice(&random::random_u64().to_ne_bytes());
    nonce
}

impl Dialing {
    fn request(&self, settings: &Settings) -> Result<Request> {
        let mut req = Request::for_url(&self.url)?;
        prepare_request(&mut req, nonce(), settings.protocol.as_deref(), &settings.headers)?;
        Ok(req)
    }

    fn connected(self: &Arc<Self>, ticket: Ticket, conn: Arc<Conn>) {
        let settings = self.settings.lock().clone();
        let req = match self.request(&settings) {
            Ok(req) => req,
            Err(why) => return self.end(ticket, Err(why)),
        };
        let head = match req.head() {
            Ok(head) => head,
            Err(why) => return self.end(ticket, Err(why)),
        };
        {
            let mut attempts = self.attempts.lock();
            let Some(attempt) = attempts.pending.get_mut(&ticket.0) else { return };
            attempt.conn = Some(conn.clone());
            let fire: Weak<Dialing> = Arc::downgrade(self);
            attempt.timer = Some(timer::start(clock::now_ms() + DEADLINE_MS, fire, ticket.0));
        }
        let this = Arc::downgrade(self);
        let sent = Promise::new(move |sent: Result<()>| {
            if let (Err(why), Some(this)) = (sent, this.upgrade()) {
                this.end(ticket, Err(why));
            }
        });
        conn.send(head, Message::None, sent);
        let res: SharedResponse = Arc::default();
        let (this, into) = (Arc::downgrade(self), res.clone());
        // The connection lives in its attempt; here it would keep itself alive.
        let answering = Arc::downgrade(&conn);
        let answered = Promise::new(move |answered: Result<Result<(), Refusal>>| {
            let (Some(this), Some(conn)) = (this.upgrade(), answering.upgrade()) else { return };
            let res = std::mem::take(&mut *into.lock());
            let result = answered.and_then(|parsed| {
                parsed?;
                check_response(&req, &res, settings.protocol.as_deref())
            });
            this.end(ticket, result.map(|()| upgraded(&conn, req, res, settings)));
        });
        conn.receive_head(Head::FinalResponse(res), answered);
    }

    fn end(&self, ticket: Ticket, result: Result<Upgraded>) {
        let attempt = self.attempts.lock().pending.remove(&ticket.0);
        if let Some(attempt) = attempt {
            attempt.end(result);
        }
    }

    fn close(&self) {
        let pending = {
            let mut attempts = self.attempts.lock();
            attempts.closed = true;
            std::mem::take(&mut attempts.pending)
        };
        for attempt in pending.into_values() {
            attempt.end(Err(Error::CLOSED));
        }
    }
}

impl Attempt {
    fn end(self, result: Result<Upgraded>) {
        if let Some(timer) = self.timer {
            timer::stop(timer);
        }
        if let (Err(_), Some(conn)) = (&result, &self.conn) {
            conn.close();
        }
        self.promise.keep(result);
    }
}

impl timer::Fire for Dialing {
    fn fire(self: Arc<Self>, key: u64) {
        self.end(Ticket(key), Err(Error::TIMEDOUT));
    }
}

fn upgraded(conn: &Conn, req: Request, res: Response, settings: Settings) -> Upgraded {
    let (link, early) = conn.detach();
    let talk = Talk { req, res, recv_text: settings.recv_text, send_text: settings.send_text };
    Upgraded { link, early, role: Role::Client, settings, talk: Arc::new(talk) }
}
