//! The client: connections to one server, and whole transactions.
#![forbid(unsafe_code)]

use super::conn::Conn;
use super::message::CONNECTION;
use super::transfer::{SharedRequest, SharedResponse};
use crate::base::options::{Type, Value};
use crate::base::{Error, Result, Url};
use crate::rt::op::Completion;
use crate::rt::{Cancel, Op, OpId, Parked, Promise};
use crate::stream::tcp::{self, TcpDialer};
use crate::stream::tls::TlsDialer;
use crate::stream::{Dial, Link, Ticket};
use crate::tls::Config;
use parking_lot::Mutex;
use std::sync::Arc;

/// Whether a scheme of HTTP or WebSocket goes over TLS.
pub fn is_secure(scheme: &str) -> Result<bool> {
    match scheme {
        "http" | "http4" | "http6" | "ws" | "ws4" | "ws6" => Ok(false),
        "https" | "https4" | "https6" | "wss" | "wss4" | "wss6" => Ok(true),
        _ => Err(Error::ADDRINVAL),
    }
}

pub struct Client {
    dialer: Arc<dyn Dial>,
    tls: Option<Arc<TlsDialer<TcpDialer>>>,
}

impl Client {
    pub fn new(url: &Url) -> Result<Client> {
        let secure = is_secure(url.scheme())?;
        if url.hostname().is_empty() {
            return Err(Error::ADDRINVAL);
        }
        let port = url.port().parse().map_err(|_| Error::ADDRINVAL)?;
        let dialer = TcpDialer::to(url.hostname(), port, tcp::family(url.scheme()));
        if secure {
            let tls = Arc::new(TlsDialer::new(dialer, url)?);
            return Ok(Client { dialer: tls.clone(), tls: Some(tls) });
        }
        Ok(Client { dialer: Arc::new(dialer), tls: None })
    }

    pub fn set_tls(&self, config: Arc<Config>) -> Result<()> {
        self.tls.as_ref().ok_or(Error::NOTSUP)?.settings().set_config(config);
        Ok(())
    }

    pub fn tls(&self) -> Result<Arc<Config>> {
        Ok(self.tls.as_ref().ok_or(Error::NOTSUP)?.settings().config())
    }

    pub fn dialer(&self) -> &Arc<dyn Dial> {
        &self.dialer
    }

    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        self.dialer.get_option(name, ty)
    }

    pub fn set_option(&self, name: &str, value: Value) -> Result<()> {
        self.dialer.set_option(name, value)
    }

    /// Ends what is still connecting.
    pub fn close(&self) {
        self.dialer.close();
    }

    /// Connects; output 0 becomes the connection, a counted reference made by `into_output`.
    pub fn connect(&self, op: Op, into_output: fn(Arc<Conn>) -> usize) {
        let Some(errand) = Errand::begin(op) else { return };
        let done = errand.clone();
        self.dial(&errand, move |conn| match (done.take().0, conn) {
            (Some(op), Ok(conn)) => {
                op.finish(Completion { output: Some(into_output(conn)), ..Completion::default() })
            }
            (Some(op), Err(why)) => op.fail(why),
            // Cancelled meanwhile.
            (None, _) => {}
        });
    }

    fn dial(&self, errand: &Arc<Errand>, then: impl FnOnce(Result<Arc<Conn>>) + Send + 'static) {
        let ticket = Ticket::next();
        errand.enter(Stage::Dialing(self.dialer.clone(), ticket));
        let promise = Promise::new(move |link: Result<Arc<dyn Link>>| {
            then(link.and_then(|link| Conn::new(link, Vec::new())));
        });
        self.dialer.dial(ticket, promise);
    }

    /// Connects, exchanges a request for a response, and closes.
    pub fn transact(&self, op: Op, req: SharedRequest, res: SharedResponse) {
        if let Err(why) = req.lock().headers.set(CONNECTION, c"close") {
            return op.fail(why);
        }
        let Some(errand) = Errand::begin(op) else { return };
        let done = errand.clone();
        self.dial(&errand, move |conn| match conn {
            Ok(conn) => exchange(done, conn, req, res, true),
            Err(why) => done.fail(why),
        });
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.dialer.close();
    }
}

/// Exchanges a request for a response on a connection, which ends with a failure.
pub fn transact(conn: Arc<Conn>, op: Op, req: SharedRequest, res: SharedResponse) {
    if let Some(errand) = Errand::begin(op) {
        exchange(errand, conn, req, res, false);
    }
}

fn exchange(
    errand: Arc<Errand>,
    conn: Arc<Conn>,
    req: SharedRequest,
    res: SharedResponse,
    close: bool,
) {
    errand.enter(Stage::Talking(conn.clone()));
    let kept = conn.clone();
    let promise = Promise::new(move |result: Result<()>| {
        if close || result.is_err() {
            kept.close();
        }
        match result {
            Ok(()) => errand.succeed(),
            Err(why) => errand.fail(why),
        }
    });
    conn.exchange(req, res, promise);
}

/// An operation of several stages, with what cancels the present one.
struct Errand(Mutex<(Option<Parked>, Stage)>);

enum Stage {
    Idle,
    Dialing(Arc<dyn Dial>, Ticket),
    Talking(Arc<Conn>),
}

impl Stage {
    fn give_up(self, why: Error) {
        match self {
            Stage::Idle => {}
            Stage::Dialing(dialer, ticket) => dialer.cancel(ticket, why),
            Stage::Talking(conn) => conn.close(),
        }
    }
}

impl Errand {
    /// Parks the operation; none if it has ended already.
    fn begin(op: Op) -> Option<Arc<Errand>> {
        let errand = Arc::new(Errand(Mutex::new((None, Stage::Idle))));
        let refused = {
            let mut st = errand.0.lock();
            match op.park(errand.clone()) {
                Ok(parked) => {
                    st.0 = Some(parked);
                    None
                }
                Err(refused) => Some(refused),
            }
        };
        if let Some((op, why)) = refused {
            op.fail(why);
            return None;
        }
        Some(errand)
    }

    fn enter(&self, stage: Stage) {
        let given_up = {
            let mut st = self.0.lock();
            match st.0 {
                Some(_) => {
                    st.1 = stage;
                    return;
                }
                None => stage,
            }
        };
        given_up.give_up(Error::CANCELED);
    }

    fn take(&self) -> (Option<Parked>, Stage) {
        let mut st = self.0.lock();
        (st.0.take(), std::mem::replace(&mut st.1, Stage::Idle))
    }

    fn succeed(&self) {
        if let Some(op) = self.take().0 {
            op.finish(Completion::default());
        }
    }

    fn fail(&self, why: Error) {
        if let Some(op) = self.take().0 {
            op.fail(why);
        }
    }
}

impl Cancel for Errand {
    fn cancel(&self, _: OpId, why: Error) {
        let (op, stage) = self.take();
        if let Some(op) = op {
            op.fail(why);
            stage.give_up(why);
        }
    }
}
