//! Servers: one for each address, shared by all who ask for it.
//!
//! A server's lock guards its handlers and connections and is held for no call out. Handlers run
//! on task threads. Closing a connection interrupts its handler and waits for nobody.
#![forbid(unsafe_code)]

use super::body::Body;
use super::client::is_secure;
use super::conn::Conn;
use super::handler::{Fit, Handler};
use super::message::{CONTENT_TYPE, HTML, Response};
use super::session::Session;
use super::status;
use crate::base::options::{Type, Value};
use crate::base::{Error, Result, Url, log};
use crate::rt::Promise;
use crate::stream::tcp::{self, TcpListener};
use crate::stream::tls::TlsListener;
use crate::stream::{Link, Listen, Ticket};
use crate::tls::Config;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

pub struct Server {
    hostname: String,
    port: u16,
    listener: Arc<dyn Listen>,
    tls: Option<Arc<TlsListener<TcpListener>>>,
    state: Mutex<State>,
    pages: Mutex<HashMap<u16, Arc<Vec<u8>>>>,
}

#[derive(Default)]
struct State {
    starts: usize,
    closed: bool,
    bound_port: u16,
    /// The most specific first.
    handlers: Vec<Arc<Handler>>,
    sessions: HashMap<u64, Arc<Session>>,
    next_session: u64,
}

static SERVERS: Mutex<Vec<Weak<Server>>> = Mutex::new(Vec::new());

impl Server {
    /// The server for an address: a running one, or a new one.
    pub fn hold(url: &Url) -> Result<Arc<Server>> {
        let secure = is_secure(url.scheme())?;
        let port: u16 = url.port().parse().map_err(|_| Error::ADDRINVAL)?;
        let mut servers = SERVERS.lock();
        servers.retain(|s| s.strong_count() > 0);
        // Any port is never one that is taken already.
        let mut running = servers.iter().filter_map(Weak::upgrade);
        let found = match port {
            0 => None,
            port => running.find(|s| s.is_for(url.hostname(), port, secure)),
        };
        drop(running);
        if let Some(found) = found {
            return Ok(found);
        }
        let tcp = TcpListener::on(url.hostname(), port, tcp::family(url.scheme()));
        let (listener, tls): (Arc<dyn Listen>, _) = if secure {
            let tls = Arc::new(TlsListener::new(tcp)?);
            (tls.clone(), Some(tls))
        } else {
            (Arc::new(tcp), None)
        };
        let server = Arc::new(Server {
            hostname: url.hostname().to_owned(),
            port,
            listener,
            tls,
            state: Mutex::default(),
            pages: Mutex::default(),
        });
        servers.push(Arc::downgrade(&server));
        Ok(server)
    }

    fn is_for(&self, hostname: &str, port: u16, secure: bool) -> bool {
        let st = self.state.lock();
        let own = if self.port == 0 { st.bound_port } else { self.port };
        !st.closed && own == port && self.hostname == hostname && self.tls.is_some() == secure
    }

    /// Begins to accept, with the first of several starts.
    pub fn start(self: &Arc<Self>) -> Result<()> {
        {
            let mut st = self.state.lock();
            if st.closed {
                return Err(Error::CLOSED);
            }
            if st.starts > 0 {
                st.starts += 1;
                return Ok(());
            }
        }
        self.listener.listen()?;
        let bound = self.listener.get_option(crate::base::options::TCP_BOUND_PORT, Type::Int);
        {
            let mut st = self.state.lock();
            st.starts += 1;
            if let Ok(Value::Int(port)) = bound {
                st.bound_port = u16::try_from(port).unwrap_or(0);
            }
        }
        self.accept();
        Ok(())
    }

    fn accept(self: &Arc<Self>) {
        let this = Arc::downgrade(self);
        let promise = Promise::new(move |link: Result<Arc<dyn Link>>| {
            let Some(this) = this.upgrade() else { return };
            match link {
                Ok(link) => this.begin(link),
                Err(Error::CLOSED | Error::CANCELED | Error::STATE) => return,
                Err(why) => log::warn("NNG-HTTP-ACCEPT", format_args!("cannot accept: {why}")),
            }
            this.accept();
        });
        self.listener.accept(Ticket::next(), promise);
    }

    fn begin(self: &Arc<Self>, link: Arc<dyn Link>) {
        let Ok(conn) = Conn::new(link, Vec::new()) else { return };
        let session = {
            let mut st = self.state.lock();
            if st.closed {
                return;
            }
            st.next_session += 1;
            let key = st.next_session;
            let session = Session::new(key, Arc::downgrade(self), conn);
            st.sessions.insert(key, session.clone());
            session
        };
        session.next_request();
    }

    pub(super) fn forget(&self, key: u64) {
        let gone = self.state.lock().sessions.remove(&key);
        drop(gone);
    }

    /// How many requests are with their handlers.
    #[cfg(test)]
    pub(super) fn handling(&self) -> usize {
        self.state.lock().sessions.values().filter(|s| s.is_handling()).count()
    }

    /// Takes one start back; with the last, everything ends at once.
    pub fn stop(&self) {
        if self.one_less() {
            self.end(true);
        }
    }

    /// As `stop`, but connections that are there may go on.
    pub fn close(&self) {
        if self.one_less() {
            self.end(false);
        }
    }

    fn one_less(&self) -> bool {
        let mut st = self.state.lock();
        st.starts = st.starts.saturating_sub(1);
        st.starts == 0
    }

    fn end(&self, hard: bool) {
        let sessions = {
            let mut st = self.state.lock();
            st.closed = true;
            if hard { std::mem::take(&mut st.sessions) } else { HashMap::new() }
        };
        self.listener.close();
        for session in sessions.into_values() {
            session.close();
        }
    }

    pub fn add_handler(&self, handler: Arc<Handler>) -> Result<()> {
        let mut st = self.state.lock();
        if st.handlers.iter().any(|h| h.conflicts(&handler)) {
            return Err(Error::ADDRINUSE);
        }
        handler.make_busy()?;
        let at = st.handlers.iter().position(|h| h.rank() < handler.rank());
        let at = at.unwrap_or(st.handlers.len());
        st.handlers.insert(at, handler);
        Ok(())
    }

    /// Gives the handler back.
    pub fn remove_handler(&self, handler: &Handler) -> Result<Arc<Handler>> {
        let mut st = self.state.lock();
        let at = st.handlers.iter().position(|h| std::ptr::eq(&**h, handler));
        Ok(st.handlers.remove(at.ok_or(Error::NOENT)?))
    }

    /// The handler for a request, or the status to refuse it with.
    pub(super) fn find(
        &self,
        host: Option<&str>,
        method: &str,
        path: &str,
    ) -> Result<Arc<Handler>, u16> {
        let st = self.state.lock();
        let (mut as_head, mut other_method) = (None, false);
        for handler in &st.handlers {
            match handler.fit(host, method, path) {
                Fit::Yes => return Ok(handler.clone()),
                Fit::AsHead => as_head = as_head.or(Some(handler)),
                Fit::OtherMethod => other_method = true,
                Fit::No => {}
            }
        }
        match as_head {
            Some(handler) => Ok(handler.clone()),
            None if other_method => Err(status::METHOD_NOT_ALLOWED),
            None => Err(status::NOT_FOUND),
        }
    }

    /// Sets the page for a status.
    pub fn set_error_page(&self, code: u16, html: Vec<u8>) {
        self.pages.lock().insert(code, Arc::new(html));
    }

    /// Makes a response the error page for its status.
    pub fn make_error(&self, res: &mut Response) {
        let page = self.pages.lock().get(&res.status()).cloned();
        let body = match page {
            Some(page) => Body::Lent(page),
            None => Body::Owned(status::page(res.status(), "")),
        };
        res.set_data(body);
        let _ = res.headers.set(CONTENT_TYPE, HTML);
    }

    pub fn set_tls(&self, config: Arc<Config>) -> Result<()> {
        self.tls.as_ref().ok_or(Error::NOTSUP)?.settings().set_config(config);
        Ok(())
    }

    pub fn tls(&self) -> Result<Arc<Config>> {
        Ok(self.tls.as_ref().ok_or(Error::NOTSUP)?.settings().config())
    }

    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        self.listener.get_option(name, ty)
    }

    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.listener.set_option(name, value)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end(true);
    }
}
